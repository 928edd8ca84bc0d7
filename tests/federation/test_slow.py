"""A slow district: its own deadline ends it, the replica stands in, and a late answer is asked for once more."""

import msgspec

from simulators.faults import FaultKind
from simulators.world import World
from tests.federation.stage import HASTY, PATIENT, Stage, complete, lacking, merged, truth


async def test_a_district_that_never_ends_its_answer_is_left_at_its_deadline(stage: Stage, old: World) -> None:
    stage.switch_on("35.10", FaultKind.SLOW, seconds=60)
    async with stage.hub(HASTY) as hub:
        found = await hub.list()
    assert found.rows == merged((stage.simulation.world, ["34.01", "35.09"]), (old, ["35.10"]))
    assert found.completeness == lacking(d35_10="DEADLINE")


async def test_a_call_that_is_late_is_hedged_and_the_second_one_wins(stage: Stage) -> None:
    stage.switch_on("35.10", FaultKind.TIMEOUT, times=1)
    settings = msgspec.structs.replace(PATIENT, hedge_after=0.5)
    async with stage.hub(settings) as hub:
        found = await hub.list()
        counters = hub.federation.gather.counters
        assert counters.hedged >= 1
        assert counters.hedges_won >= 1
        assert counters.failed == {}
    assert found.rows == truth(stage.simulation.world)
    assert found.completeness == complete()


async def test_the_whole_ends_at_its_deadline_whatever_the_districts_do(stage: Stage, old: World) -> None:
    for code in ("34.01", "35.10"):
        stage.switch_on(code, FaultKind.TIMEOUT)
    async with stage.hub(msgspec.structs.replace(PATIENT, deadline=1.5)) as hub:
        found = await hub.list()
    assert found.rows == merged((stage.simulation.world, ["35.09"]), (old, ["34.01", "35.10"]))
    assert found.completeness == lacking(d34_01="DEADLINE", d35_10="DEADLINE")
