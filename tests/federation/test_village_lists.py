"""What villages give and report, asked live: one list over all districts, complete or saying what is missing."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from hub.domain.district import DistrictCapability
from hub.federation.directory import Directory
from simulators.faults import FaultKind
from simulators.village_profiles import VillageBudgetLine
from simulators.world import World
from tests.federation.stage import CODES, READ_AT, Stage, complete
from tests.federation.test_dead import NOBODY

QUERY = """
query ($region: String, $live: Boolean! = true, $minimum: Float, $first: Int! = 100, $after: String) {
  rows: %s(regionCode: $region, live: $live, minimumCoverage: $minimum, first: $first, after: $after) {
    nodes { sourceStamp { system recordId } %s }
    pageInfo { hasNextPage endCursor }
    completeness {
      asked answered inReplica missing coverage isComplete rejectCount
      unavailable { regencyCode reason isInReplica asOf }
      rejects { regencyCode recordId field code }
    }
  }
}
"""
LISTS = {
    "villageServices": ("village_services", "type status household { id } region { code }"),
    "villageProfiles": ("village_profiles", "hasDoctor region { code }"),
    "povertySeries": ("poverty_series", "origin points { year persons } region { code }"),
}
every_list = pytest.mark.parametrize("name", LISTS)


class Answer(msgspec.Struct):
    rows: list[str]
    nodes: list[dict[str, Any]]
    completeness: dict[str, Any] | None


async def ask(hub: Stage, name: str, **variables: Any) -> Answer:
    """All pages of a list, and what the last one says of itself."""
    answer = Answer([], [], None)
    after = None
    while True:
        got = await hub.post(QUERY % (name, LISTS[name][1]), after=after, **variables)
        assert "errors" not in got, got["errors"]
        page = got["data"]["rows"]
        answer.nodes += page["nodes"]
        answer.completeness = page["completeness"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    stamps = [node["sourceStamp"] for node in answer.nodes]
    answer.rows = [f"{stamp['system']}/{stamp['recordId']}" for stamp in stamps]
    return answer


def records(world: World, name: str, code: str) -> list[Any]:
    found = getattr(world.districts[code], LISTS[name][0])
    return list(found.values() if isinstance(found, dict) else found)


def truth(world: World, name: str, *codes: str) -> list[str]:
    rows = [(each.region_code, code, each.id) for code in codes or CODES for each in records(world, name, code)]
    return [f"{code}/{record_id}" for _, code, record_id in sorted(rows)]


def renew(stage: Stage, name: str, code: str, **values: Any) -> Any:
    """The district has a first record of the list that the replica does not know as it is now."""
    district = stage.district(code)
    model = records(stage.simulation.world, name, code)[0]
    new = msgspec.structs.replace(model, **{"revision": district.next_revision} | values)
    if name == "villageServices":
        district.village_services[new.id] = new
    else:
        getattr(district, LISTS[name][0])[0] = new
    return new


@every_list
async def test_a_live_list_is_what_all_districts_have_now_in_pages_as_in_one_piece(stage: Stage, name: str) -> None:
    renew(stage, name, "35.10", id="ZZ-NEW")
    expected = truth(stage.simulation.world, name)
    assert "35.10/ZZ-NEW" in expected
    async with stage.hub() as hub:
        whole = await ask(hub, name)
        pieces = await ask(hub, name, first=3 if name != "villageProfiles" else 40)
    assert (whole.rows, pieces.rows) == (expected, expected)
    assert whole.completeness is not None
    assert whole.completeness["isComplete"] is True


@every_list
async def test_held_and_live_are_the_same_list(stage: Stage, name: str, old: World) -> None:
    async with stage.hub() as hub:
        held, live = await ask(hub, name, live=False), await ask(hub, name)
    known = {
        f"{node['sourceStamp']['system']}/{node['sourceStamp']['recordId']}" for node in live.nodes if node["region"]
    }
    assert held.rows == [row for row in truth(old, name) if row in known]
    assert held.completeness is None
    assert {node["region"] is None for node in held.nodes} == {False}


@every_list
async def test_a_region_is_asked_of_its_district_alone(stage: Stage, name: str) -> None:
    region = records(stage.simulation.world, name, "35.10")[0].region_code
    expected = [
        f"35.10/{each.id}"
        for each in sorted(records(stage.simulation.world, name, "35.10"), key=lambda each: (each.region_code, each.id))
        if f"{each.region_code}.".startswith(f"{region}.")
    ]
    async with stage.hub() as hub:
        found = await ask(hub, name, region=region)
        assert hub.asked == {"35.10"}
    assert (found.rows, found.completeness) == (expected, complete(1))


@every_list
async def test_the_replica_stands_in_for_a_dead_district_and_says_of_when_it_is(
    stage: Stage, name: str, old: World
) -> None:
    alive, dead = stage.systems.districts[:2], stage.systems.districts[2]
    stage.systems = msgspec.structs.replace(
        stage.systems, districts=(*alive, msgspec.structs.replace(dead, url=NOBODY))
    )
    renew(stage, name, "35.10", id="ZZ-NEW")
    async with stage.hub() as hub:
        held = await ask(hub, name, live=False, region="35.10")
        found = await ask(hub, name)
        assert found.rows == truth(stage.simulation.world, name, "34.01", "35.09") + held.rows
        alone = await ask(hub, name, region="35.10")
    assert alone.rows == held.rows != []
    assert alone.completeness is not None
    (gap,) = alone.completeness["unavailable"]
    assert (gap["regencyCode"], gap["isInReplica"], gap["asOf"]) == ("35.10", True, READ_AT.isoformat())
    assert gap["reason"] in {"UNREACHABLE", "CIRCUIT_OPEN", "REPLICA_KEPT"}


@every_list
async def test_what_was_never_read_is_missing_and_not_zero(stage: Stage, name: str) -> None:
    dead = stage.systems.districts[2]
    stage.systems = msgspec.structs.replace(
        stage.systems, districts=(*stage.systems.districts[:2], msgspec.structs.replace(dead, url=NOBODY))
    )
    never = "update source set drained_at = null, profiles_read_at = null where source_code = '35.10'"
    again = "update source set drained_at = $1, profiles_read_at = $1 where source_code = '35.10'"
    async with stage.database.jobs.connection() as connection:
        await connection.execute(never)
    try:
        async with stage.hub() as hub:
            found = await ask(hub, name, region="35")
    finally:
        async with stage.database.jobs.connection() as connection:  # the others share the database
            await connection.execute(again, READ_AT)
    assert found.rows == truth(stage.simulation.world, name, "35.09")
    assert found.completeness is not None
    assert (found.completeness["missing"], found.completeness["inReplica"]) == (1, 0)
    assert found.completeness["unavailable"][0]["asOf"] is None


@every_list
async def test_a_district_that_lacks_the_capability_is_named(stage: Stage, name: str) -> None:
    async with stage.hub() as hub:
        lacks = {DistrictCapability.VILLAGE_SERVICES, DistrictCapability.VILLAGE_PROFILES}
        shards = [
            shard if shard.regency_code != "34.01" else replace(shard, capabilities=shard.capabilities - lacks)
            for shard in hub.directory.shards_under(None)
        ]
        hub.directory = Directory(shards, revision=1)
        found = await ask(hub, name)
        held = await ask(hub, name, live=False, region="34.01")
        assert hub.asked == {"35.09", "35.10"}
        error = (await hub.post(QUERY % (name, LISTS[name][1]), region="34.01", minimum=0.5))["errors"][0]
    assert found.rows == held.rows + truth(stage.simulation.world, name, "35.09", "35.10")
    assert error["extensions"]["code"] == "COVERAGE_TOO_LOW"
    assert "34.01 NOT_CAPABLE" in error["message"]


@pytest.mark.parametrize(
    ("name", "values", "field", "code"),
    [
        ("villageServices", {"id": "X", "type": "SONG"}, "type", "VALUE_UNKNOWN"),
        ("villageServices", {"id": "X", "region_code": "35.09.01.2001"}, "regionCode", "REGION_FOREIGN"),
        ("villageProfiles", {"id": "X", "region_code": "35.10.01"}, "regionCode", "REGION_UNKNOWN"),
        ("povertySeries", {"id": "X", "origin": "RUMOUR"}, "origin", "WRONG_TYPE"),
    ],
)
async def test_a_row_that_does_not_fit_is_named_and_left_out(
    stage: Stage, name: str, values: dict[str, Any], field: str, code: str
) -> None:
    renew(stage, name, "35.10", **values)
    expected = [row for row in truth(stage.simulation.world, name, "35.10") if row != "35.10/X"]
    async with stage.hub() as hub:
        found = await ask(hub, name, region="35.10")
    rejects = [{"regencyCode": "35.10", "recordId": "X", "field": field, "code": code}]
    assert found.rows == expected
    if len(expected) < 100:  # else the last page is another one
        assert found.completeness == complete(1) | {"isComplete": False, "rejectCount": 1, "rejects": rejects}


@every_list
async def test_garbage_of_one_district_costs_no_other_its_rows(stage: Stage, name: str) -> None:
    stage.switch_on("35.10", FaultKind.GARBAGE)
    async with stage.hub() as hub:
        found = await ask(hub, name)
        held = await ask(hub, name, live=False, region="35.10")
    assert found.rows == truth(stage.simulation.world, name, "34.01", "35.09") + held.rows


async def test_budget_lines_of_a_live_profile_are_those_of_now(stage: Stage) -> None:
    lines = tuple(VillageBudgetLine(year, "Posyandu", 90, 80, 70) for year in (2024, 2026, 2025))
    new = renew(stage, "villageProfiles", "35.10", budget_lines=lines)
    query = """query ($region: String!, $live: Boolean!, $after: String) {
      villageProfiles(regionCode: $region, live: $live) { nodes {
        budgetLines(first: 2, after: $after) { nodes { year spent } pageInfo { hasNextPage endCursor } } } } }"""

    async with stage.hub() as hub:

        async def page(after: str | None, *, live: bool = True) -> dict[str, Any]:
            answer = await hub.post(query, region=new.region_code, live=live, after=after)
            (node,) = answer["data"]["villageProfiles"]["nodes"]
            lines: dict[str, Any] = node["budgetLines"]
            return lines

        first = await page(None)
        assert [line["year"] for line in first["nodes"]] == [2026, 2025]
        rest = await page(first["pageInfo"]["endCursor"])
        assert rest["nodes"] == [{"year": 2024, "spent": 70}]
        assert rest["pageInfo"]["hasNextPage"] is False
        assert (await page(None, live=False))["nodes"][0]["spent"] != 70


async def test_a_live_service_leads_to_its_household(stage: Stage) -> None:
    async with stage.hub() as hub:
        live, held = await ask(hub, "villageServices"), await ask(hub, "villageServices", live=False)
    assert [node["household"] for node in live.nodes] == [node["household"] for node in held.nodes]
    assert None not in [node["household"] for node in live.nodes]


@every_list
async def test_an_officer_reaches_the_own_district_alone(stage: Stage, name: str) -> None:
    async with stage.hub() as hub:
        answer = await hub.post(QUERY % (name, LISTS[name][1]), "officer")
        assert hub.asked == {"35.10"}
        foreign = await hub.post(QUERY % (name, LISTS[name][1]), "officer", region="35.09")
    systems = {node["sourceStamp"]["system"] for node in answer["data"]["rows"]["nodes"]}
    assert systems == {"35.10"}
    assert foreign["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@every_list
async def test_a_share_without_live_is_refused(stage: Stage, name: str) -> None:
    async with stage.hub() as hub:
        answer = await hub.post(QUERY % (name, LISTS[name][1]), live=False, minimum=0.5)
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
