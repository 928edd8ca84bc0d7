"""A district that no longer takes the hub's token."""

from simulators.world import World
from tests.federation.stage import Stage, complete, lacking, merged, truth


async def test_a_token_that_expires_costs_its_district_alone_until_it_is_renewed(stage: Stage, old: World) -> None:
    tokens = stage.simulation.credentials.district_tokens
    world = stage.simulation.world
    async with stage.hub() as hub:
        before = await hub.list()
        valid, tokens["35.10"] = tokens["35.10"], "renewed"
        expired = await hub.list()
        assert hub.federation.gather.counters.retried == 0
        tokens["35.10"] = valid
        after = await hub.list()
    assert (before.rows, before.completeness) == (truth(world), complete())
    assert expired.rows == merged((world, ["34.01", "35.09"]), (old, ["35.10"]))
    assert expired.completeness == lacking(d35_10="CREDENTIALS")
    assert (after.rows, after.completeness) == (truth(world), complete())
