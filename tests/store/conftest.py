"""A database whose tests take back what they did, and matches of made households in it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import pytest

from hub.domain.ids import household_id
from hub.domain.matches import MatchStatus
from hub.domain.records import HouseholdRecord, PersonRecord, PoolRecord
from hub.matching.allocation import Candidate, Placement
from hub.store import runs, sources
from hub.store.batches import Batch, merge_batch
from hub.store.database import Session, Transaction, open_database
from hub.store.matches import Move, Moved, Mover, move_matches
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_url(server_url: str, template: str) -> Iterator[str]:
    """One migrated database for all tests of this folder that leave nothing behind."""

    async def run(statement: str) -> None:
        admin = await asyncpg.connect(server_url)
        await admin.execute(statement)
        await admin.close()

    asyncio.run(run(f"create database hub_store template {template}"))
    yield server_url.replace("/postgres?", "/hub_store?")
    asyncio.run(run("drop database hub_store with (force)"))


@pytest.fixture
async def session(shared_url: str) -> AsyncIterator[Session]:
    """A session in a transaction that is rolled back after the test."""
    async with open_database(shared_url, connections=1) as database, database.jobs.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield Transaction(connection)
        finally:
            await transaction.rollback()


@dataclass
class Desk:
    """Ten households, of which an executed run of PKH placed as many as there were slots."""

    session: Session
    run_id: int = 0

    async def fetch(self, statement: str, *values: object) -> list[tuple]:
        async with self.session.connection() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *values)]

    async def execute(self, statement: str, *values: object) -> None:
        """One statement, after which all deferred checks of the transaction are made."""
        async with self.session.transaction() as within, within.connection() as connection:
            await connection.execute("set constraints all deferred")
            await connection.execute(statement, *values)
            await connection.execute("set constraints all immediate")

    async def pool(self, total: int, region: str | None = "35.10", revision: int = 1) -> None:
        """PKH reports the size of a pool."""
        pool = PoolRecord(
            programme_code="PKH", region_code=region, period="2026", total=total, revision=revision, observed_at=NOW
        )
        await sources.merge_pools(self.session, "PKH", [pool], NOW)

    async def prepare(self, slots: int, households: int = 10) -> None:
        records = [
            HouseholdRecord(
                source_record_id=f"H{n}",
                revision=1,
                observed_at=NOW,
                region_code="35.10.01.2001",
                members=(PersonRecord(source_record_id=f"P{n}"),),
            )
            for n in range(1, households + 1)
        ]
        await join_districts(self.session, {"35.10": "http://district.invalid/graphql"}, NOW)
        async with self.session.transaction() as transaction:
            await merge_batch(transaction, Batch("35.10", "35.10", "PULL", records, [], NOW))
        await self.pool(slots)
        run = await runs.create_run(self.session, runs.Draft("PKH", 1, "2026", 7, "one", NOW))
        self.run_id = run.run_id
        [(pool_id,)] = await self.fetch("select pool_id from entitlement_pool")
        placements = [
            Placement(rank, Candidate(self.home(rank), None, "35.10", 1, 0, None), pool_id if rank <= slots else None)
            for rank in range(1, households + 1)
        ]
        await runs.keep_placements(self.session, run.run_id, placements)
        await runs.note_simulation(self.session, run.run_id, runs.Simulation("digest", households, slots), NOW)
        await self.execute(
            "insert into verdict select household_id, null, 'PKH', 1, regency_code, 'ELIGIBLE', 0, 0, now() from household"
        )

    async def run(self) -> int:
        """Approve and execute; returns how many got a slot."""
        await runs.approve_run(self.session, self.run_id, "two", NOW)
        reserved = await runs.propose_and_reserve(self.session, self.run_id, runs.Stretch(0, 10), actor="test", now=NOW)
        await runs.note_execution(self.session, self.run_id, 10, NOW)
        return reserved

    def home(self, rank: int) -> int:
        return household_id("35.10", f"H{rank}")

    async def matches(self) -> dict[int, str]:
        """Status by rank of the newest match."""
        return dict(await self.fetch("select rank, status from match order by match_id"))

    async def id_of(self, rank: int) -> int:
        [(match_id,)] = await self.fetch("select max(match_id) from match where rank = $1", rank)
        return match_id

    async def move(
        self, to: MatchStatus, ranks: Sequence[int], key: str = "", expires_at: datetime | None = NOW
    ) -> list[Moved]:
        moves = [Move(await self.id_of(rank), key or to.value.lower()) for rank in ranks]
        return await move_matches(self.session, to, moves, Mover("test", NOW, expires_at))

    async def balance(self) -> tuple[int, int, int, int, int]:
        """Total, available, reserved, offered, issued."""
        rows = await self.fetch(
            "select sum(total)::int, sum(available)::int, sum(reserved)::int, sum(offered)::int, sum(issued)::int"
            " from pool_balance"
        )
        return rows[0]


@pytest.fixture
async def desk(session: Session) -> Desk:
    """Ten candidates for four slots, executed."""
    desk = Desk(session)
    await desk.prepare(slots=4)
    assert await desk.run() == 4
    return desk


@pytest.fixture
async def drafted(session: Session) -> Desk:
    """The same before it was approved."""
    desk = Desk(session)
    await desk.prepare(slots=4)
    return desk
