"""How a field gets its value: from an attribute, or from a batch function for all its parents at once."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import reduce, wraps
from operator import attrgetter
from typing import Annotated, Any

import strawberry

from execution.batch import BATCH, LOOKUP, Batch, Lookup
from execution.collect import Selection
from hub.domain.opaque_id import Kind, number_of
from resolvers.paging import FIRST, FIRST_MAX
from schema.arguments import Id
from schema.context import BatchFunction, RequestContext

First = Annotated[int, strawberry.argument(description=f"How many, at most {FIRST_MAX}.")]
After = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before; leave it out to begin.")
]


def plain(description: str) -> Any:
    """A field that is the attribute of the same name."""
    return strawberry.field(description=description)


def batched(
    function: BatchFunction, *, key: str, description: str, brief: frozenset[str] | None = None, of: str | None = None
) -> Any:
    """A nested field that is found for all parents at once.

    `function(context, keys)` gives one value per key; `key` names the parent's attribute, and None there means null.
    When nothing but the fields in `brief` is asked for, the function is told so: `function(context, keys, brief=True)`.
    With `of`, the type of its objects, it is told what is read of them: `function(context, keys, attributes=)`.
    """

    def resolve(self: Any, info: strawberry.Info) -> Any:
        return _load(info.context, function, key_of(self))

    key_of: Callable[[Any], Hashable] = attrgetter(key)
    batch = Batch(function, key)
    if brief is not None:
        batch = Batch(_told_brief(function, brief), key, wants_selection=True)
    elif of is not None:
        batch = Batch(_told_attributes(function, of), key, wants_selection=True)
    return strawberry.field(resolver=_bare(resolve), description=description, metadata={BATCH: batch})


def paged(function: BatchFunction, *, key: str, description: str) -> Any:
    """As `batched`, for a connection: `function(context, keys, first=, after=)` gives one page per key."""

    def resolve(self: Any, info: strawberry.Info, first: First = FIRST, after: After = None) -> Any:
        return _load(info.context, function, key_of(self), first=first, after=after)

    key_of: Callable[[Any], Hashable] = attrgetter(key)
    return strawberry.field(resolver=_bare(resolve), description=description, metadata={BATCH: Batch(function, key)})


def looked_up(
    graphql_type: Any, function: BatchFunction, *, kind: Kind, key: str, description: str, of: str | None = None
) -> Any:
    """A root field that is the object of an id: that of a kind, which has the id's number in its attribute `key`.

    `function` and `of` are as those of `batched`, so requests for one object each may run together.
    """

    def resolve(info: strawberry.Info, object_id: Id) -> Any:
        return _load(info.context, function, number_of(kind, object_id))

    def key_of(object_id: str) -> int:
        return number_of(kind, object_id)

    find = function if of is None else _told_attributes(function, of)
    lookup = Lookup(key_of, Batch(find, key, wants_selection=of is not None))
    return strawberry.field(
        resolver=_bare(resolve), graphql_type=graphql_type, description=description, metadata={LOOKUP: lookup}
    )


def attributes_below(info: Any, type_name: str, *ways: tuple[str, ...]) -> frozenset[str] | None:
    """What is read of the objects of a type that stand below a root field, at the end of each way; None: anything."""
    fields: Selection | None = getattr(info, "fields", None)  # Strawberry's own info has none
    if fields is None:
        return None
    read: set[str] = set()
    for way in ways:
        attributes = reduce(Selection.below, way, fields).attributes(type_name)
        if attributes is None:
            return None
        read |= attributes
    return frozenset(read)


def _told_brief(function: BatchFunction, brief: frozenset[str]) -> BatchFunction:
    @wraps(function)
    def find(context: RequestContext, keys: Sequence[Hashable], *, fields: Selection) -> Awaitable[Sequence[Any]]:
        return function(context, keys, brief=fields.names <= brief)

    return find


def _told_attributes(function: BatchFunction, of: str) -> BatchFunction:
    @wraps(function)
    def find(context: RequestContext, keys: Sequence[Hashable], *, fields: Selection) -> Awaitable[Sequence[Any]]:
        return function(context, keys, attributes=fields.attributes(of))

    return find


def _load(
    context: RequestContext, function: BatchFunction, key: Hashable, **arguments: Hashable
) -> Awaitable[Any] | None:
    return None if key is None else context.load(function, key, **arguments)


def _bare(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Without its return annotation: the class says what the field's type is."""
    del resolve.__annotations__["return"]
    return resolve
