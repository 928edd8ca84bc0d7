"""Variables: coerced as graphql-core does, with a short way for values that are already right."""

from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    VariableDefinitionNode,
    get_nullable_type,
    get_variable_values,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.pyutils import Undefined

Plain = Callable[[Any], bool]


def _is_string(value: Any) -> bool:
    return type(value) is str


def _is_int(value: Any) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _is_float(value: Any) -> bool:
    return type(value) is float and isfinite(value)


def _is_boolean(value: Any) -> bool:
    return type(value) is bool


def _plain_of(type_: Any) -> Plain | None:
    """The test that says a value of this scalar, or list of them, coerces to itself; None for every other type."""
    named: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(named, GraphQLList):
        item = _plain_of(named.of_type)
        return None if item is None or isinstance(get_nullable_type(named.of_type), GraphQLList) else _List(item)
    if named is GraphQLString or named is GraphQLID:
        return _is_string
    if named is GraphQLInt:
        return _is_int
    if named is GraphQLFloat:
        return _is_float
    return _is_boolean if named is GraphQLBoolean else None


class _List:
    """The test for a list of such values."""

    __slots__ = ("_item",)

    def __init__(self, item: Plain) -> None:
        self._item = item

    def __call__(self, value: Any) -> bool:
        return type(value) is list and all(map(self._item, value))


class Signature:
    """The variables that an operation declares; knows their types and holds no values."""

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._known: list[tuple[str, GraphQLVariableSignature, Plain | None, bool]] | None = []
        for definition in definitions:
            signature = get_variable_signature(schema, definition)
            if isinstance(signature, GraphQLError):
                self._known = None  # graphql-core words the error
                return
            optional = signature.default is None and not isinstance(signature.type, GraphQLNonNull)
            plain = _plain_of(signature.type)
            self._known.append((signature.name, signature, plain, optional))

    def coerce(self, inputs: Mapping[str, Any], max_errors: int) -> VariableValues | list[GraphQLError]:
        """The values by variable, or the errors in graphql-core's words."""
        return self._short_way(inputs) or get_variable_values(
            self._schema, self._definitions, dict(inputs), max_errors=max_errors
        )

    def _short_way(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        if self._known is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, plain, optional in self._known:
            value = inputs.get(name, Undefined)
            if value is Undefined:
                if not optional:
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            if plain is None or not plain(value):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = list(value) if type(value) is list else value  # a resolver may change it
        return VariableValues(sources, coerced)
