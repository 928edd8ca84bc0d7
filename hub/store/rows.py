"""Rows to objects: a query selects the columns in the order of the class's fields (tested).

The classes are msgspec's: they are made in C, where a frozen dataclass sets every field by a call of its own; and the
garbage collector leaves them alone, for no row refers to another.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from execution.table import Derive, Grouped, Table
from hub.domain.principal import RegionRange
from hub.store.database import Cells, Row, Session
from hub.store.joined import Columns, Sheet, look, sheet
from hub.store.queries import query

T = TypeVar("T")
K = TypeVar("K")

Attributes: TypeAlias = frozenset[str] | None
"""What is asked of objects; None: anything."""


class Derived(NamedTuple):
    """An attribute that is computed for all objects of a table at once, from these columns."""

    columns: tuple[str, ...]
    make: Derive


class Shape:
    """Which columns are read for what is asked of the objects of a class.

    `keys` are always read. The columns of a part are read together, so that there are few different statements; an
    attribute that lies in no part takes whole rows.
    """

    __slots__ = ("_parts", "_sources", "derive", "keys", "kind")

    def __init__(
        self,
        kind: type[msgspec.Struct],
        keys: tuple[str, ...],
        parts: Sequence[tuple[str, ...]],
        derived: Mapping[str, Derived],
    ) -> None:
        self.kind = kind
        self.keys = keys
        self.derive = {name: each.make for name, each in derived.items()}
        self._parts = parts
        self._sources = {name: each.columns for name, each in derived.items()}

    def columns(self, attributes: Attributes) -> tuple[str, ...] | None:
        """The columns to read; None: whole rows."""
        if attributes is None:
            return None
        needed = {column for name in attributes for column in self._sources.get(name, (name,))}
        read = self.keys
        for part in self._parts:
            if not needed.isdisjoint(part):
                read += part
        return read if needed.issubset(read) else None


class SourceStamp(msgspec.Struct, frozen=True, gc=False):
    """Where a record comes from: the system, its own id there, when it was observed, and when the hub fetched it."""

    system: str
    record_id: str
    observed_at: datetime
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class RegionPage:
    """Which records: of a range of regions, after a (region, id), so many."""

    regions: RegionRange
    after: tuple[str, int]
    first: int

    def values(self) -> dict[str, object]:
        """As parameters of a query."""
        return {
            "region_from": self.regions.start,
            "region_to": self.regions.end,
            "after_region": self.after[0],
            "after_id": self.after[1],
            "first": self.first,
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a list in the order of (region, record id): a range of regions, after a place."""

    regions: RegionRange
    after: tuple[str, str]


def stretches(of: Sequence[Stretch], first: int) -> dict[str, object]:
    """The first rows of some stretches together, as parameters of a query."""
    return {
        "region_froms": [each.regions.start for each in of],
        "region_tos": [each.regions.end for each in of],
        "after_regions": [each.after[0] for each in of],
        "after_ids": [each.after[1] for each in of],
        "first": first,
    }


def read(kind: type[T], rows: Iterable[Cells]) -> list[T]:
    """One object per row."""
    return [kind(*row) for row in rows]


def by_key(keys: Sequence[K], pairs: Iterable[tuple[K, T]]) -> list[T | None]:
    """For each key its only value, or None."""
    found = dict(pairs)
    return [found.get(key) for key in keys]


def grouped(keys: Sequence[K], pairs: Iterable[tuple[K, T]]) -> list[list[T]]:
    """For each key all of its values, in the order in which they came."""
    groups: dict[K, list[T]] = {key: [] for key in keys}
    for key, value in pairs:
        groups[key].append(value)
    return [groups[key] for key in keys]


def look_below(
    session: Session,
    household_ids: Sequence[int],
    named: tuple[str, str],
    shape: Shape,
    attributes: Attributes,
    read_whole: Callable[[Iterable[Row]], Iterable[Any]],
) -> Awaitable[Sequence[Sequence[Any]]]:
    """What hangs on each household, by a query (file, name): the columns that are asked for, or whole rows."""
    columns = shape.columns(attributes)
    if columns is None:
        return _list_whole(session, household_ids, named, read_whole)
    of = sheet(*named, columns)
    return look(session, of, _tables(shape, of, household_ids), household_ids=list(household_ids))


async def _list_whole(
    session: Session,
    household_ids: Sequence[int],
    named: tuple[str, str],
    read_whole: Callable[[Iterable[Row]], Iterable[Any]],
) -> list[list[Any]]:
    rows = await session.fetch(query(*named), household_ids=list(household_ids))
    return grouped(household_ids, ((each.household_id, each) for each in read_whole(rows)))


def _tables(shape: Shape, of: Sheet, household_ids: Sequence[int]) -> Callable[[Columns], Grouped]:
    """Makes of the columns of a sheet the objects of each household; the rows of a household stand together."""

    def finish(columns: Columns) -> Grouped:
        named = dict(zip(of.columns, columns, strict=True))
        sizes = Counter(named["household_id"])
        present = [each for each in household_ids if each in sizes]
        if list(sizes) != present:
            pick = _rows_of(present, sizes)
            named = {name: pick(values) for name, values in named.items()}
        return Grouped(Table(shape.kind, len(columns[0]), named, shape.derive), [sizes[each] for each in household_ids])

    return finish


def _rows_of(household_ids: Sequence[int], sizes: Mapping[int, int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Puts a column into the order of some households, two or more; `sizes` has the order in which they came."""
    ends = accumulate(sizes.values())
    rows = {each: range(end - size, end) for (each, size), end in zip(sizes.items(), ends, strict=True)}
    return itemgetter(*chain.from_iterable([rows[each] for each in household_ids]))
