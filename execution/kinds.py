"""What the executor has to know of a value before it may trust it; asked per Python type, not per value."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import GeneratorType, NoneType
from typing import Any

from graphql.pyutils import Undefined

NULL = 1
UNDEFINED = 2
ERROR = 4
AWAITABLE = 8
STREAM = 16  # an asynchronous iterable
LIST = 32  # exactly a list or a tuple
ITERABLE = 64  # any other iterable that is a list in GraphQL's eyes
MAPPING = 128
CALLABLE = 256
SINGLE = 512  # no list: anything else

_TEXTS = (str, bytes, bytearray, memoryview)


def _kind(type_: type) -> int:
    if type_ is NoneType:
        return NULL
    if type_ is type(Undefined):
        return UNDEFINED
    flags = _listing(type_)
    if issubclass(type_, Exception):
        flags |= ERROR
    if _has(type_, "__await__"):
        flags |= AWAITABLE
    if _has(type_, "__aiter__"):
        flags |= STREAM
    if issubclass(type_, Mapping):
        flags |= MAPPING
    if _has(type_, "__call__"):
        flags |= CALLABLE
    return flags


kind: Callable[[type], int] = lru_cache(maxsize=4096)(_kind)
"""The flags of a type. Pure: the same type always has the same, so they are kept."""


def is_awaitable(value: Any) -> bool:
    """Whether a value has to be waited for."""
    return bool(kind(type(value)) & AWAITABLE)


def kinds(values: Sequence[Any]) -> int:
    """The flags of all values together."""
    if len(values) == 1:
        return kind(type(values[0]))
    flags = 0
    for type_ in set(map(type, values)):
        flags |= kind(type_)
    return flags


def listed(value: Any) -> Any:
    """The value of a list field as a list, None, or the exception that is its error."""
    flags = kind(type(value))
    if flags & ERROR or flags & LIST:
        return value
    if flags & (NULL | UNDEFINED):
        return None
    if not flags & ITERABLE:
        return NotIterable()
    try:
        return list(value)
    except Exception as error:  # noqa: BLE001  # whatever the author's iterator raises is the field's error
        return error


class NotIterable(Exception):
    """A list field's value is no list; the error is worded where the field is known."""


def is_null(value: Any) -> bool:
    """Null in GraphQL's eyes."""
    return value is None or value is Undefined


def _listing(type_: type) -> int:
    if type_ is list or type_ is tuple:
        return LIST
    if issubclass(type_, GeneratorType):
        return ITERABLE
    if issubclass(type_, Iterable) and not issubclass(type_, (*_TEXTS, Mapping)):
        return ITERABLE
    return SINGLE


def _has(type_: type, name: str) -> bool:
    return any(name in base.__dict__ for base in type_.__mro__)


Values = Sequence[Any]
