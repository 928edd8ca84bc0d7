"""The context of a GraphQL request: that of the use cases, with the data loaders of the request."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeAlias

import msgspec
import strawberry
from strawberry.dataloader import DataLoader

from resolvers.context import Context

BatchFunction = Callable[..., Awaitable[Sequence[Any]]]


class RequestContext(Context, frozen=True):
    """A use case's context that remembers one data loader per batch function and arguments."""

    loaders: dict[Hashable, DataLoader[Any, Any]] = msgspec.field(default_factory=dict)

    def load(self, function: BatchFunction, key: Hashable, **arguments: Hashable) -> Awaitable[Any]:
        """The value of a key, asked for together with all others that are asked for now."""
        name = (function, *arguments.items())
        loader = self.loaders.get(name)
        if loader is None:

            async def load(keys: list[Any]) -> Sequence[Any]:
                return await function(self, keys, **arguments)

            loader = self.loaders[name] = DataLoader(load_fn=load)
        return loader.load(key)


Info: TypeAlias = strawberry.Info[RequestContext, None]
