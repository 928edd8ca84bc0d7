"""A district that answers now and then: every answer is either whole, or says what stands in for what."""

import msgspec

from simulators.faults import FaultKind
from simulators.world import World
from tests.federation.stage import NO_RETRIES, PATIENT, Stage, complete, lacking, merged, truth


async def test_each_answer_is_exact_whether_the_district_answers_or_not(stage: Stage, old: World) -> None:
    stage.systems = msgspec.structs.replace(
        stage.systems, http=msgspec.structs.replace(stage.systems.http, breaker_threshold=100)
    )
    stage.switch_on("35.10", FaultKind.UNAVAILABLE, share=0.5, seed=4)
    world = stage.simulation.world
    expected = {
        3: (truth(world), complete()),
        2: (merged((world, ["34.01", "35.09"]), (old, ["35.10"])), lacking(d35_10="UNAVAILABLE")),
    }
    async with stage.hub(NO_RETRIES) as hub:
        seen = [await hub.list() for _ in range(8)]
    assert [(page.rows, page.completeness) for page in seen] == [
        expected[page.completeness["answered"]] for page in seen
    ]
    assert {page.completeness["answered"] for page in seen} == {2, 3}


async def test_the_budget_of_retries_bridges_what_it_can(stage: Stage) -> None:
    stage.switch_on("35.10", FaultKind.UNAVAILABLE, times=2)
    async with stage.hub(PATIENT) as hub:
        found = await hub.list()
        assert hub.federation.gather.counters.retried == 2
    assert found.completeness == complete()
