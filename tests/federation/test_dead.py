"""A dead district: nobody listens there; after some calls the circuit breaker leaves it alone."""

import msgspec

from simulators.world import World
from tests.federation.stage import Stage, lacking, merged

NOBODY = "http://127.0.0.1:1/graphql"


async def test_the_replica_stands_in_for_a_district_that_nobody_answers_for(stage: Stage, old: World) -> None:
    alive, dead = stage.systems.districts[:2], stage.systems.districts[2]
    stage.systems = msgspec.structs.replace(
        stage.systems, districts=(*alive, msgspec.structs.replace(dead, url=NOBODY))
    )
    expected = merged((stage.simulation.world, ["34.01", "35.09"]), (old, ["35.10"]))
    async with stage.hub() as hub:
        found = await hub.list()
        assert (found.rows, found.completeness) == (expected, lacking(d35_10="UNREACHABLE"))

        again = await hub.list()
        counters = hub.federation.gather.counters
        assert (again.rows, again.completeness) == (expected, lacking(d35_10="CIRCUIT_OPEN"))
        assert counters.failed == {"UNREACHABLE": 1, "CIRCUIT_OPEN": 1}

        counted = await hub.count()
        assert counted == {"count": len(expected), "completeness": lacking(d35_10="CIRCUIT_OPEN")}


async def test_the_caller_can_demand_that_enough_districts_answer(stage: Stage) -> None:
    dead = tuple(msgspec.structs.replace(district, url=NOBODY) for district in stage.systems.districts[1:])
    stage.systems = msgspec.structs.replace(stage.systems, districts=(stage.systems.districts[0], *dead))
    async with stage.hub() as hub:
        assert (await hub.list(minimum=0.33)).completeness["answered"] == 1
        error = await hub.refused(minimum=0.5)
    assert error["extensions"]["code"] == "COVERAGE_TOO_LOW"
    assert error["message"] == (
        "1 of 3 districts answered, and minimumCoverage is 0.5: ask again or lower it; "
        "without an answer: 35.09 CIRCUIT_OPEN, 35.10 CIRCUIT_OPEN"
    )
