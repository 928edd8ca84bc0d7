"""The GraphQLResolveInfo that resolvers, type resolvers and `is_type_of` of the schema's author get."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel, is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from execution.plan import Step


@dataclass(slots=True)
class Request:
    """One request: what it runs against, and what its resolvers may see."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: VariableValues
    context: Any
    root: Any
    _background: set[asyncio.Future[Any]] | None = None
    _helpers: GraphQLResolveInfoHelpers | None = None

    def info(self, step: Step, path: Path) -> GraphQLResolveInfo[Any]:
        """The info of a field at a place."""
        helpers = self._helpers
        if helpers is None:
            helpers = self._helpers = GraphQLResolveInfoHelpers(_gather, self._track)
        return GraphQLResolveInfo(
            step.name,
            step.nodes,
            step.definition.type,
            step.parent,
            path,
            self.schema,
            self.fragments,
            self.root,
            self.operation,
            self.variables,
            self.context,
            is_awaitable,
            None,
            helpers,
        )

    def _track(self, values: Sequence[Any]) -> None:
        awaitables = [value for value in values if is_awaitable(value)]
        if awaitables:
            background = self._background
            if background is None:
                background = self._background = set()
            future = asyncio.gather(*awaitables, return_exceptions=True)
            background.add(future)
            future.add_done_callback(background.discard)


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)
