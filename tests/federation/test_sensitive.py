"""What district or hub hold to be sensitive is not shown or counted live to those who may not see it, and ends no list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from simulators.world import World
from tests.federation.stage import CODES, Stage, merged, truth
from tests.federation.test_dead import NOBODY

AT = datetime(2025, 9, 1, tzinfo=UTC)
MARK = """update case_file set is_sensitive = $2
where source_code || '/' || source_record_id = any ($1) returning case_file_id"""
TELL = """insert into outbox_message (destination, kind, subject_id, key, payload, regency_code, next_attempt_at, created_at)
values ('35.10', 'CASE_UPDATE', $1, 'K', '{}', '35.10', $2, $2)"""


async def _mark(stage: Stage, rows: list[str], *, is_sensitive: bool = True) -> list[int]:
    async with stage.database.jobs.connection() as connection:
        marked = await connection.fetch(MARK, rows, is_sensitive)
    assert len(marked) == len(rows)
    return [row["case_file_id"] for row in marked]


@asynccontextmanager
async def _unmarked_afterwards(stage: Stage, rows: list[str]) -> AsyncIterator[None]:
    """The others share the database."""
    try:
        yield
    finally:
        await _mark(stage, rows, is_sensitive=False)


async def test_a_sensitive_case_file_of_a_district_is_left_out_live(stage: Stage) -> None:
    world: World = stage.simulation.world
    rows = truth(world, CODES)
    await _mark(stage, rows[:3])
    async with stage.hub() as hub, _unmarked_afterwards(stage, rows[:3]):
        assert (await hub.list()).rows == rows
        assert (await hub.list("blind-analyst")).rows == rows[3:]
        first = await hub.list("blind-analyst", first=2)
        assert (first.rows, first.has_more) == ([], True)
        second = await hub.list("blind-analyst", first=2, after=first.end)
        assert second.rows == rows[3:4]


async def test_what_a_district_holds_to_be_sensitive_is_neither_shown_nor_counted(stage: Stage) -> None:
    hidden = stage.open_case("35.10", id="N00002", is_sensitive=True)
    rows = truth(stage.simulation.world, CODES)
    async with stage.hub() as hub:
        seen = await hub.list()
        assert seen.rows == rows
        assert [node["isSensitive"] for node in seen.nodes] == [row == hidden for row in rows]
        assert (await hub.count())["count"] == len(rows)
        blind = await hub.list("blind-analyst")
        assert blind.rows == [row for row in rows if row != hidden]
        counted = await hub.count("blind-analyst")
        assert counted == {"count": len(rows) - 1, "completeness": blind.completeness}
        number = stage.district("35.10").case_files["N00002"].number
        named = await hub.count(
            "blind-analyst", region="35.10", filter={"number": number, "receivedFrom": AT.isoformat()}
        )
        assert named["count"] == 1, "the other one of this number"
        pages, after = [], None
        while True:
            page = await hub.list("blind-analyst", first=5, after=after)
            pages += page.rows
            after = page.end
            if not page.has_more:
                break
        assert pages == blind.rows


async def test_what_the_hub_holds_to_be_sensitive_is_not_counted_before_its_district_has_heard_of_it(
    stage: Stage, old: World
) -> None:
    row = truth(old, ["35.10"])[0]
    everything = len(truth(stage.simulation.world, CODES))
    (case_file_id,) = await _mark(stage, [row])
    async with stage.hub() as hub, _unmarked_afterwards(stage, [row]):
        async with stage.database.jobs.connection() as connection:
            await connection.execute(TELL, case_file_id, AT)
        try:
            assert (await hub.count("blind-analyst"))["count"] == everything - 1
            assert (await hub.count("blind-analyst", region="35.09"))["count"] == len(
                truth(stage.simulation.world, ["35.09"])
            )
            assert (await hub.count())["count"] == everything
        finally:
            async with stage.database.jobs.connection() as connection:  # the others share the database
                await connection.execute("delete from outbox_message where key = 'K'")


async def test_the_replica_that_stands_in_hides_them_too(stage: Stage, old: World) -> None:
    alive, dead = stage.systems.districts[:2], stage.systems.districts[2]
    stage.systems = msgspec.structs.replace(
        stage.systems, districts=(*alive, msgspec.structs.replace(dead, url=NOBODY))
    )
    row = truth(old, ["35.10"])[0]
    rows = merged((stage.simulation.world, ["34.01", "35.09"]), (old, ["35.10"]))
    await _mark(stage, [row])
    async with stage.hub() as hub, _unmarked_afterwards(stage, [row]):
        assert (await hub.list()).rows == rows
        assert (await hub.list("blind-analyst")).rows == [each for each in rows if each != row]
        assert (await hub.count("blind-analyst"))["count"] == len(rows) - 1
