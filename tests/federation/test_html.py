"""A district that serves a page for people, with status 200."""

from simulators.faults import FaultKind
from simulators.world import World
from tests.federation.stage import Stage, lacking, merged


async def test_a_maintenance_page_is_no_empty_list(stage: Stage, old: World) -> None:
    stage.switch_on("34.01", FaultKind.HTML)
    async with stage.hub() as hub:
        found, counted = await hub.list(), await hub.count()
    expected = merged((stage.simulation.world, ["35.09", "35.10"]), (old, ["34.01"]))
    assert (found.rows, found.completeness) == (expected, lacking(d34_01="HTML"))
    assert counted["count"] == len(expected)
    assert counted["completeness"]["unavailable"][0]["reason"] in {"HTML", "CIRCUIT_OPEN"}
