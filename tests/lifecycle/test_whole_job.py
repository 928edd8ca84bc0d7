"""The whole job on a tiny simulated world: found exactly, allocated, issued, and both sides count the same."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.settings import HttpSettings, KisSettings, PkhSettings
from hub.domain.errors import Conflict, Forbidden, NotFound
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role, Scope
from hub.ingest.pull import Sync
from hub.store import findings
from hub.store.coverage_job import total
from hub.store.database import Database
from hub.store.pools import audit_pools, list_open_pools
from resolvers import allocation
from resolvers.allocation import approve_run, create_run, execute_run, simulate_run
from resolvers.context import Context, context_of
from resolvers.lifecycle import Desk
from resolvers.matching import evaluate_all
from server.credentials import Credentials
from server.outside import open_outside
from server.systems import Systems
from simulators.regions import Regency, Subdistrict
from simulators.score import Finding, score
from simulators.server import path_of, running
from simulators.simulation import Simulation
from simulators.world import World, WorldSettings
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DISTRICTS = ("35.10", "35.09")
PROGRAMMES = ("KIS_PBI", "PKH", "SEMBAKO", "PIP")
MATCHED = ("KIS_PBI", "PKH")


def clock() -> datetime:
    return NOW


def tiny_world() -> World:
    """Two regencies, with fewer cards than people who need one."""
    regencies = tuple(
        Regency(
            code, code, 1_000_000, (Subdistrict(f"{code}.01", tuple(f"{code}.01.{v}" for v in (2001, 2002, 2004))),)
        )
        for code in DISTRICTS
    )
    return World(WorldSettings(regencies=regencies, households=60, seed=7, buffer_stock=20))


def systems_of(simulation: Simulation, url: str) -> Systems:
    known = simulation.credentials
    return Systems(
        kis=KisSettings(url=url + path_of("KIS"), client_id=known.kis_client_id, client_secret=known.kis_client_secret),
        pkh=PkhSettings(url=url + path_of("PKH"), api_key=known.pkh_api_key),
        http=HttpSettings(calls_per_second=10_000),
    )


class Job:
    """The job, step by step, as the demo does it."""

    def __init__(self, database: Database, simulation: Simulation, connectors: Mapping) -> None:
        self.database, self.simulation, self.connectors = database, simulation, connectors

    def ctx(self, client_id: str = "analyst", role: Role = Role.MINISTRY_ANALYST) -> Context:
        return context_of(self.database, Principal(client_id, role, SCOPES_OF_ROLE[role]), clock, self.connectors)

    async def sync(self) -> None:
        reports = await Sync(self.database.jobs, clock).pull_all(self.connectors.values())
        assert [report.error for report in reports] == [None] * 4

    async def approved(self, programme_code: str) -> int:
        run = await create_run(self.ctx(), programme_code, "2026", 7)
        await simulate_run(self.ctx(), run.run_id)
        await approve_run(self.ctx("approver"), run.run_id)
        return run.run_id

    async def follow(self) -> None:
        desk = Desk(self.database.jobs, clock, self.connectors, offer_stands=timedelta(0))
        for _ in range(10):
            await desk.offer_reserved()
            assert await desk.deliver() == {}
            await self.sync()
            await desk.issue_accepted()
            await desk.confirm_by_roster()
            expired = await desk.expire()
            assert await desk.deliver() == {}
            if not await desk.refill() and not expired:
                return
        raise AssertionError("it does not come to an end")

    async def found(self) -> list[Finding]:
        return [
            Finding(kind=kind, programme=programme, rows=rows)
            for programme in PROGRAMMES
            for kind in ("links", "unserved", "matched")
            async for rows in findings.list_findings(self.database.jobs, kind, programme)
        ]

    async def statuses(self, programme_code: str) -> Counter[str]:
        async with self.database.jobs.connection() as connection:
            rows = await connection.fetch("select status from match where programme_code = $1", programme_code)
        return Counter(row["status"] for row in rows)


@pytest_asyncio.fixture
async def job(database: Database) -> AsyncIterator[Job]:
    """Synced and judged."""
    simulation = Simulation(tiny_world())
    tokens = {
        f"SLRT_HUB_TOKEN_{code.replace('.', '_')}": simulation.credentials.district_tokens[code] for code in DISTRICTS
    }
    async with running(simulation) as url:
        endpoints = {code: f"{url}{path_of(code)}/graphql" for code in DISTRICTS}
        await join_districts(database.jobs, endpoints, NOW)
        credentials = Credentials(tokens, Path())
        async with open_outside(database, systems_of(simulation, url), credentials, clock) as outside:
            job = await _synced(Job(database, simulation, outside.connectors))
            yield job


async def _synced(job: Job) -> Job:
    await job.sync()
    await evaluate_all(job.database.jobs, clock)
    return job


async def test_the_job_finds_exactly_what_can_be_found_and_both_sides_count_the_same(job: Job) -> None:
    assert await list_open_pools(job.database.jobs) == [(code, "2026") for code in MATCHED]
    before = score(job.simulation.world, NOW.date(), await job.found())
    for programme_code in MATCHED:
        await execute_run(job.ctx(), await job.approved(programme_code))
    await job.follow()

    # Found by identity, as the truth says it could be, before and after.
    after = score(job.simulation.world, NOW.date(), await job.found())
    for scored in (before, after):
        for agreement in (*scored.identity.values(), *scored.verdicts.values()):
            assert (agreement.missing_count, agreement.surplus_count) == (0, 0), agreement
            assert agreement.found == agreement.expected > 0

    # Pools balance; KIS counts what we count; nothing is left on its way.
    assert await audit_pools(job.database.jobs) == []
    cards = await job.statuses("KIS_PBI")
    kis = job.simulation.world.kis
    assert cards["ISSUED"] == len(kis.issued) > 0
    assert set(cards) <= {"ISSUED", "DECLINED", "EXPIRED", "REJECTED"}
    totals = await total(job.database.jobs)
    stocks = kis.stocks.values()
    assert totals.pools["KIS_PBI"] == {
        "total": sum(stock.total for stock in stocks),
        "available": sum(stock.total - stock.issued for stock in stocks),
        "reserved": 0,
        "offered": 0,
        "issued": cards["ISSUED"],
    }

    # Whoever was refused, declined or never answered gave the slot back, to the next in rank while somebody waited.
    given_back = cards["DECLINED"] + cards["EXPIRED"] + cards["REJECTED"]
    assert given_back > 0
    async with job.database.jobs.connection() as connection:
        assert (
            await connection.fetchval(
                "select count(*) from match where status <> 'ISSUED' and slot_no is not null and programme_code = 'KIS_PBI'"
            )
            == 0
        )
        waiting = await connection.fetchval(
            "select count(*) from allocation_candidate c join allocation_run r using (run_id) where r.programme_code = 'KIS_PBI'"
            " and c.pool_id is null"
        )
        reasons = await connection.fetch(
            "select distinct reason_code from match where status in ('DECLINED', 'REJECTED')"
        )
        undelivered = await connection.fetchval(
            "select count(*) from match where delivered_status is distinct from status"
        )
    assert totals.pools["KIS_PBI"]["available"] == 0 or waiting == 0
    assert all(row["reason_code"] for row in reasons)
    assert undelivered == 0
    for code in DISTRICTS:
        assert all(delivery.status in {"ISSUED", "ACCEPTED", "DECLINED", "EXPIRED", "REJECTED"}
                   for delivery in job.simulation.world.districts[code].deliveries.values())  # fmt: skip

    # The whole job again: nothing more to do.
    await job.sync()
    await evaluate_all(job.database.jobs, clock)
    issued = set(kis.issued)
    await job.follow()
    assert kis.issued == issued


async def test_an_execution_that_is_killed_goes_on_where_it_stopped(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocation, "EXECUTION_BATCH", 3)
    run_id = await job.approved("KIS_PBI")
    steps: list[int] = []

    def kill(reserved: int) -> None:
        steps.append(reserved)
        if len(steps) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await execute_run(job.ctx(), run_id, kill)
    assert (await job.statuses("KIS_PBI")) == {"RESERVED": 6}
    run = await execute_run(job.ctx(), run_id)
    assert (run.status, run.executed_rank) == ("EXECUTED", run.candidates)
    assert (await job.statuses("KIS_PBI")) == {"RESERVED": run.placed}
    assert await execute_run(job.ctx(), run_id) == run
    assert await audit_pools(job.database.jobs) == []


async def test_two_executions_of_one_run_at_once_reserve_what_one_would(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocation, "EXECUTION_BATCH", 3)
    run_id = await job.approved("KIS_PBI")
    runs = await asyncio.gather(*(execute_run(job.ctx(), run_id) for _ in range(4)))
    assert {run.status for run in runs} == {"EXECUTED"}
    assert (await job.statuses("KIS_PBI")) == {"RESERVED": runs[0].placed}
    assert await audit_pools(job.database.jobs) == []


async def test_the_same_run_simulated_again_has_the_same_digest(job: Job) -> None:
    run = await create_run(job.ctx(), "KIS_PBI", "2026", 7)
    first = await simulate_run(job.ctx(), run.run_id)
    again = await simulate_run(job.ctx(), run.run_id)
    other = await simulate_run(job.ctx(), (await create_run(job.ctx(), "KIS_PBI", "2026", 8)).run_id)
    assert (again.input_digest, again.candidates, again.placed) == (first.input_digest, first.candidates, first.placed)
    assert other.input_digest != first.input_digest


async def test_a_run_goes_through_its_steps_in_order_and_is_approved_by_somebody_else(job: Job) -> None:
    run = await create_run(job.ctx(), "KIS_PBI", "2026", 7)
    with pytest.raises(Conflict, match=f"allocation run {run.run_id} is DRAFT and cannot be approved"):
        await approve_run(job.ctx("approver"), run.run_id)
    with pytest.raises(Conflict, match="is DRAFT and cannot be executed"):
        await execute_run(job.ctx(), run.run_id)
    await simulate_run(job.ctx(), run.run_id)
    with pytest.raises(Forbidden, match="was created by you: somebody else has to approve it"):
        await approve_run(job.ctx(), run.run_id)
    with pytest.raises(Conflict, match="is SIMULATED and cannot be executed"):
        await execute_run(job.ctx(), run.run_id)
    approved = await approve_run(job.ctx("approver"), run.run_id)
    assert (approved.status, approved.approved_by) == ("APPROVED", "approver")
    assert await approve_run(job.ctx("approver"), run.run_id) == approved
    with pytest.raises(Conflict, match="is APPROVED and cannot be simulated"):
        await simulate_run(job.ctx(), run.run_id)
    assert await job.statuses("KIS_PBI") == {}


async def test_an_unknown_run_or_programme_is_named(job: Job) -> None:
    with pytest.raises(NotFound, match="there is no allocation run 404"):
        await simulate_run(job.ctx(), 404)
    with pytest.raises(NotFound, match="no programme 'BLT' with a rule in force on 2026-07-01"):
        await create_run(job.ctx(), "BLT", "2026", 7)


async def test_a_district_officer_creates_and_approves_no_run(job: Job) -> None:
    officer = job.ctx("officer", Role.DISTRICT_OFFICER)
    assert Scope.RUN_WRITE not in officer.principal.scopes
    attempts = [
        create_run(officer, "KIS_PBI", "2026", 7),
        simulate_run(officer, 1),
        approve_run(officer, 1),
        execute_run(officer, 1),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden, match="this needs the scope"):
            await attempt
