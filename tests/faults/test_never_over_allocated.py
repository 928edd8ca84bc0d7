"""Pools are never over-allocated, whatever the claimers do and whichever backend is killed."""

import asyncio
import os
import signal
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.domain.matches import MatchStatus
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.records import HouseholdRecord, PersonRecord, PoolRecord
from hub.store import sources
from hub.store.batches import Batch, merge_batch
from hub.store.database import Database, Transaction
from hub.store.matches import Move, Mover, move_matches
from hub.store.runs import Stretch, propose_and_reserve
from resolvers.allocation import create_run, simulate_run
from resolvers.context import Context, context_of
from resolvers.matching import evaluate_all
from tests.districts import join_districts
from tests.faults.claims import CountThenInsert, InsertBesideUpdate, Storm, naive

NOW = datetime(2026, 7, 1, tzinfo=UTC)
CLAIMERS = 64
UNITS = 160


def clock() -> datetime:
    return NOW


class SlotLedger:
    """The hub's own statements: propose a candidate, reserve a slot, release it."""

    def __init__(self, run_id: int, quantity: int) -> None:
        self.run_id = run_id
        self.quantity = quantity

    async def claim(self, connection: asyncpg.Connection, unit: int) -> bool:
        session = Transaction(connection)
        async with session.transaction():
            await propose_and_reserve(session, self.run_id, Stretch(unit - 1, unit), actor="test", now=NOW)
        status = await connection.fetchval(
            "select status from match where run_id = $1 and rank = $2", self.run_id, unit
        )
        return status == "RESERVED"

    async def give_back(self, connection: asyncpg.Connection, unit: int) -> None:
        match_id = await connection.fetchval(
            "select match_id from match where run_id = $1 and rank = $2", self.run_id, unit
        )
        await move_matches(
            Transaction(connection), MatchStatus.RELEASED, [Move(match_id, "declined")], Mover("test", NOW)
        )

    async def problems(self, connection: asyncpg.Connection, acknowledged: set[int]) -> list[str]:
        audit = (Path(__file__).parents[2] / "hub/store/sql/pool.sql").read_text().partition("-- name: audit_pools")[2]
        unbalanced = await connection.fetch(audit.partition("\n")[2].partition("-- name:")[0])
        held = await connection.fetchval("select count(*) from entitlement_slot where state <> 'AVAILABLE'")
        total = await connection.fetchval("select count(*) from entitlement_slot")
        active = await connection.fetch("select rank from match where status = 'RESERVED'")
        doubled = await connection.fetchval(
            "select count(*) from (select 1 from match where status in ('PROPOSED', 'RESERVED') "
            "group by household_id, person_id having count(*) > 1) d"
        )
        found = {
            "a pool does not balance": len(unbalanced),
            "slots appeared or vanished": total - self.quantity,
            "over-allocated": max(0, held - self.quantity),
            "held slots beside reserved matches": held - len(active),
            "units with two active matches": doubled,
            "acknowledged and lost": len(acknowledged - {row["rank"] for row in active}),
        }
        return [f"{what}: {count}" for what, count in found.items() if count]


async def _people(database: Database) -> None:
    households = [
        HouseholdRecord(
            source_record_id=f"H{number}",
            revision=1,
            observed_at=NOW,
            region_code="35.10.01.2001",
            decile=1,
            members=(
                PersonRecord(
                    source_record_id=f"P{number}",
                    nik=f"351001010180{number:04d}",
                    birth_date=date(1980, 1, 1),
                    sex="MALE",
                    vital_status="ALIVE",
                    occupation_class="FARMER",
                ),
            ),
        )
        for number in range(1, UNITS + 1)
    ]
    await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    async with database.jobs.transaction() as transaction:
        await merge_batch(transaction, Batch("35.10", "35.10", "PULL", households, [], NOW))
    await sources.move_cursor(database.jobs, sources.CursorMove("KIS", None, "end", is_drained=True), NOW)


async def _simulated_run(database: Database, quantity: int, revision: int) -> int:
    """A fresh run over all people, with every candidate placed in a pool that is too small for them."""
    async with database.jobs.connection() as connection:
        await connection.execute(
            "truncate match, match_event, entitlement_slot, slot_ledger, pool_balance, allocation_candidate, allocation_run"
            " cascade"
        )
    pool = PoolRecord(
        programme_code="KIS_PBI", region_code=None, period="2026", total=quantity, revision=revision, observed_at=NOW
    )
    await sources.merge_pools(database.jobs, "KIS", [pool], NOW)
    run = await create_run(_ministry(database), "KIS_PBI", "2026", 7)
    run = await simulate_run(_ministry(database), run.run_id)
    assert run.candidates == UNITS
    async with database.jobs.connection() as connection:
        await connection.execute("update allocation_candidate set pool_id = (select pool_id from entitlement_pool)")
    return run.run_id


def _ministry(database: Database) -> Context:
    role = Role.MINISTRY_ANALYST
    return context_of(database, Principal("test", role, SCOPES_OF_ROLE[role]), clock, {})


@pytest.fixture
async def populated(database: Database) -> Database:
    await _people(database)
    await evaluate_all(database.jobs, clock)
    return database


async def test_sixty_four_claimers_and_killed_backends_never_take_more_than_there_is(
    populated: Database, database_url: str
) -> None:
    @settings(
        max_examples=4,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        quantity=st.integers(1, UNITS),
        kills=st.integers(5, 40),
        decline_share=st.floats(0, 0.5),
        seed=st.integers(0, 2**32),
    )
    def draw(quantity: int, kills: int, decline_share: float, seed: int) -> None:
        drawn.append((quantity, kills, decline_share, seed))

    drawn: list[tuple[int, int, float, int]] = []
    draw()
    for revision, (quantity, kills, decline_share, seed) in enumerate(drawn, start=1):
        run_id = await _simulated_run(populated, quantity, revision)
        storm = Storm(database_url, CLAIMERS, kills, decline_share, seed)
        problems = await storm.rage(SlotLedger(run_id, quantity), range(1, UNITS + 1))
        assert problems == []
        assert storm.killed > 0


@pytest.mark.parametrize("design", [CountThenInsert, InsertBesideUpdate])
async def test_the_same_storm_catches_a_naive_ledger(database_url: str, design: type[CountThenInsert]) -> None:
    ledger = design(quantity=60)
    async with naive(database_url, ledger):
        problems = await Storm(database_url, CLAIMERS, 20, 0.0, 7).rage(ledger, range(1, UNITS + 1))
    assert [problem.partition(":")[0] for problem in problems] == ["over-allocated"]


async def test_acknowledged_claims_survive_a_crash_of_the_whole_database(
    populated: Database, database_url: str
) -> None:
    """A backend that dies of SIGKILL makes the server throw everybody out and recover from its log."""
    run_id = await _simulated_run(populated, 50, 1)
    ledger = SlotLedger(run_id, 50)
    bystander, connection = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    assert all([await ledger.claim(connection, unit) for unit in range(1, 31)])
    thrown_out = asyncio.Event()
    bystander.add_termination_listener(lambda _: thrown_out.set())
    os.kill(await connection.fetchval("select pg_backend_pid()"), signal.SIGKILL)
    await asyncio.wait_for(thrown_out.wait(), 60)  # who connects before the server knows is thrown out as well
    checking = await _reconnected(database_url)
    assert await ledger.problems(checking, set(range(1, 31))) == []
    assert await ledger.claim(checking, 31)
    await checking.close()


async def _reconnected(url: str) -> asyncpg.Connection:
    async with asyncio.timeout(60):
        while True:
            try:
                return await asyncpg.connect(url)
            except (asyncpg.PostgresError, OSError):
                await asyncio.sleep(0.1)
