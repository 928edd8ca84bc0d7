"""Where a row stands in a list over many districts, and where that is in the list of one of them.

A list is in the order of (rank, source code, record id). The rank of a case file is the moment in which it was received,
that of what belongs to a village its region code: such a list gives one district after the other. A source is a
district, by its regency code, or HUB for what was opened in the hub.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

HUB = "HUB"
"""The source of case files that were opened in the hub; it follows all regency codes."""

Rank = datetime | str
Place = tuple[Rank, str, str]
"""Rank, source, record id there. The ranks of one list are all moments or all region codes."""

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the list of one district; without id: after all rows of the rank."""

    rank: Rank
    record_id: str | None = None


def is_before(one: Place, other: Place, *, is_reversed: bool) -> bool:
    """Whether a row comes before another in the list."""
    return one > other if is_reversed else one < other


def position_of(source: str, place: Place | None, *, is_reversed: bool) -> Position | None:
    """A place in the list as a place in one source: rows after it are those that follow in the list.

    Rows of one moment stand in the order of their sources, so those of a source before the place's own are over, and
    those of one behind it are still to come: with moments exact to the microsecond that is the moment next to it. No
    two sources have rows of one region.
    """
    if place is None:
        return None
    rank, owner, record_id = place
    if source == owner:
        return Position(rank, record_id)
    is_over = source > owner if is_reversed else source < owner
    if is_over or isinstance(rank, str):
        return Position(rank)
    return Position(rank + _TICK if is_reversed else rank - _TICK)


def is_after(position: Position | None, rank: Rank, record_id: str, *, is_reversed: bool) -> bool:
    """Whether a row of a source comes strictly after a position in it."""
    if position is None:
        return True
    one, other = (rank, position.rank) if is_reversed else (position.rank, rank)
    if one != other:
        return is_smaller(one, other)
    if position.record_id is None:
        return False
    return record_id < position.record_id if is_reversed else record_id > position.record_id


def is_smaller(one: Rank, other: Rank) -> bool:
    """Whether a rank comes before another; TypeError for those of different lists."""
    if isinstance(one, str):
        return one < str(other)
    if isinstance(other, str):
        raise TypeError("a moment and a region do not stand in one list")
    return one < other
