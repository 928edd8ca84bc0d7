"""The plain leaves of a selection set: all read and checked in one call, without a step of Python each.

A struct type with the leaves' Python types lets msgspec read the attributes of an object and check them
in C. What it lets through is what graphql-core would write (strings, booleans, words of an enum, integers of 32 bits,
finite numbers of which a double holds every digit, nulls where they are allowed); for anything else the columns are
read and checked one by one.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec import Struct, convert, defstruct

from execution.codegen import Column, Reader
from execution.kinds import MAPPING, kinds
from execution.table import Table

PATIENCE = 8
"""After so many levels in a row that msgspec did not let through, it is not asked again."""


class Plain:
    """The leaves (attribute, response key, Python type, nullable) of one selection set, in their order."""

    __slots__ = ("_fields", "_levels", "_list", "_misses", "_name", "numbers", "read")

    def __init__(self, name: str, numbers: Sequence[int], fields: Sequence["Field"]) -> None:
        self.numbers = tuple(numbers)
        self.read = Reader(name, [field.attribute for field in fields])
        self._name = name
        self._fields = fields
        self._levels = 0
        self._misses = 0
        self._list: Any = None

    def structs(self, objects: Sequence[Any]) -> list[Struct] | None:
        """The objects as structs that are ready to be written; None if msgspec does not let them through, or is not
        asked: a table has columns, and no objects yet.
        """
        if type(objects) is Table:
            return None
        self._levels += 1
        if self._levels == 1 or self._misses >= PATIENCE or kinds(objects) & MAPPING:
            return None
        try:
            structs: list[Struct] = convert(objects, self._type(), from_attributes=True, builtin_types=(date,))
        except Exception:  # noqa: BLE001  # an attribute may raise anything: its error is found later
            self._misses += 1
            return None
        self._misses = 0
        return structs

    def columns(self, objects: Sequence[Any]) -> Sequence[Column] | None:
        """The checked columns of the leaves; None as above."""
        structs = self.structs(objects)
        return None if structs is None else self.read(structs)

    def _type(self) -> Any:
        """A list of the struct. Made for the second level: most new operations are seen once."""
        if self._list is None:
            fields = [(field.attribute, field.annotation) for field in self._fields]
            keys = {field.attribute: field.key for field in self._fields}
            self._list = list[defstruct(self._name, fields, rename=keys, gc=False)]  # type: ignore[misc]
        return self._list


class Field:
    """A leaf that is an attribute of the type `annotation`, or null if it may be."""

    __slots__ = ("annotation", "attribute", "key")

    def __init__(self, attribute: str, key: str, annotation: Any, *, nullable: bool) -> None:
        self.attribute = attribute
        self.key = key
        self.annotation: Any = annotation | None if nullable else annotation
