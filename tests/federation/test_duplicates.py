"""A district that sends rows twice: each counts once."""

from simulators.faults import FaultKind
from simulators.world import World
from tests.federation.stage import Stage, complete, lacking, merged, truth


async def test_a_row_that_comes_twice_is_shown_once_and_named(stage: Stage) -> None:
    stage.switch_on("35.10", FaultKind.DUPLICATES)
    async with stage.hub() as hub:
        found = await hub.list()
    rejects = found.completeness["rejects"]
    assert found.rows == truth(stage.simulation.world)
    assert {(reject["regencyCode"], reject["field"], reject["code"]) for reject in rejects} == {
        ("35.10", "id", "DUPLICATE")
    }
    assert found.completeness == complete() | {"isComplete": False, "rejectCount": 2, "rejects": rejects}


async def test_of_a_page_in_disorder_the_rest_is_not_guessed(stage: Stage, old: World) -> None:
    """Copies stand anywhere, and more rows follow: which ones those are cannot be told."""
    stage.switch_on("35.10", FaultKind.DUPLICATES, seed=2)
    async with stage.hub() as hub:
        found = await hub.list(first=5)
    assert found.rows == merged((stage.simulation.world, ["34.01", "35.09"]), (old, ["35.10"]))[:5]
    assert found.completeness == lacking(d35_10="OUT_OF_ORDER")
