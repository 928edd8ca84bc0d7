"""Reads the feeds of all sources: pages are fetched ahead, merged in batches, each with its cursor in one transaction."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from hub.domain.errors import Conflict, CursorExpired, SourceError
from hub.domain.matches import MatchStatus
from hub.domain.records import CaseUpdateRecord, MatchOutcomeRecord, Record, ReferralUpdateRecord, Reject
from hub.domain.source import Capability, Connector, Page, regency_of
from hub.ingest import case_updates
from hub.ingest.case_updates import NoteChanges, only_history
from hub.store import sources
from hub.store.batches import Batch, BatchResult, is_storable, merge_batch
from hub.store.database import Session
from hub.store.matches import Move, Mover, move_matches
from hub.store.village_profiles import ProfileBatch, merge_profiles

BATCH_RECORDS = 20_000
_PAGES_AHEAD = 4
_DIGITS_OF_64_BITS = 19


@dataclass(slots=True)
class SourceReport:
    """What one sync of one source did, in records; `rejects` counts findings by code; `error` when it broke off."""

    source_code: str
    received: int = 0
    merged: int = 0
    unchanged: int = 0
    outcomes: int = 0
    updates: int = 0
    rejects: dict[str, int] = field(default_factory=dict)
    error: SourceError | Conflict | None = None

    def add(self, result: BatchResult) -> None:
        """Count a batch in."""
        self.received += result.received
        self.merged += result.merged
        self.unchanged += result.unchanged
        for code, count in result.rejects.items():
            self.rejects[code] = self.rejects.get(code, 0) + count


Progress = Callable[[str, int], None]
"""Told (source code, records that came in just now)."""


def no_progress(_source_code: str, _records: int) -> None:
    """Tell nobody."""


MoveReferrals = Callable[[Session, str, Sequence[ReferralUpdateRecord], datetime], Awaitable[int]]
"""Moves referrals as a district says: (session, code of the district, its moves in their order, now); returns how many moved."""


async def no_referrals(
    _session: Session, _source_code: str, _updates: Sequence[ReferralUpdateRecord], _now: datetime
) -> int:
    """For those that have no referrals."""
    return 0


@dataclass(frozen=True, slots=True)
class Sync:
    """How to sync: with which rights, by which clock, in batches of how many records."""

    session: Session
    clock: Callable[[], datetime]
    progress: Progress = no_progress
    batch_records: int = BATCH_RECORDS
    move_referrals: MoveReferrals = no_referrals
    """What follows from moves that a district made with referrals to it."""
    reads_profiles: bool = True
    """Whether villages' profiles are read too: whole, and so not by those who only want to hear what is new."""
    note_changes: NoteChanges = only_history
    """What follows from changes of case files that a district made."""

    async def pull_all(self, connectors: Iterable[Connector]) -> list[SourceReport]:
        """Sync every source that can be pulled, at the same time; one that fails does not hold up the others."""
        able = [connector for connector in connectors if Capability.PULL in connector.capabilities]
        ended = await asyncio.gather(*(self.pull(connector) for connector in able), return_exceptions=True)
        for end in ended:
            if isinstance(end, BaseException):
                raise end  # a fault of the hub itself: shown when every other source is done
        return [end for end in ended if not isinstance(end, BaseException)]

    async def pull(self, connector: Connector) -> SourceReport:
        """Read one feed from its cursor to its end. A failure is noted with the source and reported, not raised."""
        report = SourceReport(connector.code)
        try:
            await self._pools(connector)
            try:
                await self._drain(connector, report)
            except CursorExpired:
                await sources.forget_cursor(self.session, connector.code)
                await self._drain(connector, report)
            if self.reads_profiles:
                await self._profiles(connector)
        except SourceError as error:
            await sources.note_failure(self.session, error, self.clock())
            report.error = error
        except Conflict as error:
            report.error = error
        return report

    async def _pools(self, connector: Connector) -> None:
        if Capability.POOLS in connector.capabilities:
            await sources.merge_pools(self.session, connector.code, await connector.pools(), self.clock())

    async def _profiles(self, connector: Connector) -> None:
        """After the feed: a system that joins was checked by then."""
        regency_code = regency_of(connector.code)
        if Capability.PROFILES in connector.capabilities and regency_code is not None:
            found = await connector.profiles()
            batch = ProfileBatch(
                connector.code,
                regency_code,
                found.villages,
                found.series,
                self.clock(),
                rejects=found.rejects,
                is_whole=True,
            )
            await merge_profiles(self.session, batch)

    async def _drain(self, connector: Connector, report: SourceReport) -> None:
        cursor = await sources.find_cursor(self.session, connector.code)
        if cursor is None:
            await connector.check()  # a system that joins fits its contract, or is refused before anything comes in
        async with aclosing(_read_ahead(connector, cursor)) as pages:
            batch = _Gathering()
            async for page in pages:
                batch.add(page)
                self.progress(connector.code, len(page.records))
                if batch.size >= self.batch_records or not page.has_more:
                    await self._merge(
                        connector,
                        report,
                        batch,
                        sources.CursorMove(connector.code, cursor, page.cursor, not page.has_more),
                    )
                    cursor = page.cursor
                    batch = _Gathering()

    async def _merge(
        self, connector: Connector, report: SourceReport, gathered: "_Gathering", move: sources.CursorMove
    ) -> None:
        now = self.clock()
        regency_code = regency_of(connector.code)
        outcomes = [r for r in gathered.records if isinstance(r, MatchOutcomeRecord) and is_storable(r)]
        updates = [r for r in gathered.records if isinstance(r, CaseUpdateRecord) and is_storable(r)]
        async with self.session.transaction() as transaction:
            records = gathered.records
            if Capability.CASE_UPDATES in connector.capabilities:
                await case_updates.note_answers(transaction, connector.code, updates, now)
                records = await case_updates.shown(transaction, connector.code, records)
            if gathered.size:
                batch = Batch(connector.code, regency_code, "PULL", records, gathered.rejects, now)
                report.add(await merge_batch(transaction, batch, move.cursor))
            if Capability.CASE_UPDATES in connector.capabilities:
                case_files = [r for r in records if not isinstance(r, CaseUpdateRecord)]
                report.updates += await case_updates.note_updates(
                    transaction, connector.code, [*case_files, *updates], now, self.note_changes
                )
            moves = [r for r in records if isinstance(r, ReferralUpdateRecord) and is_storable(r)]
            if moves:
                report.outcomes += await self.move_referrals(transaction, connector.code, moves, now)
            report.outcomes += await _apply_outcomes(transaction, connector.code, outcomes, now)
            await sources.move_cursor(transaction, move, now)


@dataclass(slots=True)
class _Gathering:
    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, page: Page) -> None:
        self.records.extend(page.records)
        self.rejects.extend(page.rejects)

    @property
    def size(self) -> int:
        return len(self.records) + len(self.rejects)


async def _apply_outcomes(session: Session, source_code: str, outcomes: list[MatchOutcomeRecord], now: datetime) -> int:
    """Move matches as the district says; what it says of a match that is not its own, or too late, moves nothing."""
    moved = 0
    mover = Mover(f"district:{source_code}", now)
    for status in (MatchStatus.ACCEPTED, MatchStatus.DECLINED):
        moves = [
            Move(int(outcome.match_reference), f"outcome:{outcome.revision}", outcome.reason)
            for outcome in outcomes
            if outcome.outcome == status.value and _is_reference(outcome.match_reference)
        ]
        own = await _own(session, source_code, moves)
        moved += sum(answer.result == "MOVED" for answer in await move_matches(session, status, own, mover))
    return moved


async def _own(session: Session, source_code: str, moves: list[Move]) -> list[Move]:
    if not moves:
        return []
    own = await sources.list_own_matches(session, source_code, [move.match_id for move in moves])
    return [move for move in moves if move.match_id in own]


def _is_reference(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _DIGITS_OF_64_BITS


async def _read_ahead(connector: Connector, cursor: str | None) -> AsyncGenerator[Page]:
    """Pages in order; the next few are fetched while one is merged."""
    queue: asyncio.Queue[Page | Exception] = asyncio.Queue(_PAGES_AHEAD)

    async def fetch() -> None:
        after = cursor
        try:
            while True:
                page = await connector.pull(after)
                await queue.put(page)
                if not page.has_more:
                    return
                after = page.cursor
        except Exception as error:  # noqa: BLE001 -- handed over to the reader, who raises it
            await queue.put(error)

    fetching = asyncio.create_task(fetch())
    try:
        while True:
            page = await queue.get()
            if isinstance(page, Exception):
                raise page
            yield page
            if not page.has_more:
                return
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
