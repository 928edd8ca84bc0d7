"""Looks by key that a request makes at the same time, sent as one statement, a column at a time.

A round trip costs more than a look: so the statement gives one row, with an array for each column of each look. A look
that goes alone gives its rows, which cost PostgreSQL less than arrays.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import msgspec

from execution.joint import Joint
from hub.store.queries import Query, query

if TYPE_CHECKING:
    from hub.store.database import Session

T = TypeVar("T")
Columns: TypeAlias = Sequence[Sequence[Any]]
"""The values of each column, in the order of the sheet."""

_NUMBER = re.compile(r"\$(\d+)")
_NUMBERS = re.compile(r"\$(\d+)::bigint\[\]")


class Sheet:
    """A query whose rows are wanted as columns: scalars, for an array of arrays or of JSON is not read back as it was.

    Arrays of numbers go as text: the driver looks twice at the class of each of their elements, which costs more than the look.
    """

    __slots__ = ("_arrays", "columns", "query", "sql")

    def __init__(self, query: Query, columns: tuple[str, ...]) -> None:
        self.query = query
        self._arrays = {int(number) - 1 for number in _NUMBERS.findall(query.sql)}
        self.sql = _NUMBERS.sub(r"$\1::text::bigint[]", query.sql)
        self.columns = columns

    def arguments(self, values: dict[str, object]) -> list[object]:
        """The values in the order that PostgreSQL expects."""
        arguments = self.query.arguments(values)
        for place in self._arrays:
            arguments[place] = "{" + ",".join(map(str, cast(Sequence[int], arguments[place]))) + "}"
        return arguments


class Look(msgspec.Struct, frozen=True):
    """A sheet with the values of its query's parameters."""

    sheet: Sheet
    arguments: list[object]


@cache
def sheet(file: str, name: str, columns: tuple[str, ...]) -> Sheet:
    """The sheet of the query `name` of `sql/FILE.sql`."""
    return Sheet(query(file, name), columns)


def look(session: "Session", of: Sheet, finish: Callable[[Columns], T], /, **values: object) -> Joint[T]:
    """What `finish` makes of the columns; whoever awaits it looks alone, the executor lets a request's looks leave together."""
    return Joint(session, Look(of, of.arguments(values)), finish)


@lru_cache(maxsize=64)  # pure: of the few statements that are written for it
def joined(sheets: tuple[Sheet, ...]) -> str:
    """One row with an array for each column of each sheet; the parameters follow one another. Of a single sheet its rows."""
    if len(sheets) == 1:
        columns = ", ".join(f"found.{column}" for column in sheets[0].columns)
        return "select " + columns + " from (" + sheets[0].sql + ") found"  # noqa: S608 -- our own, none a caller's
    arrays, tables = [], []
    before = 0
    for number, each in enumerate(sheets):
        sql = _NUMBER.sub(lambda match, before=before: f"${int(match[1]) + before}", each.sql)  # type: ignore[misc]  # bound
        columns = ", ".join(f"array_agg(found.{column})" for column in each.columns)
        tables.append(f"(select {columns} from ({sql}) found) sheet_{number}")  # noqa: S608 -- our own statements, none a caller's
        arrays.append(f"sheet_{number}.*")
        before += len(each.query.parameters)
    return "select " + ", ".join(arrays) + " from " + ", ".join(tables)  # noqa: S608 -- as above


def parted(sheets: Sequence[Sheet], rows: Sequence[Any]) -> list[Columns]:
    """The columns of each sheet out of what `joined` gives."""
    if len(sheets) == 1:
        return [tuple(zip(*rows, strict=True)) or ((),) * len(sheets[0].columns)]
    row = tuple(rows[0])
    found: list[Columns] = []
    before = 0
    for each in sheets:
        end = before + len(each.columns)
        columns = row[before:end]
        found.append(columns if columns[0] is not None else ((),) * len(columns))
        before = end
    return found


def rounds(looks: Sequence[Look]) -> list[list[int]]:
    """The numbers of the looks that go into one statement each: none has a sheet twice, so there are few statements."""
    found: list[dict[Sheet, int]] = []
    for number, each in enumerate(looks):
        for sheets in found:
            if each.sheet not in sheets:
                sheets[each.sheet] = number
                break
        else:
            found.append({each.sheet: number})
    return [[sheets[each] for each in sorted(sheets, key=_place)] for sheets in found]


def _place(of: Sheet) -> tuple[str, tuple[str, ...]]:
    return of.query.name, of.columns
