"""What a schema says of one field, read once for all operations."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedOutputType,
    GraphQLNonNull,
    GraphQLObjectType,
    default_field_resolver,
    is_leaf_type,
)

from execution.batch import Batch, Call, Key, Lookup, attribute_of, batch_of, call_of, lookup_of
from execution.leaves import Leaf, leaf_of


class How(Enum):
    """Where a field's values come from."""

    TYPENAME = "typename"
    ATTRIBUTE = "attribute"
    BATCH = "batch"
    LOOKUP = "lookup"  # a batch whose keys are in the arguments
    DEFAULT = "default"  # no resolver: graphql-core's default one
    CALL = "call"  # called once per object, with the context and the arguments
    RESOLVER = "resolver"  # called once per object


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A field of an object type.

    `nullable[k]` is for the k-th list from outside, and the last of them for the item; `depth` is the
    number of lists. `attribute` is what an ATTRIBUTE or DEFAULT field reads; `read` reads what an ATTRIBUTE or BATCH field
    goes by from a parent: the attribute, or the key.
    """

    name: str
    how: How
    definition: GraphQLField
    parent: GraphQLObjectType
    type: GraphQLNamedOutputType
    nullable: tuple[bool, ...]
    depth: int
    leaf: Leaf | None
    batch: Batch | None
    attribute: str
    call: Call | None
    lookup: Lookup | None
    read: Callable[[Any], Any] | None
    is_plain: bool
    """A leaf and no list, by declaration, with a test for what is written as it is: it is checked when it is written."""


def facts_of(parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Facts:
    """Read a field's type and extensions."""
    named, nullable = unwrap(definition.type)
    leaf = leaf_of(named) if is_leaf_type(named) else None
    how, batch, attribute = _how(definition, name)
    read = attrgetter(attribute) if how is How.ATTRIBUTE else _reader(batch.key) if how is How.BATCH and batch else None
    call, lookup = call_of(definition), lookup_of(definition)
    depth = len(nullable) - 1
    is_plain = how is How.ATTRIBUTE and not depth and leaf is not None and leaf.test is not None
    return Facts(
        name, how, definition, parent, named, nullable, depth, leaf, batch, attribute, call, lookup, read, is_plain
    )


def _reader(key: Key | str) -> Callable[[Any], Any]:
    return attrgetter(key) if isinstance(key, str) else key


def _how(definition: GraphQLField, name: str) -> tuple[How, Batch | None, str]:
    if name == "__typename":
        return How.TYPENAME, None, ""
    batch = batch_of(definition)
    if batch is not None:
        return How.BATCH, batch, ""
    lookup = lookup_of(definition)
    if lookup is not None:
        return How.LOOKUP, lookup.batch, ""
    attribute = attribute_of(definition)
    if attribute is not None:
        return How.ATTRIBUTE, None, attribute
    if call_of(definition) is not None:
        return How.CALL, None, ""
    if definition.resolve is None or definition.resolve is default_field_resolver:
        return How.DEFAULT, None, name
    return How.RESOLVER, None, ""


def unwrap(type_: Any) -> tuple[Any, tuple[bool, ...]]:
    """The named type inside lists and non-nulls, and for each list from outside, then the item: may it be null?"""
    nullable: list[bool] = []
    while True:
        required = isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if required else type_
        nullable.append(not required)
        if not isinstance(inner, GraphQLList):
            return inner, tuple(nullable)
        type_ = inner.of_type
