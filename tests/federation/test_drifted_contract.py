"""A district whose schema no longer has what its entry in the directory says."""

from simulators.district import CAPABILITIES
from simulators.world import World
from tests.federation.stage import Stage, lacking, merged


async def test_a_field_that_is_gone_costs_its_district_alone_and_is_not_asked_again(stage: Stage, old: World) -> None:
    stage.district("35.10").capabilities = CAPABILITIES - {"CASE_FILES"}
    async with stage.hub() as hub:
        found, counted = await hub.list(), await hub.count()
        assert hub.federation.gather.counters.retried == 0
    expected = merged((stage.simulation.world, ["34.01", "35.09"]), (old, ["35.10"]))
    assert (found.rows, found.completeness) == (expected, lacking(d35_10="BAD_REQUEST"))
    assert counted == {"count": len(expected), "completeness": lacking(d35_10="BAD_REQUEST")}
