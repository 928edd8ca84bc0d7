"""Scalars and enums: a column is checked by the set of its Python types, and only the rest value by value."""

from collections.abc import Callable, Sequence
from datetime import date
from math import isfinite
from operator import methodcaller
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
_INFINITE = "1e999"
"""Python reads this as infinity; NaN is on no side of it."""
_TESTS: dict[type, str] = {
    int: f"type({{value}}) is int and {INT_MIN} <= {{value}} <= {INT_MAX}",
    float: f"type({{value}}) is float and -{_INFINITE} < {{value}} < {_INFINITE}",
}
_WORD = "type({value}) is str and {value} in {words}"

Check = Callable[[Sequence[Any]], bool]
"""Whether values, all of one type and none null, are written as they are."""


class NeedsCare(Exception):
    """Something is null, wrong or unusual: the response must be completed field by field."""


class Leaf:
    """A scalar or enum type with the Python types whose values need no coercion.

    `test` is a Python expression that says whether a value is written as it is; None if there is none. `words` are those of
    an enum which are.
    """

    __slots__ = ("_check", "_only", "_plain", "test", "type", "words")

    def __init__(
        self, type_: GraphQLLeafType, plain: type | None, check: Check | None, words: frozenset[str] | None = None
    ) -> None:
        self.type = type_
        self.words = words
        self._plain = plain
        self._only = {plain}
        self._check = check
        if words is not None:
            self.test: str | None = _WORD if words else None
        else:
            self.test = None if plain is None else _TESTS.get(plain, f"type({{value}}) is {plain.__name__}")

    def column(self, values: Sequence[Any], *, nullable: bool) -> Sequence[Any]:
        """The values as they are written. Raises NeedsCare if a single one has an error."""
        types: set[type | None] = set(map(type, values))
        if types == self._only and (self._check is None or self._check(values)):
            return values
        has_null = NoneType in types
        if has_null:
            if not nullable:
                raise NeedsCare
            types.discard(NoneType)
        if not types:
            return values
        if len(types) == 1:
            if self._plain in types and self._fits([v for v in values if v is not None]):
                return values
            if self.words is not None:
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

    def _fits(self, values: Sequence[Any]) -> bool:
        return self._check is None or self._check(values)

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


def _in_range(values: Sequence[Any]) -> bool:
    return bool(min(values) >= INT_MIN and max(values) <= INT_MAX)


def _finite(values: Sequence[Any]) -> bool:
    return all(map(isfinite, values))


_PLAIN: tuple[tuple[Callable[[Any], Any], type, Check | None], ...] = (
    (GraphQLString.coerce_output_value, str, None),
    (GraphQLID.coerce_output_value, str, None),
    (GraphQLInt.coerce_output_value, int, _in_range),
    (GraphQLFloat.coerce_output_value, float, _finite),
    (GraphQLBoolean.coerce_output_value, bool, None),
    (date.isoformat, date, None),
)
"""How a scalar coerces -> the Python type of which msgspec writes exactly that."""


def _words(type_: GraphQLEnumType) -> frozenset[str]:
    """The words of an enum that are written as they are."""
    return frozenset(
        name
        for name, member in type_.values.items()
        if member.value == name == type_.coerce_output_value(name) == type_.coerce_output_value(member.value)
    )


def _function(coerce: Any) -> Any:
    """What `operator.methodcaller` stands for, where it is `date.isoformat`: two of them are never equal."""
    if isinstance(coerce, methodcaller) and coerce.__reduce__() == (methodcaller, ("isoformat",)):
        return date.isoformat
    return coerce


def leaf_of(type_: GraphQLLeafType) -> Leaf:
    """The way to write a leaf type. A scalar that coerces as a built-in one does is treated like it."""
    if isinstance(type_, GraphQLEnumType):
        words = _words(type_)
        return Leaf(type_, str, words.issuperset, words)
    coerces = _function(type_.coerce_output_value)
    for coerce, plain, check in _PLAIN:
        if coerces == coerce:
            return Leaf(type_, plain, check)
    return Leaf(type_, None, None)
