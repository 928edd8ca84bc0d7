"""A district that sends without end: it is cut off at a bound, and nobody else waits for it."""

from simulators.faults import FaultKind
from simulators.world import World
from tests.federation.stage import Stage, lacking, merged


async def test_a_huge_answer_is_cut_off(stage: Stage, old: World) -> None:
    stage.switch_on("35.10", FaultKind.HUGE, megabytes=64)
    async with stage.hub() as hub:
        found = await hub.list()
    assert found.rows == merged((stage.simulation.world, ["34.01", "35.09"]), (old, ["35.10"]))
    assert found.completeness == lacking(d35_10="TOO_LARGE")
