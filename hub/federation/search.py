"""Rows of many districts as one list: its pages, and how many case files there are.

For a page each district is asked for a few rows at first; only those that may still hold some of the page's rows are
asked on. So a national page costs one round of calls, unless the rows lie with few of the districts. Of a list that
gives one district after the other, only those are asked whose turn it is on the page.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Generic, Protocol, TypeVar

from hub.domain.records import Reject
from hub.federation.checks import Checked, as_it_came, check_rows
from hub.federation.completeness import Completeness, completeness_of
from hub.federation.directory import Shard
from hub.federation.gather import Answered, Failed, Gather
from hub.federation.lists import ListedRecord, LiveList
from hub.federation.places import Place, Position, is_before, position_of
from hub.federation.progress import PageEnd, Progress
from hub.federation.questions import CaseFileCount, CaseFileFilter, ListQuestion, Rows
from hub.federation.routing import route

R = TypeVar("R", bound=ListedRecord)
W = TypeVar("W")

PAGE_MOST = 100
"""Rows in one answer of a district, by the contract."""
_FEWEST = 8
_SPREAD = 4
_ASKED_MOST = 16
_FIRST_WAVE = 8
_WAVE_GROWTH = 4


@dataclass(frozen=True, slots=True)
class Wanted(Generic[R, W]):
    """Which list, how many of its rows, and after which place."""

    listed: LiveList[R, W]
    first: int
    progress: Progress = field(default_factory=Progress)

    def position(self, source: str) -> Position | None:
        """Where the page begins in a source."""
        return position_of(source, self.progress.place_of(source), is_reversed=self.listed.is_reversed)

    def in_order(self, rows: Sequence[W]) -> list[W]:
        """Rows as the list has them."""
        return sorted(rows, key=self.listed.place_of, reverse=self.listed.is_reversed)

    def needs(self, source: str) -> bool:
        """Whether a source may have a row after the place: in a list by regions not one before it that owes none."""
        through = self.progress.through
        is_over = self.listed.is_by_region and through is not None and source < through[1]
        return not is_over or source not in self.progress.covered


@dataclass(frozen=True, slots=True)
class Found(Generic[R, W]):
    """The rows of a page and one more when there is one, what was read for it, and what it lacks.

    `records`: those of the districts, by the places of their rows.
    """

    rows: list[W]
    records: Mapping[Place, R]
    completeness: Completeness
    wanted: Wanted[R, W]
    read: frozenset[str]
    filled: frozenset[str]

    def progress_after(self, row: W) -> Progress:
        """How far the list is read with this row."""
        listed = self.wanted.listed
        place = listed.place_of(row)
        is_end = len(self.rows) <= self.wanted.first and place == listed.place_of(self.rows[-1])
        end = PageEnd(place, self.read, self.filled, is_end)
        return self.wanted.progress.after_page(end, is_reversed=listed.is_reversed)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are, and what that number lacks."""

    count: int
    completeness: Completeness


class Replica(Protocol[W]):
    """What the hub holds of a list itself: what is its own, and what it read of the districts."""

    async def read_at(self, sources: Sequence[str]) -> Mapping[str, datetime | None]:
        """When it last read the list of each source to its end; None: never."""
        ...

    async def search(self, after: Mapping[str, Position | None], first: int) -> list[W]:
        """The first rows of these sources together, each after its position."""
        ...


class CountedReplica(Protocol):
    """A replica that counts."""

    async def read_at(self, sources: Sequence[str]) -> Mapping[str, datetime | None]:
        """As a Replica."""
        ...

    async def count(self, sources: Sequence[str]) -> int:
        """How many rows these sources have together."""
        ...


async def read_page(
    gather: Gather, shards: Sequence[Shard], replica: Replica[W], wanted: Wanted[R, W], now: datetime
) -> Found[R, W]:
    """The next page over these districts; those that do not answer are filled in from the replica, if it has them."""
    needed = [shard for shard in shards if wanted.needs(shard.regency_code)]
    routed = route(needed, wanted.listed.question(None, 1).capability, wanted.progress.stale)
    reader = _Reader(gather, wanted)
    await reader.read(routed.ask)
    failures = {**routed.failures, **reader.failures}
    as_of = await _as_of(replica.read_at, failures)
    filled = frozenset(as_of)
    after = {source: wanted.position(source) for source in (*sorted(filled), *wanted.listed.sources_here)}
    held = await replica.search(after, wanted.first + 1) if after else []
    live = reader.first_rows(wanted.first + 1)
    came = [wanted.listed.row_of(record, place[1], now) for place, record in live]
    rows = wanted.in_order([*came, *held])[: wanted.first + 1]
    completeness = completeness_of(len(reader.read_codes | failures.keys()), failures, as_of, reader.rejects)
    read = reader.read_codes | filled | frozenset(wanted.listed.sources_here)
    if wanted.listed.is_by_region:  # who was read up to the page before it and not asked now has no row on it
        read |= wanted.progress.covered & {shard.regency_code for shard in shards} - failures.keys()
    return Found(rows, dict(live), completeness, wanted, read, filled)


async def count_case_files(
    gather: Gather, shards: Sequence[Shard], replica: CountedReplica, wanted: CaseFileFilter, here: Sequence[str]
) -> Counted:
    """The sum over these districts, the replica's count where one does not answer, and that of the sources here."""
    routed = route(shards, CaseFileCount.capability)
    question = CaseFileCount(wanted)
    outcomes = await gather.ask_all(((shard, question) for shard in routed.ask), as_it_came, gather.deadline_at())
    failures = dict(routed.failures)
    failures |= {code: outcome for code, outcome in outcomes.items() if isinstance(outcome, Failed)}
    as_of = await _as_of(replica.read_at, failures)
    held = await replica.count([*sorted(as_of), *here])
    live = sum(outcome.value for outcome in outcomes.values() if isinstance(outcome, Answered))
    return Counted(live + held, completeness_of(len(shards), failures, as_of, {}))


async def _as_of(
    read_at: Callable[[Sequence[str]], Awaitable[Mapping[str, datetime | None]]], failures: Mapping[str, Failed]
) -> dict[str, datetime]:
    """The districts that the replica can stand in for: those whose list it has read to the end once."""
    known = await read_at(sorted(failures)) if failures else {}
    return {code: as_of for code, as_of in known.items() if as_of is not None}


class _Reading(Generic[R]):
    """What one district has given for the page so far."""

    def __init__(self, shard: Shard, after: Position | None) -> None:
        self.shard = shard
        self.end = after
        self.has_more = True
        self.rows: list[tuple[Place, R]] = []
        self.times_asked = 0

    @property
    def end_place(self) -> Place | None:
        """Where its further rows begin; None: anywhere."""
        if self.end is None:
            return None
        return (self.end.rank, self.shard.regency_code, self.end.record_id or "")


class _Reader(Generic[R, W]):
    """Asks districts until no further row of theirs can belong to the page."""

    def __init__(self, gather: Gather, wanted: Wanted[R, W]) -> None:
        self.failures: dict[str, Failed] = {}
        self.rejects: dict[str, list[Reject]] = {}
        self._gather = gather
        self._wanted = wanted
        self._readings: dict[str, _Reading[R]] = {}
        self._waiting: list[Shard] = []

    @property
    def read_codes(self) -> frozenset[str]:
        """The districts that answered."""
        return frozenset(self._readings)

    def first_rows(self, count: int) -> list[tuple[Place, R]]:
        """The first of all rows that came, as their districts gave them: only those of the page are made into rows of ours."""
        rows = [row for reading in self._readings.values() for row in reading.rows]
        return sorted(rows, key=itemgetter(0), reverse=self._wanted.listed.is_reversed)[:count]

    async def read(self, shards: Sequence[Shard]) -> None:
        """Ask them; those that fail in any round are left out as a whole."""
        deadline_at = self._gather.deadline_at()
        self._waiting = sorted(shards, key=lambda shard: shard.regency_code)
        wave = _FIRST_WAVE if self._wanted.listed.is_by_region else len(shards)
        first = self._wanted.first + 1
        first = min(first, PAGE_MOST, max(_FEWEST, _SPREAD * first // max(1, min(wave, len(shards)))))
        open_ = self._begin(wave)
        while open_:
            await self._ask(open_, first, deadline_at)
            open_ = [reading for reading in self._unsettled() if self._is_bearable(reading)]
            if not open_ and self._waiting and self._bound() is None:
                wave *= _WAVE_GROWTH
                open_ = self._begin(wave)
            first = min(PAGE_MOST, self._wanted.first + 1)

    def _is_bearable(self, reading: _Reading[R]) -> bool:
        """Whether a district can be asked on; one that gives a page in too many pieces is left out."""
        code = reading.shard.regency_code
        if reading.times_asked < _ASKED_MOST:
            return True
        message = f"District {code} gives a page in more than {_ASKED_MOST} pieces: report it to the district"
        self._leave_out(code, Failed("ENDLESS_LIST", message))
        return False

    def _begin(self, most: int) -> list[_Reading[R]]:
        """The next districts whose turn it is."""
        begun = [_Reading[R](shard, self._wanted.position(shard.regency_code)) for shard in self._waiting[:most]]
        self._waiting = self._waiting[most:]
        self._readings |= {reading.shard.regency_code: reading for reading in begun}
        return begun

    async def _ask(self, open_: Sequence[_Reading[R]], first: int, deadline_at: float) -> None:
        listed = self._wanted.listed
        questions = {
            end: listed.question(end, first) for end in {reading.end for reading in open_}
        }  # one for each position
        asked = [(reading.shard, questions[reading.end]) for reading in open_]
        outcomes = await self._gather.ask_all(asked, self._check, deadline_at)
        for code, outcome in outcomes.items():
            if isinstance(outcome, Failed):
                self._leave_out(code, outcome)
            else:
                self._take(self._readings[code], outcome.value)

    def _check(self, shard: Shard, asked: ListQuestion[R], came: Rows[R]) -> Checked[R]:
        return check_rows(shard, self._wanted.listed, asked, came)

    def _take(self, reading: _Reading[R], checked: Checked[R]) -> None:
        code, listed = reading.shard.regency_code, self._wanted.listed
        reading.rows += [
            ((listed.rank_of(record), code, record.source_record_id), record) for record in checked.records
        ]
        reading.end, reading.has_more = checked.end, checked.has_more
        reading.times_asked += 1
        if checked.rejects:
            self.rejects.setdefault(code, []).extend(checked.rejects)

    def _leave_out(self, code: str, failure: Failed) -> None:
        self.failures[code] = failure
        self._readings.pop(code, None)
        self.rejects.pop(code, None)

    def _bound(self) -> Place | None:
        """The last place of the page as it is now; None while it is not full."""
        enough = self._wanted.first + 1
        rows = self.first_rows(enough)
        return rows[-1][0] if len(rows) == enough else None

    def _unsettled(self) -> list[_Reading[R]]:
        """Those whose further rows may come before the last one of the page as it is now."""
        bound, is_reversed = self._bound(), self._wanted.listed.is_reversed
        return [
            reading
            for reading in self._readings.values()
            if reading.has_more
            and (
                bound is None
                or reading.end_place is None
                or is_before(reading.end_place, bound, is_reversed=is_reversed)
            )
        ]
