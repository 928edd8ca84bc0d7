"""Scalars and enums: a column is checked by the set of its Python types, and only the rest value by value."""

from collections.abc import Callable, Sequence
from datetime import date
from math import isfinite
from types import NoneType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.pyutils import Undefined, inspect

from execution.encode import writable
from execution.kinds import ERROR, UNDEFINED, kinds

INT_MIN, INT_MAX = -(2**31), 2**31 - 1

Check = Callable[[Sequence[Any]], bool]
"""Whether values, all of one type and none null, are written as they are."""


class NeedsCare(Exception):
    """Something is null, wrong or unusual: the response must be completed field by field."""


class Leaf:
    """A scalar or enum type with the Python types whose values need no coercion."""

    __slots__ = ("_check", "_plain", "_shared", "type")

    def __init__(self, type_: GraphQLLeafType, plain: type | None, check: Check, *, shared: bool) -> None:
        self.type = type_
        self._plain = plain
        self._check = check
        self._shared = shared

    @property
    def python(self) -> type | None:
        """The Python type whose values need no coercion, if there is one."""
        return self._plain

    def column(self, values: Sequence[Any], *, nullable: bool) -> Sequence[Any]:
        """The values as they are written. Raises NeedsCare if a single one has an error."""
        types = set(map(type, values))
        has_null = NoneType in types
        if has_null:
            if not nullable:
                raise NeedsCare
            types.discard(NoneType)
        if not types:
            return values
        if len(types) == 1:
            if self._plain in types:
                present = [v for v in values if v is not None] if has_null else values
                if self._check(present):
                    return values
            elif self._shared:
                return self._by_distinct(values)
        return self._one_by_one(values)

    def value(self, value: Any) -> Any:
        """One value as it is written; raises what graphql-core raises, in its words."""
        coerced = self.type.coerce_output_value(value)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(self.type)}.coerce_output_value({inspect(value)})`"
                f" to return non-nullable value, returned: {inspect(coerced)}"
            )
        return writable(coerced)

    def _one_by_one(self, values: Sequence[Any]) -> Sequence[Any]:
        if kinds(values) & (ERROR | UNDEFINED):
            raise NeedsCare
        try:
            return [None if value is None else self.value(value) for value in values]
        except Exception as error:
            raise NeedsCare from error

    def _by_distinct(self, values: Sequence[Any]) -> Sequence[Any]:
        """The members of an enum are few: each is looked up once."""
        if kinds(values) & (ERROR | UNDEFINED):
            raise NeedsCare
        try:
            written = {value: None if value is None else self.value(value) for value in set(values)}
        except Exception as error:
            raise NeedsCare from error
        return [written[value] for value in values]


def _always(_: Sequence[Any]) -> bool:
    return True


def _in_range(values: Sequence[Any]) -> bool:
    return bool(min(values) >= INT_MIN and max(values) <= INT_MAX)


def _finite(values: Sequence[Any]) -> bool:
    return all(map(isfinite, values))


_PLAIN: tuple[tuple[Callable[[Any], Any], type, Check], ...] = (
    (GraphQLString.coerce_output_value, str, _always),
    (GraphQLID.coerce_output_value, str, _always),
    (GraphQLInt.coerce_output_value, int, _in_range),
    (GraphQLFloat.coerce_output_value, float, _finite),
    (GraphQLBoolean.coerce_output_value, bool, _always),
    (date.isoformat, date, _always),
)
"""How a scalar coerces -> the Python type of which msgspec writes exactly that."""


def leaf_of(type_: GraphQLLeafType) -> Leaf:
    """The way to write a leaf type. A scalar that coerces as a built-in one does is treated like it."""
    for coerce, plain, check in _PLAIN:
        if type_.coerce_output_value == coerce:
            return Leaf(type_, plain, check, shared=False)
    return Leaf(type_, None, _always, shared=isinstance(type_, GraphQLEnumType))
