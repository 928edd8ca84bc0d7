"""A district whose answers are no JSON, or nested without end."""

import pytest

from simulators.faults import FaultKind
from simulators.world import World
from tests.federation.stage import NO_RETRIES, Stage, complete, lacking, merged, truth


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FaultKind.GARBAGE, "TRUNCATED"),
        (FaultKind.TRUNCATED, "CONNECTION_LOST"),
        (FaultKind.LOST_RESPONSE, "CONNECTION_LOST"),
        (FaultKind.DEEP, "WRONG_SHAPE"),
        (FaultKind.SERVER_ERROR, "SERVER_ERROR"),
        (FaultKind.UNAVAILABLE, "UNAVAILABLE"),
        (FaultKind.RATE_LIMITED, "RATE_LIMITED"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_none(stage: Stage, old: World, kind: FaultKind, reason: str) -> None:
    stage.switch_on("35.09", kind, seconds=0.0)
    async with stage.hub() as hub:
        found = await hub.list()
    assert found.rows == merged((stage.simulation.world, ["34.01", "35.10"]), (old, ["35.09"]))
    assert found.completeness == lacking(d35_09=reason)


async def test_what_passes_by_itself_is_asked_again_within_the_budget(stage: Stage) -> None:
    stage.switch_on("35.09", FaultKind.GARBAGE, times=2)
    async with stage.hub() as hub:
        found = await hub.list()
        assert hub.federation.gather.counters.retried == 2
    assert (found.rows, found.completeness) == (truth(stage.simulation.world), complete())


async def test_without_a_budget_nothing_is_asked_again(stage: Stage) -> None:
    stage.switch_on("35.09", FaultKind.GARBAGE, times=1)
    async with stage.hub(NO_RETRIES) as hub:
        found = await hub.list()
        assert hub.federation.gather.counters.retried == 0
    assert found.completeness == lacking(d35_09="TRUNCATED")
