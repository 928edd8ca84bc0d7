"""Issuing cards and delivering matches under every misbehaviour: each match once, and both sides count the same."""

import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.domain.errors import HubError
from hub.domain.matches import MatchStatus
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.store.database import open_database
from hub.store.matches import Move, Mover, move_matches
from hub.store.pools import audit_pools
from resolvers.allocation import Asked, approve_run, create_run, execute_run, simulate_run
from resolvers.context import Context, context_of
from resolvers.lifecycle import Desk
from resolvers.matching import evaluate_all
from simulators.faults import Fault, FaultKind

sys.path.insert(0, str(Path(__file__).parent))
from stage import NOW, Stage, small_world, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")

F = FaultKind
NEVER_ENDING = {F.TIMEOUT, F.SLOW}
PASSING = {F.LATENCY, F.DUPLICATES, F.OUT_OF_ORDER, F.HALF_PAGE}
AT_A_TIME = 3


def clock():
    return NOW


def as_analyst(stage: Stage, client_id: str) -> Context:
    role = Role.MINISTRY_ANALYST
    return context_of(stage.database, Principal(client_id, role, SCOPES_OF_ROLE[role]), clock, {})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(shared_url: str) -> AsyncIterator[Stage]:
    """A world that was synced, judged and allocated: every match of KIS_PBI holds a slot."""
    async with open_database(shared_url) as database, staged(database, small_world(households=150)) as stage:
        await stage.forget_everything()
        async with stage.connectors() as connectors:
            await stage.sync(connectors, batch_records=1_000)
        await evaluate_all(database.jobs, clock)
        run = await create_run(as_analyst(stage, "one"), Asked(("KIS_PBI",), "2026", 7))
        await simulate_run(as_analyst(stage, "one"), run.run_id)
        await approve_run(as_analyst(stage, "two"), run.run_id)
        await execute_run(as_analyst(stage, "one"), run.run_id)
        yield stage
        async with database.jobs.connection() as connection:
            await connection.execute("truncate allocation_run cascade")
        await stage.forget_everything()


async def offer_some(stage: Stage) -> list[int]:
    async with stage.database.jobs.connection() as connection:
        rows = await connection.fetch(
            "select match_id from match where status = 'RESERVED' and regency_code = '35.10' order by match_id limit $1",
            AT_A_TIME,
        )
    ids = [row["match_id"] for row in rows]
    assert len(ids) == AT_A_TIME
    await move_matches(
        stage.database.jobs, MatchStatus.OFFERED, [Move(i, "offer") for i in ids], Mover("test", NOW, NOW)
    )
    return ids


async def statuses(stage: Stage) -> Counter[str]:
    async with stage.database.jobs.connection() as connection:
        return Counter(row["status"] for row in await connection.fetch("select status from match"))


async def assert_both_sides_agree(stage: Stage) -> None:
    kis = stage.simulation.world.kis
    async with stage.database.jobs.connection() as connection:
        rows = await connection.fetch("select national_reference from match where status = 'ISSUED'")
        issued = await connection.fetch(
            "select coalesce(p.region_code, '') as region, sum(b.issued)::integer as issued "
            "from entitlement_pool p join pool_balance b using (pool_id) where programme_code = 'KIS_PBI' group by 1"
        )
    references = [row["national_reference"] for row in rows]
    assert len(set(references)) == len(references) == len(kis.issued)
    assert {row["region"]: row["issued"] for row in issued} == {
        region or "": stock.issued for region, stock in kis.stocks.items()
    }
    assert await audit_pools(stage.database.jobs) == []


@pytest.mark.parametrize("kind", sorted(FaultKind))
async def test_every_match_is_delivered_and_issued_once_whatever_the_answers_do(stage: Stage, kind: FaultKind) -> None:
    faults, world = stage.simulation.faults, stage.simulation.world
    offered = await offer_some(stage)
    is_hasty = kind in NEVER_ENDING
    seconds = {F.LATENCY: 0.01, F.RATE_LIMITED: 0.0}.get(kind, 20.0)
    fault = Fault(kind=kind, seconds=seconds, megabytes=3)

    async with stage.connectors(hasty="35.10" if is_hasty else "") as connectors:
        desk = Desk(stage.database.jobs, clock, connectors)
        faults.switch_on("35.10", fault)
        failed = await desk.deliver()
        assert set(failed) <= {"35.10"}
        assert (failed == {}) == (kind in PASSING)
        faults.switch_off()
        assert await desk.deliver() == {}
        await stage.sync(connectors)
    delivered = world.districts["35.10"].deliveries
    assert {str(match_id) for match_id in offered} <= set(delivered)
    answers = {m: o.outcome for m, o in world.districts["35.10"].outcomes.items() if int(m) in offered}
    accepted = sum(answer == "ACCEPTED" for answer in answers.values())
    assert (await statuses(stage))["ACCEPTED"] == accepted

    before = await statuses(stage)
    async with stage.connectors(hasty="KIS" if is_hasty else "") as connectors:
        desk = Desk(stage.database.jobs, clock, connectors)
        faults.switch_on("KIS", fault)
        issued = refused = 0
        try:
            issued, refused = await desk.issue_accepted()
        except HubError:
            assert kind not in PASSING
            assert await statuses(stage) == before
        faults.switch_off()
        again = await desk.issue_accepted()
        assert (issued + again[0], refused + again[1]) == (
            (await statuses(stage))["ISSUED"] - before["ISSUED"],
            (await statuses(stage))["REJECTED"] - before["REJECTED"],
        )
        assert issued + again[0] + refused + again[1] == accepted
        assert await desk.issue_accepted() == (0, 0)
    await assert_both_sides_agree(stage)


async def test_a_lost_answer_is_made_good_within_the_call(stage: Stage) -> None:
    await offer_some(stage)
    faults = stage.simulation.faults
    async with stage.connectors() as connectors:
        desk = Desk(stage.database.jobs, clock, connectors)
        for code, path in (("35.10", "/graphql"), ("KIS", "/cards")):
            faults.switch_on(code, Fault(kind=F.LOST_RESPONSE, times=2, path=path))
        assert await desk.deliver() == {}
        await stage.sync(connectors)
        accepted = (await statuses(stage))["ACCEPTED"]
        assert sum(await desk.issue_accepted()) == accepted > 0
        assert faults.happened("KIS") == {"LOST_RESPONSE": 2}
        faults.switch_off()
    await assert_both_sides_agree(stage)
