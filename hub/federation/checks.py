"""Whether a district answered what was asked: row by row, so that one bad row costs only itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hub.domain.records import HouseholdRecord, Reject
from hub.federation.directory import Shard
from hub.federation.lists import Fault, ListedRecord, LiveList, lies_in
from hub.federation.places import Position, is_after
from hub.federation.questions import HouseholdLookup, ListQuestion, Misfit, Question, Rows

A = TypeVar("A")
R = TypeVar("R", bound=ListedRecord)
W = TypeVar("W")


class Misbehaved(Exception):
    """The answer as a whole cannot be used: a word of docs/reference/errors.md, and what happened."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Checked(Generic[R]):
    """What of an answer can be used. `end`: where it goes on; `has_more`: whether it does."""

    records: list[R]
    rejects: list[Reject]
    end: Position | None
    has_more: bool


def check_rows(shard: Shard, listed: LiveList[R, W], asked: ListQuestion[R], came: Rows[R]) -> Checked[R]:
    """The rows that answer the question, in its order, each once; the others as rejects.

    Raises Misbehaved when rows are out of order and more of them follow: which ones those are nobody knows then, and
    the first rows of all districts together could not be told. Out of order without more, they are sorted.
    """
    newest: dict[str, R] = {}
    rejects: list[Reject] = []
    positions: list[Position] = []
    for row in came.rows:
        if isinstance(row, Misfit):
            rejects.append(row.reject)
            if came.has_more and row.position is not None:
                positions.append(row.position)
            continue
        fault = _fault(shard, listed, asked, row)
        if fault is not None:
            rejects.append(_reject(listed.kind, row.source_record_id, *fault))
        if came.has_more and (fault is None or fault[1] != "MOMENT_IMPOSSIBLE"):
            positions.append(Position(listed.rank_of(row), row.source_record_id))
        if fault is None and _is_newer(newest, row, listed.kind, rejects):
            newest[row.source_record_id] = row
    _require_order(shard, asked, positions, came)
    records = sorted(
        newest.values(), key=lambda row: (listed.rank_of(row), row.source_record_id), reverse=asked.is_reversed
    )
    return Checked(records, rejects, positions[-1] if positions else asked.after, came.has_more)


def as_it_came(shard: Shard, asked: Question[A], came: A) -> A:  # noqa: ARG001 -- a check of what is never wrong
    """An answer that needs no check beyond that of its form."""
    return came


def check_households(shard: Shard, asked: HouseholdLookup, came: Rows[HouseholdRecord]) -> Checked[HouseholdRecord]:
    """The households that were asked for, each once."""
    wanted = frozenset(asked.record_ids)
    found: dict[str, HouseholdRecord] = {}
    rejects: list[Reject] = []
    for row in came.rows:
        if isinstance(row, Misfit):
            rejects.append(row.reject)
        elif row.source_record_id not in wanted:
            rejects.append(_reject("HOUSEHOLD", row.source_record_id, "id", "NOT_ASKED_FOR"))
        elif not lies_in(row.region_code, shard.regency_code):
            rejects.append(_reject("HOUSEHOLD", row.source_record_id, "regionCode", "REGION_FOREIGN"))
        elif _is_newer(found, row, "HOUSEHOLD", rejects):
            found[row.source_record_id] = row
    return Checked(list(found.values()), rejects, None, has_more=False)


def _is_newer(known: dict[str, R], row: R, kind: str, rejects: list[Reject]) -> bool:
    before = known.get(row.source_record_id)
    if before is None:
        return True
    rejects.append(_reject(kind, row.source_record_id, "id", "DUPLICATE"))
    return row.revision > before.revision


def _fault(shard: Shard, listed: LiveList[R, W], asked: ListQuestion[R], row: R) -> Fault | None:
    """Field and code of what is wrong with a row."""
    if not row.source_record_id or "\x00" in row.source_record_id:
        return "id", "ID_MISSING"
    if not lies_in(row.region_code, shard.regency_code):
        return "regionCode", "REGION_FOREIGN"
    fault = listed.fault_of(row)
    rank = listed.rank_of(row)
    if fault is None and not is_after(asked.after, rank, row.source_record_id, is_reversed=asked.is_reversed):
        return "regionCode" if listed.is_by_region else "receivedAt", "NOT_ASKED_FOR"
    return fault


def _require_order(shard: Shard, asked: ListQuestion[R], positions: list[Position], came: Rows[R]) -> None:
    if not came.has_more:
        return
    code = shard.regency_code
    if not _is_in_order(positions, is_reversed=asked.is_reversed):
        message = f"District {code} gives rows out of their order, so that what follows cannot be told: report it"
        raise Misbehaved("OUT_OF_ORDER", message)
    if not positions or not _follows(asked.after, positions[-1], is_reversed=asked.is_reversed):
        message = f"District {code} says that more follows and gives nothing to go on from: report it to the district"
        raise Misbehaved("ENDLESS_LIST", message)


def _is_in_order(positions: Iterable[Position], *, is_reversed: bool) -> bool:
    before: Position | None = None
    for position in positions:
        if before != position and not _follows(before, position, is_reversed=is_reversed):
            return False
        before = position
    return True


def _follows(before: Position | None, position: Position, *, is_reversed: bool) -> bool:
    return is_after(before, position.rank, position.record_id or "", is_reversed=is_reversed)


def _reject(kind: str, record_id: str, field: str, code: str) -> Reject:
    return Reject(record_kind=kind, source_record_id=record_id, field=field, code=code, value="")
