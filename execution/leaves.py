"""Scalars and enums: a column is checked by the set of its Python types, and only the rest value by value."""

from collections.abc import Callable, Sequence
from datetime import date
from math import isfinite
from operator import methodcaller
from types import NoneType
from typing import Annotated, Any, Literal

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
from msgspec import Meta

from execution.encode import writable
from execution.kinds import ERROR, UNDEFINED, kinds

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
INT32 = Annotated[int, Meta(ge=INT_MIN, le=INT_MAX)]
DOUBLE = Annotated[float, Meta(gt=-(2.0**53), lt=2.0**53)]
"""NaN is not between the two either; beyond them not every integer has a double."""
_ANNOTATIONS: dict[type | None, Any] = {int: INT32, float: DOUBLE}

Check = Callable[[Sequence[Any]], bool]
"""Whether values, all of one type and none null, are written as they are."""


class NeedsCare(Exception):
    """Something is null, wrong or unusual: the response must be completed field by field."""


class Leaf:
    """A scalar or enum type with the Python types whose values need no coercion.

    `annotation` is a type, in the words of msgspec, whose values are written as they are; None if there is none.
    """

    __slots__ = ("_check", "_plain", "_shared", "annotation", "type")

    def __init__(
        self, type_: GraphQLLeafType, plain: type | None, check: Check, annotation: Any, *, shared: bool
    ) -> None:
        self.type = type_
        self._plain = plain
        self._check = check
        self._shared = shared
        self.annotation = annotation

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
            if self._plain in types and self._check([v for v in values if v is not None] if has_null else values):
                return values
            if self._shared:
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
        annotation = Literal[tuple(words)] if words else None
        return Leaf(type_, str, words.issuperset, annotation, shared=True)
    coerces = _function(type_.coerce_output_value)
    for coerce, plain, check in _PLAIN:
        if coerces == coerce:
            return Leaf(type_, plain, check, _ANNOTATIONS.get(plain, plain), shared=False)
    return Leaf(type_, None, _always, None, shared=False)
