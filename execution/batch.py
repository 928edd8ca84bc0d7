"""What a schema's author says about a field, in its extensions."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from graphql import GraphQLField, GraphQLSchema, is_introspection_type, is_object_type

BATCH = "execution.batch"
"""Extension of a field: its `Batch`."""

ATTRIBUTE = "execution.attribute"
"""Extension of a field without arguments: the Python attribute that holds its value.

It is read without the field's resolver, so nothing that wraps a resolver (a permission, say) stands before it.
"""

CALL = "execution.call"
"""Extension of a field: its `Call`."""

LOOKUP = "execution.lookup"
"""Extension of a field: its `Lookup`."""

Key = Callable[[Any], Hashable]


@dataclass(frozen=True, slots=True)
class Call:
    """A field that needs the context and its arguments, and neither its parent nor the place in the operation.

    `function(context, **arguments)` gives (or awaits) the value; it is called once per object. Without an info and a
    path to make it costs a fraction of a resolver. With `wants_selection` it gets also `fields=Selection`. The field's own
    resolver is not called; `loader.bind` replaces it.
    `joins(**arguments)` says of a root field whether its request may run together with others, which then wait for each
    other; None: never.
    """

    function: Callable[..., Any]
    wants_selection: bool = False
    joins: Callable[..., bool] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A field that is resolved for all parents of a level at once.

    `function(context, keys, **arguments)` gets the distinct keys, numbers in growing order and others in that of their
    first parent, and returns (or awaits) one value for each, in the same order; with `wants_selection` also
    `fields=Selection`. An item that is an Exception is the error of that item; raising is the error of
    every item. A parent whose key is None has the value null, and its key is not asked for.
    `key` is a function of the parent, or the name of its attribute; keys must be hashable.
    The field's own resolver is not called; `loader.bind` replaces it.
    """

    function: Callable[..., Awaitable[Sequence[Any]] | Sequence[Any]]
    key: Key | str
    wants_selection: bool = False

    @property
    def name(self) -> str:
        """The function's name, for error messages and logs."""
        return getattr(self.function, "__name__", type(self.function).__name__)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A field whose arguments name its object, such as a root field that takes an id.

    `key(**arguments)` is the key, None for null; what it raises is the field's error. `batch` finds the object, and its
    `key` is the attribute in which the object has the key again: batches below that go by that attribute are asked for
    at the same time as the object. If there is none, what they found is thrown away.
    """

    key: Callable[..., Hashable]
    batch: Batch


def batch_of(field: GraphQLField) -> Batch | None:
    """The batch of a field, if it has one."""
    batch = field.extensions.get(BATCH)
    return batch if isinstance(batch, Batch) else None


def call_of(field: GraphQLField) -> Call | None:
    """The call of a field, if it is one."""
    call = field.extensions.get(CALL)
    return call if isinstance(call, Call) else None


def lookup_of(field: GraphQLField) -> Lookup | None:
    """The lookup of a field, if it is one."""
    lookup = field.extensions.get(LOOKUP)
    return lookup if isinstance(lookup, Lookup) else None


def attribute_of(field: GraphQLField) -> str | None:
    """The plain attribute of a field, if it is one."""
    name = field.extensions.get(ATTRIBUTE)
    return name if isinstance(name, str) else None


def check(schema: GraphQLSchema) -> None:
    """ValueError if an extension of a field cannot be followed; it names the field and the remedy."""
    for type_ in schema.type_map.values():
        if is_introspection_type(type_) or not is_object_type(type_):
            continue
        for name, field in type_.fields.items():
            _check_field(f"{type_.name}.{name}", field)


def _check_field(where: str, field: GraphQLField) -> None:
    attribute, batch = field.extensions.get(ATTRIBUTE), field.extensions.get(BATCH)
    declared = [name for name in (ATTRIBUTE, BATCH, CALL, LOOKUP) if field.extensions.get(name) is not None]
    if len(declared) > 1:
        raise ValueError(f"{where} is both {' and '.join(declared)}: keep one.")
    if CALL in declared and call_of(field) is None:
        raise ValueError(f"{where}: {CALL} must be a Call, not {field.extensions[CALL]!r}.")
    if batch is not None and not isinstance(batch, Batch):
        raise ValueError(f"{where}: {BATCH} must be a Batch, not {batch!r}.")
    if LOOKUP in declared and lookup_of(field) is None:
        raise ValueError(f"{where}: {LOOKUP} must be a Lookup, not {field.extensions[LOOKUP]!r}.")
    if attribute is not None and field.args:
        raise ValueError(f"{where} has arguments, so it needs a resolver and not {ATTRIBUTE}.")
    key = batch.key if batch else None
    for value in (attribute, key if isinstance(key, str) else None):
        if value is not None and not is_name(value):
            raise ValueError(f"{where}: {value!r} is not the name of an attribute.")


def is_name(value: Any) -> bool:
    """Whether generated code may read an attribute of this name."""
    return isinstance(value, str) and value.isidentifier() and not iskeyword(value)
