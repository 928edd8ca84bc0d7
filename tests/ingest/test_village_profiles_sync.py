"""What districts report of villages and poverty comes in with each sync, and is read once for each revision."""

import sys
from pathlib import Path

from hub.store.database import open_database
from hub.store.village_profiles import find_profiles, list_budget_lines, list_series

sys.path.insert(0, str(Path(__file__).parent))
from stage import DISTRICTS, small_world, staged

from tests.schema.world import fresh_copy


async def test_profiles_and_series_of_each_district_are_as_it_reports_them(server_url: str, template: str) -> None:
    world = small_world(households=2)
    async with (
        fresh_copy(server_url, template) as url,
        open_database(url) as database,
        staged(database, world) as stage,
        stage.connectors() as connectors,
    ):
        for _ in range(2):
            reports = await stage.sync(connectors)
            assert [reports[code].error for code in DISTRICTS] == [None, None]
        for code in DISTRICTS:
            district = world.districts[code]
            told = {p.region_code: p for p in district.village_profiles if not p.region_code.endswith("2003")}
            found = await find_profiles(database.jobs, list(told))
            assert [(p.has_doctor, p.has_wifi, p.bandwidth_mbps) for p in found if p] == [
                (p.has_doctor, p.has_wifi, p.bandwidth_mbps) for p in told.values()
            ]
            assert [p.smart_kampung for p in found if p] == [
                {one.criterion: one.is_met for one in p.smart_kampung} for p in told.values()
            ]
            lines = await list_budget_lines(database.jobs, list(told), after=(9999, ""), first=100)
            assert [sum(line.spent or 0 for line in of) for of in lines] == [
                sum(line.spent or 0 for line in p.budget_lines) for p in told.values()
            ]
            [series] = await list_series(database.jobs, [code], first=10)
            assert [(s.origin, len(s.points), s.points[0].persons) for s in series] == [
                (s.origin, 6, s.points[0].persons) for s in district.poverty_series
            ]
        async with database.jobs.connection() as connection:
            rejected = await connection.fetch(
                "select source_record_id, code from reject where record_kind = 'VILLAGE_PROFILE'"
            )
    assert [tuple(row) for row in rejected] == [("VP-35.10.01.2003", "REGION_UNKNOWN")], (
        "the only one that no file knows"
    )


async def test_a_village_that_its_district_lists_no_more_is_gone_after_the_next_whole_reading(
    server_url: str, template: str
) -> None:
    world = small_world(households=2)
    async with (
        fresh_copy(server_url, template) as url,
        open_database(url) as database,
        staged(database, world) as stage,
        stage.connectors() as connectors,
    ):
        await stage.sync(connectors)
        code = DISTRICTS[0]
        district = world.districts[code]
        gone, stays = district.village_profiles[0], district.village_profiles[1]
        del district.village_profiles[0]
        series = district.poverty_series.pop()
        kept, district.poverty_series = district.poverty_series, [*district.poverty_series, None]
        broken = await stage.sync(connectors)
        assert broken[code].error is not None, "profiles came to their end, and series did not"
        assert None not in await find_profiles(database.jobs, [gone.region_code, stays.region_code])
        district.poverty_series = kept
        assert (await stage.sync(connectors))[code].error is None
        found = await find_profiles(database.jobs, [gone.region_code, stays.region_code])
        assert [one is None for one in found] == [True, False]
        [left] = await list_series(database.jobs, [code], first=10)
        assert series.origin not in [one.origin for one in left]
        assert await list_budget_lines(database.jobs, [gone.region_code], after=(9999, ""), first=1) == [[]]
