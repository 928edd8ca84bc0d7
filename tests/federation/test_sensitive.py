"""What the hub knows to be sensitive is not shown live to those who may not see it, and ends no list."""

from simulators.world import World
from tests.federation.stage import CODES, Stage, truth


async def _mark(stage: Stage, rows: list[str]) -> None:
    async with stage.database.jobs.connection() as connection:
        marked = await connection.fetch(
            "update case_file set is_sensitive = true where source_code || '/' || source_record_id = any ($1) returning 1",
            rows,
        )
    assert len(marked) == len(rows)


async def test_a_sensitive_case_file_of_a_district_is_left_out_live(stage: Stage) -> None:
    world: World = stage.simulation.world
    rows = truth(world, CODES)
    await _mark(stage, rows[:3])
    async with stage.hub() as hub:
        assert (await hub.list()).rows == rows
        assert (await hub.list("blind-analyst")).rows == rows[3:]
        first = await hub.list("blind-analyst", first=2)
        assert (first.rows, first.has_more) == ([], True)
        second = await hub.list("blind-analyst", first=2, after=first.end)
        assert second.rows == rows[3:4]
