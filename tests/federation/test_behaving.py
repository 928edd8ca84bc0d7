"""Districts that behave: one list, one order, one count, from exactly those that own the answer."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from hub.domain.district import DistrictCapability, DistrictStatus
from hub.federation.directory import Directory
from simulators.world import World
from tests.federation.stage import CODES, NOW, Stage, complete, lacking, truth


async def test_three_districts_are_one_list_in_one_order(stage: Stage) -> None:
    async with stage.hub() as hub:
        found = await hub.list()
        assert found.rows == truth(stage.simulation.world)
        assert found.completeness == complete()
        assert not found.has_more
        assert {node["sourceStamp"]["fetchedAt"] for node in found.nodes} == {NOW.isoformat()}

        newest = await hub.list(order="NEWEST_FIRST")
        assert newest.rows == found.rows[::-1]


@pytest.mark.parametrize("order", ["OLDEST_FIRST", "NEWEST_FIRST"])
@pytest.mark.parametrize("first", [1, 7, 30])
async def test_pages_put_together_are_the_list(stage: Stage, order: str, first: int) -> None:
    for code in CODES:  # all at one moment, so that only district and id tell them apart
        for number in range(4):
            stage.open_case(code, id=f"M{number}", received_at=datetime.fromisoformat("2026-01-01T00:00:00.000001Z"))
    expected = truth(stage.simulation.world)
    if order == "NEWEST_FIRST":
        expected.reverse()
    async with stage.hub() as hub:
        rows: list[str] = []
        after, has_more = None, True
        while has_more:
            page = await hub.list(order=order, first=first, after=after)
            assert page.completeness == complete()
            rows += page.rows
            after, has_more = page.end, page.has_more
    assert rows == expected


@pytest.mark.parametrize(
    ("region", "codes"), [(None, CODES), ("35", CODES[1:]), ("34", CODES[:1]), ("35.10", CODES[2:])]
)
async def test_only_the_districts_that_own_the_answer_are_asked(
    stage: Stage, region: str | None, codes: tuple[str, ...]
) -> None:
    async with stage.hub() as hub:
        found = await hub.list(region=region)
        assert found.rows == truth(stage.simulation.world, codes)
        assert found.completeness == complete(len(codes))
        assert hub.asked == set(codes)


async def test_a_region_within_a_district_is_narrowed_there(stage: Stage) -> None:
    world = stage.simulation.world
    village = next(iter(world.districts["35.10"].case_files.values())).region_code
    async with stage.hub() as hub:
        found = await hub.list(region=village)
    assert found.rows == truth(world, ["35.10"], lambda case: case.region_code == village)
    assert found.completeness == complete(1)


async def test_filters_narrow_and_the_count_is_the_sum(stage: Stage) -> None:
    world = stage.simulation.world
    moment = datetime.fromisoformat("2026-01-01T00:00:00Z")
    for wanted, where in (
        ({"statuses": ["CLOSED", "RESOLVED"]}, lambda case: case.status in {"CLOSED", "RESOLVED"}),
        ({"categories": ["FOOD"]}, lambda case: case.category == "FOOD"),
        ({"receivedBefore": moment.isoformat()}, lambda case: case.received_at < moment),
        ({"receivedFrom": moment.isoformat()}, lambda case: case.received_at >= moment),
        ({"text": "BARU"}, lambda case: case.summary == "baru"),
        ({"statuses": []}, lambda _: False),
    ):
        async with stage.hub() as hub:
            found, counted = await hub.list(filter=wanted), await hub.count(filter=wanted)
        assert found.rows == truth(world, where=where), wanted
        assert counted == {"count": len(found.rows), "completeness": complete()}


async def test_one_case_file_is_found_by_its_number_in_one_district(stage: Stage) -> None:
    case_file = next(iter(stage.district("35.09").case_files.values()))
    async with stage.hub() as hub:
        found = await hub.list(region="35.09", filter={"number": case_file.number})
        assert hub.federation.gather.counters.asked == {"caseFileSearch": 1}
    assert found.rows == [f"35.09/{case_file.id}"]
    assert found.completeness == complete(1)


async def test_what_the_hub_holds_is_the_same_list_a_day_older(stage: Stage, old: World) -> None:
    async with stage.hub() as hub:
        found = await hub.list(live=False)
        assert hub.federation.gather.counters.asked == {}
    assert found.rows == truth(old)
    assert found.completeness is None


async def test_an_officer_asks_the_own_district_and_no_other(stage: Stage) -> None:
    async with stage.hub() as hub:
        found = await hub.list("officer")
        assert found.rows == truth(stage.simulation.world, ["35.10"])
        assert found.completeness == complete(1)
        answer = await hub.post('{ caseFiles(live: true, regionCode: "35.09") { nodes { id } } }', "officer")
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        partner = await hub.post("{ caseFiles(live: true) { nodes { id } } }", "partner")
        assert partner["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert hub.asked == {"35.10"}


async def test_equal_questions_under_way_are_asked_once(stage: Stage) -> None:
    async with stage.hub() as hub:
        pages = await asyncio.gather(*(hub.list(first=5) for _ in range(6)))
        counters = hub.federation.gather.counters
        assert counters.joined > 0
    assert [page.rows for page in pages] == [truth(stage.simulation.world)[:5]] * 6


@pytest.mark.parametrize(
    ("variables", "code", "text"),
    [
        ({"minimum": 1.5}, "INVALID", "it is a share from 0 to 1"),
        ({"minimum": 0.5, "live": False}, "INVALID", "add live: true"),
        ({"first": 101}, "INVALID", "ask for 1 to 100"),
        ({"after": "nonsense"}, "INVALID", "stale cursor"),
        ({"region": "99.99"}, "INVALID", "there is no region '99.99'"),
        ({"filter": {"text": "x" * 201}}, "INVALID", "text has 201 characters"),
        ({"filter": {"receivedFrom": "2026-01-01T00:00:00"}}, "INVALID", "a time needs its zone"),
    ],
)
async def test_what_does_not_fit_is_refused_with_the_way_out(
    stage: Stage, variables: dict[str, Any], code: str, text: str
) -> None:
    async with stage.hub() as hub:
        error = await hub.refused(**variables)
    assert error["extensions"]["code"] == code
    assert text in error["message"]


async def test_a_cursor_belongs_to_its_list(stage: Stage) -> None:
    async with stage.hub() as hub:
        page = await hub.list(first=3)
        for other in ({"order": "NEWEST_FIRST"}, {"region": "35"}, {"live": False}, {"filter": {"text": "a"}}):
            error = await hub.refused(after=page.end, **other)
            assert "stale cursor" in error["message"]


async def test_a_suspended_district_is_not_asked_and_one_that_cannot_is_not_either(stage: Stage) -> None:
    async with stage.hub() as hub:
        shards = {shard.regency_code: shard for shard in hub.directory.shards_under(None)}
        suspended = replace(shards["35.09"], status=DistrictStatus.SUSPENDED)
        cannot = replace(shards["35.10"], capabilities=frozenset(DistrictCapability) - {DistrictCapability.CASE_FILES})
        hub.directory = Directory([shards["34.01"], suspended, cannot], 2)
        found = await hub.list()
        assert found.completeness == lacking(d35_09="SUSPENDED", d35_10="NOT_CAPABLE")
        assert hub.asked == {"34.01"}
