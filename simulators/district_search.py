"""Searching case files of a district: its filter, its order, and places in it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from simulators.records import CaseFile

NEWEST_FIRST = "NEWEST_FIRST"

Place = tuple[datetime, str]
"""Where a case file stands in the order OLDEST_FIRST."""


class CaseFileFilter(NamedTuple):
    """Which case files, and in which order; None does not narrow."""

    region_code: str | None = None
    statuses: frozenset[str] | None = None
    categories: frozenset[str] | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    number: str | None = None
    text: str | None = None
    is_sensitive: bool | None = None
    order: str = "OLDEST_FIRST"

    def lets_through(self, case_file: CaseFile) -> bool:
        """Whether a case file is one of those."""
        return (
            (self.statuses is None or case_file.status in self.statuses)
            and (self.categories is None or case_file.category in self.categories)
            and (self.received_from is None or case_file.received_at >= self.received_from)
            and (self.received_before is None or case_file.received_at < self.received_before)
            and (self.number is None or case_file.number == self.number)
            and (self.region_code is None or f"{case_file.region_code}.".startswith(f"{self.region_code}."))
            and (self.is_sensitive is None or bool(case_file.is_sensitive) is self.is_sensitive)
            and (self.text is None or self._stands_in(case_file))
        )

    def _stands_in(self, case_file: CaseFile) -> bool:
        searched = f"{case_file.number}\n{case_file.summary or ''}".casefold()
        return (self.text or "").casefold() in searched


class Position(NamedTuple):
    """A place in a search; without id: after the moment, whatever the id."""

    received_at: datetime
    id: str | None = None


def place_of(case_file: CaseFile) -> Place:
    """Where a case file stands; Python compares texts code point by code point, as the contract does."""
    return case_file.received_at, case_file.id


def search(
    ordered: Sequence[CaseFile], wanted: CaseFileFilter, after: Position | None, first: int
) -> tuple[list[CaseFile], bool]:
    """At most `first` of the case files, which stand in the order of their places, and whether more follow."""
    found = list(islice(filter(wanted.lets_through, _following(ordered, wanted.order, after)), first + 1))
    return found[:first], len(found) > first


def count(ordered: Sequence[CaseFile], wanted: CaseFileFilter) -> int:
    """How many the filter lets through."""
    return sum(map(wanted.lets_through, ordered))


def _following(ordered: Sequence[CaseFile], order: str, after: Position | None) -> Iterator[CaseFile]:
    if order == NEWEST_FIRST:
        end = len(ordered) if after is None else _start_of(ordered, after)
        return (ordered[at] for at in range(end - 1, -1, -1))
    start = 0 if after is None else _end_of(ordered, after)
    return (ordered[at] for at in range(start, len(ordered)))


def _start_of(ordered: Sequence[CaseFile], position: Position) -> int:
    if position.id is None:
        return bisect_left(ordered, position.received_at, key=lambda case_file: case_file.received_at)
    return bisect_left(ordered, (position.received_at, position.id), key=place_of)


def _end_of(ordered: Sequence[CaseFile], position: Position) -> int:
    if position.id is None:
        return bisect_right(ordered, position.received_at, key=lambda case_file: case_file.received_at)
    return bisect_right(ordered, (position.received_at, position.id), key=place_of)
