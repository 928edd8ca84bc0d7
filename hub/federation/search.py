"""Case files of many districts as one list: its pages, and how many there are.

For a page each district is asked for a few rows at first; only those that may still hold some of the page's rows are
asked on. So a national page costs one round of calls, unless the rows lie with few of the districts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Protocol

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder, Place
from hub.domain.ids import case_file_id, household_id
from hub.domain.records import CaseFileRecord, Reject
from hub.federation.checks import Checked, as_it_came, check_case_files
from hub.federation.completeness import Completeness, completeness_of
from hub.federation.directory import Shard
from hub.federation.gather import Answered, Failed, Gather
from hub.federation.progress import HUB, PageEnd, Progress, is_before, position_of
from hub.federation.questions import CaseFileCount, CaseFileFilter, CaseFileSearch, Position
from hub.federation.routing import route
from hub.store.case_files import CaseFile

PAGE_MOST = 100
"""Rows in one answer of a district, by the contract."""
_FEWEST = 8
_SPREAD = 4
_ROUNDS_MOST = 16

_Row = tuple[Place, CaseFileRecord]
"""A row as its district gave it, with its place in the list: only those of the page are made into case files."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which case files, how many of them, and after which place."""

    filter: CaseFileFilter
    order: CaseFileOrder
    first: int
    progress: Progress = field(default_factory=Progress)

    @property
    def is_newest_first(self) -> bool:
        """Whether the order is descending."""
        return self.order is CaseFileOrder.NEWEST_FIRST

    def position(self, source: str) -> Position | None:
        """Where the page begins in a source."""
        return position_of(source, self.progress.place_of(source), self.order)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page and one more when there is one, what was read for it, and what it lacks."""

    rows: list[CaseFile]
    completeness: Completeness
    wanted: Wanted
    read: frozenset[str]
    filled: frozenset[str]

    def progress_after(self, case_file: CaseFile) -> Progress:
        """How far the list is read with this row."""
        is_end = len(self.rows) <= self.wanted.first and case_file is self.rows[-1]
        end = PageEnd(place_of(case_file), self.read, self.filled, is_end)
        return self.wanted.progress.after_page(end, self.wanted.order)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are, and what that number lacks."""

    count: int
    completeness: Completeness


class Replica(Protocol):
    """What the hub holds itself: its own case files, and what it read of the districts."""

    async def drained_at(self, sources: Sequence[str]) -> Mapping[str, datetime | None]:
        """When the feed of each source was last read to its end; None: never."""
        ...

    async def search(
        self, after: Mapping[str, Position | None], criteria: CaseFileCriteria, order: CaseFileOrder, first: int
    ) -> list[CaseFile]:
        """The first rows of these sources together, each after its position."""
        ...

    async def count(self, sources: Sequence[str], criteria: CaseFileCriteria) -> int:
        """How many rows these sources have together."""
        ...

    async def ids_of(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """The ids of those case files of districts that are held, by their places: one that was opened here keeps its id."""
        ...


async def search_case_files(
    gather: Gather, shards: Sequence[Shard], replica: Replica, wanted: Wanted, now: datetime
) -> Found:
    """The next page over these districts; those that do not answer are filled in from the replica, if it has them."""
    routed = route(shards, CaseFileSearch.capability, wanted.progress.stale)
    reader = _Reader(gather, wanted)
    await reader.read(routed.ask)
    failures = {**routed.failures, **reader.failures}
    as_of = await _as_of(replica, failures)
    filled = frozenset(as_of)
    after = {source: wanted.position(source) for source in (*sorted(filled), HUB)}
    held = await replica.search(after, wanted.filter.criteria, wanted.order, wanted.first + 1)
    live = reader.first_rows(wanted.first + 1)
    ids = await _ids_of(replica, live)
    came = [case_file_of(record, place[1], now, ids.get(place)) for place, record in live]
    rows = sorted([*came, *held], key=place_of, reverse=wanted.is_newest_first)[: wanted.first + 1]
    completeness = completeness_of(len(shards), failures, as_of, reader.rejects)
    return Found(rows, completeness, wanted, reader.read_codes | filled | {HUB}, filled)


async def count_case_files(
    gather: Gather, shards: Sequence[Shard], replica: Replica, wanted: CaseFileFilter
) -> Counted:
    """The sum over these districts, the replica's count where one does not answer, and the hub's own case files."""
    routed = route(shards, CaseFileCount.capability)
    question = CaseFileCount(wanted)
    outcomes = await gather.ask_all(((shard, question) for shard in routed.ask), as_it_came, gather.deadline_at())
    failures = dict(routed.failures)
    failures |= {code: outcome for code, outcome in outcomes.items() if isinstance(outcome, Failed)}
    as_of = await _as_of(replica, failures)
    held = await replica.count([*sorted(as_of), HUB], wanted.criteria)
    live = sum(outcome.value for outcome in outcomes.values() if isinstance(outcome, Answered))
    return Counted(live + held, completeness_of(len(shards), failures, as_of, {}))


def place_of(case_file: CaseFile) -> Place:
    """Where a case file stands in the list."""
    return (case_file.received_at, case_file.source_code, case_file.source_record_id)


def case_file_of(
    record: CaseFileRecord, regency_code: str, fetched_at: datetime, known_id: int | None = None
) -> CaseFile:
    """A district's case file as the hub shows it: under the ids that it has, or will have, in the replica."""
    about = record.household_record_id
    return CaseFile(
        case_file_id=case_file_id(regency_code, record.source_record_id) if known_id is None else known_id,
        household_id=None if about is None else household_id(regency_code, about),
        regency_code=regency_code,
        region_code=record.region_code,
        number=record.number,
        type=record.type,
        category=record.category,
        channel=record.channel,
        status=record.status,
        summary=record.summary,
        received_at=record.received_at,
        closed_at=record.closed_at,
        removed_at=None,
        source_code=regency_code,
        source_record_id=record.source_record_id,
        observed_at=record.observed_at,
        fetched_at=fetched_at,
    )


async def _as_of(replica: Replica, failures: Mapping[str, Failed]) -> dict[str, datetime]:
    """The districts that the replica can stand in for: those whose feed it has read to the end once."""
    known = await replica.drained_at(sorted(failures)) if failures else {}
    return {code: as_of for code, as_of in known.items() if as_of is not None}


async def _ids_of(replica: Replica, rows: Sequence[_Row]) -> Mapping[Place, int]:
    """The ids of those of which their district says that they were opened in the hub."""
    opened_here = [place for place, record in rows if record.hub_reference]
    return await replica.ids_of(opened_here) if opened_here else {}


class _Reading:
    """What one district has given for the page so far."""

    def __init__(self, shard: Shard, after: Position | None) -> None:
        self.shard = shard
        self.end = after
        self.has_more = True
        self.rows: list[_Row] = []

    @property
    def end_place(self) -> Place | None:
        """Where its further rows begin; None while it was not asked."""
        if self.end is None:
            return None
        return (self.end.received_at, self.shard.regency_code, self.end.record_id or "")


class _Reader:
    """Asks districts until no further row of theirs can belong to the page."""

    def __init__(self, gather: Gather, wanted: Wanted) -> None:
        self.failures: dict[str, Failed] = {}
        self.rejects: dict[str, list[Reject]] = {}
        self._gather = gather
        self._wanted = wanted
        self._readings: dict[str, _Reading] = {}

    @property
    def read_codes(self) -> frozenset[str]:
        """The districts that answered."""
        return frozenset(self._readings)

    def first_rows(self, count: int) -> list[_Row]:
        """The first of all rows that came."""
        rows = [row for reading in self._readings.values() for row in reading.rows]
        return sorted(rows, key=itemgetter(0), reverse=self._wanted.is_newest_first)[:count]

    async def read(self, shards: Sequence[Shard]) -> None:
        """Ask them; those that fail in any round are left out as a whole."""
        deadline_at = self._gather.deadline_at()
        first = self._wanted.first + 1
        first = min(first, PAGE_MOST, max(_FEWEST, _SPREAD * first // max(1, len(shards))))
        open_ = [_Reading(shard, self._wanted.position(shard.regency_code)) for shard in shards]
        self._readings = {reading.shard.regency_code: reading for reading in open_}
        for _ in range(_ROUNDS_MOST):
            await self._ask(open_, first, deadline_at)
            open_ = self._unsettled()
            if not open_:
                return
            first = min(PAGE_MOST, self._wanted.first + 1)
        for reading in open_:
            code = reading.shard.regency_code
            message = f"District {code} gives a page in more than {_ROUNDS_MOST} pieces: report it to the district"
            self._leave_out(code, Failed("ENDLESS_LIST", message))

    async def _ask(self, open_: Sequence[_Reading], first: int, deadline_at: float) -> None:
        wanted = self._wanted
        questions = {  # one for all that begin at the same position
            end: CaseFileSearch(wanted.filter, wanted.order, end, first) for end in {reading.end for reading in open_}
        }
        asked = [(reading.shard, questions[reading.end]) for reading in open_]
        outcomes = await self._gather.ask_all(asked, check_case_files, deadline_at)
        for code, outcome in outcomes.items():
            if isinstance(outcome, Failed):
                self._leave_out(code, outcome)
            else:
                self._take(self._readings[code], outcome.value)

    def _take(self, reading: _Reading, checked: Checked[CaseFileRecord]) -> None:
        code = reading.shard.regency_code
        reading.rows += [((record.received_at, code, record.source_record_id), record) for record in checked.records]
        reading.end, reading.has_more = checked.end, checked.has_more
        if checked.rejects:
            self.rejects.setdefault(code, []).extend(checked.rejects)

    def _leave_out(self, code: str, failure: Failed) -> None:
        self.failures[code] = failure
        self._readings.pop(code, None)
        self.rejects.pop(code, None)

    def _unsettled(self) -> list[_Reading]:
        """Those whose further rows may come before the last one of the page as it is now."""
        open_ = [reading for reading in self._readings.values() if reading.has_more]
        enough = self._wanted.first + 1
        rows = self.first_rows(enough) if open_ else []
        if len(rows) < enough:
            return open_
        bound, order = rows[-1][0], self._wanted.order
        return [each for each in open_ if each.end_place is None or is_before(each.end_place, bound, order)]
