"""A district whose rows come in no order, with older revisions after newer ones."""

from simulators.faults import FaultKind
from simulators.world import World
from tests.federation.stage import Stage, lacking, merged, truth


async def test_a_whole_list_is_put_in_order_and_the_newer_revision_counts(stage: Stage) -> None:
    stage.switch_on("35.09", FaultKind.OUT_OF_ORDER)
    async with stage.hub() as hub:
        found = await hub.list()
    assert found.rows == truth(stage.simulation.world)
    assert "OLD" not in {node["summary"] for node in found.nodes}
    assert {reject["code"] for reject in found.completeness["rejects"]} == {"DUPLICATE"}
    assert found.completeness["answered"] == 3


async def test_a_part_of_a_list_in_no_order_is_refused(stage: Stage, old: World) -> None:
    stage.switch_on("35.09", FaultKind.OUT_OF_ORDER)
    async with stage.hub() as hub:
        found = await hub.list(first=5)
    assert found.rows == merged((stage.simulation.world, ["34.01", "35.10"]), (old, ["35.09"]))[:5]
    assert found.completeness == lacking(d35_09="OUT_OF_ORDER")
