"""Rows to objects: a query selects the columns in the order of the class's fields (tested).

The classes are msgspec's: they are made in C, where a frozen dataclass sets every field by a call of its own; and the
garbage collector leaves them alone, for no row refers to another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec

from execution.table import Derive, Grouped, Table
from hub.domain.principal import RegionRange
from hub.store.database import Cells
from hub.store.joined import Columns, Sheet

T = TypeVar("T")
K = TypeVar("K")


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


def tables(
    kind: type[msgspec.Struct], of: Sheet, household_ids: Sequence[int], derived: Mapping[str, Derive]
) -> Callable[[Columns], Grouped]:
    """Makes of the columns of a sheet the objects of each household; the rows come in the order of the households."""

    def finish(columns: Columns) -> Grouped:
        named = dict(zip(of.columns, columns, strict=True))
        sizes = dict.fromkeys(household_ids, 0)
        for household_id in named["household_id"]:
            sizes[household_id] += 1
        return Grouped(Table(kind, len(columns[0]), named, derived), [sizes[each] for each in household_ids])

    return finish
