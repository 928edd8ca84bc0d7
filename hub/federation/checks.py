"""Whether a district answered what was asked: row by row, so that one bad row costs only itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from hub.domain.case_search import CaseFileOrder
from hub.domain.cases import CASE_CATEGORIES, CASE_STATUSES, CASE_TYPES
from hub.domain.records import CaseFileRecord, HouseholdRecord, Reject
from hub.federation.directory import Shard
from hub.federation.progress import is_after
from hub.federation.questions import CaseFileFilter, CaseFileSearch, HouseholdLookup, Misfit, Position, Question, Rows

A = TypeVar("A")
R = TypeVar("R")

_STATUSES = frozenset(CASE_STATUSES)
_TYPES = frozenset(CASE_TYPES)
_CATEGORIES = frozenset(CASE_CATEGORIES)
_PLACE = attrgetter("received_at", "source_record_id")
_YEARS = range(1900, 2200)


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


def check_case_files(shard: Shard, asked: CaseFileSearch, came: Rows[CaseFileRecord]) -> Checked[CaseFileRecord]:
    """The rows that answer the question, in its order, each once; the others as rejects.

    Raises Misbehaved when rows are out of order and more of them follow: which ones those are nobody knows then, and
    the first rows of all districts together could not be told. Out of order without more, they are sorted.
    """
    newest: dict[str, CaseFileRecord] = {}
    rejects: list[Reject] = []
    positions: list[Position] = []
    for row in came.rows:
        if isinstance(row, Misfit):
            rejects.append(row.reject)
            if came.has_more and row.position is not None:
                positions.append(row.position)
            continue
        fault = _case_file_fault(shard, asked, row)
        if fault is not None:
            rejects.append(_reject("CASE_FILE", row.source_record_id, *fault))
        if came.has_more and (fault is None or fault[1] != "MOMENT_IMPOSSIBLE"):
            positions.append(Position(row.received_at, row.source_record_id))
        if fault is None and _is_newer(newest, row, rejects):
            newest[row.source_record_id] = row
    _require_order(shard, asked, positions, came)
    is_reversed = asked.order is CaseFileOrder.NEWEST_FIRST
    records = sorted(newest.values(), key=_PLACE, reverse=is_reversed)
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
        elif not _lies_in(row.region_code, shard.regency_code):
            rejects.append(_reject("HOUSEHOLD", row.source_record_id, "regionCode", "REGION_FOREIGN"))
        elif _is_newer(found, row, rejects):
            found[row.source_record_id] = row
    return Checked(list(found.values()), rejects, None, has_more=False)


_Versioned = TypeVar("_Versioned", CaseFileRecord, HouseholdRecord)


def _is_newer(known: dict[str, _Versioned], row: _Versioned, rejects: list[Reject]) -> bool:
    before = known.get(row.source_record_id)
    if before is None:
        return True
    kind = "CASE_FILE" if isinstance(row, CaseFileRecord) else "HOUSEHOLD"
    rejects.append(_reject(kind, row.source_record_id, "id", "DUPLICATE"))
    return row.revision > before.revision


def _case_file_fault(shard: Shard, asked: CaseFileSearch, row: CaseFileRecord) -> tuple[str, str] | None:
    """Field and code of what is wrong with a row."""
    if not row.source_record_id or "\x00" in row.source_record_id:
        return "id", "ID_MISSING"
    if row.received_at.year not in _YEARS:
        return "receivedAt", "MOMENT_IMPOSSIBLE"
    if not _lies_in(row.region_code, shard.regency_code):
        return "regionCode", "REGION_FOREIGN"
    if (unknown := _unknown_word(row)) is not None:
        return unknown, "VALUE_UNKNOWN"
    if not is_after(asked.after, row.received_at, row.source_record_id, asked.order):
        return "receivedAt", "NOT_ASKED_FOR"
    closed = _not_let_through(asked.filter, row)
    return None if closed is None else (closed, "NOT_ASKED_FOR")


def _unknown_word(row: CaseFileRecord) -> str | None:
    """The field that holds a word which is not the contract's."""
    if row.status not in _STATUSES:
        return "status"
    if row.type not in _TYPES:
        return "type"
    return None if row.category in _CATEGORIES else "category"


def _not_let_through(wanted: CaseFileFilter, row: CaseFileRecord) -> str | None:
    """The field by which a filter does not let a row through; the text is the district's own matter."""
    if wanted.region_code is not None and not _lies_in(row.region_code, wanted.region_code):
        return "regionCode"
    criteria = wanted.criteria
    if criteria.statuses is not None and row.status not in criteria.statuses:
        return "status"
    if criteria.categories is not None and row.category not in criteria.categories:
        return "category"
    if criteria.received_from is not None and row.received_at < criteria.received_from:
        return "receivedAt"
    if criteria.received_before is not None and row.received_at >= criteria.received_before:
        return "receivedAt"
    return "number" if criteria.number not in {None, row.number} else None


def _require_order(shard: Shard, asked: CaseFileSearch, positions: list[Position], came: Rows[CaseFileRecord]) -> None:
    if not came.has_more:
        return
    code = shard.regency_code
    if not _is_in_order(positions, asked.order):
        message = f"District {code} gives rows out of their order, so that what follows cannot be told: report it"
        raise Misbehaved("OUT_OF_ORDER", message)
    if not positions or not _follows(asked.after, positions[-1], asked.order):
        message = f"District {code} says that more follows and gives nothing to go on from: report it to the district"
        raise Misbehaved("ENDLESS_LIST", message)


def _is_in_order(positions: Iterable[Position], order: CaseFileOrder) -> bool:
    before: Position | None = None
    for position in positions:
        if before != position and not _follows(before, position, order):
            return False
        before = position
    return True


def _follows(before: Position | None, position: Position, order: CaseFileOrder) -> bool:
    return is_after(before, position.received_at, position.record_id or "", order)


def _lies_in(region_code: str, of: str) -> bool:
    return region_code.startswith(of) and region_code[len(of) : len(of) + 1] in {"", "."}


def _reject(kind: str, record_id: str, field: str, code: str) -> Reject:
    return Reject(record_kind=kind, source_record_id=record_id, field=field, code=code, value="")
