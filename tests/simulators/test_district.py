"""A district over a real socket: who may ask, its feed, its lists and its entities."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from simulators.district import Delivery
from simulators.district_fast import ListWriter
from simulators.district_schema import make_schema
from simulators.evolve import Changes, Evolution
from simulators.simulation import Simulation
from simulators.world import World

Ask = Callable[..., Awaitable[dict[str, Any]]]

CHANGES = """
query Changes($after: String, $first: Int! = 500) {
  changes(after: $after, first: $first) {
    cursor
    more: hasMore
    nodes {
      revision
      isRemoved
      entity {
        __typename
        ... on Household {
          id revision observedAt regionCode kkNumber previousKkNumbers address decile welfareSource welfarePeriod
          assistance
          members { ...Member }
        }
        ... on CaseFile { id revision observedAt number type category channel regionCode householdId status summary
          receivedAt closedAt }
        ... on VillageService { id revision observedAt regionCode type status householdId requestedAt completedAt }
        ... on MatchOutcome { matchReference revision observedAt outcome reason }
      }
    }
  }
}
fragment Member on Person {
  id nik name sex birthDate birthPlace isHead vitalStatus isPregnant pregnancyDueOn schoolLevel isEnrolledInSchool
  disability hasChronicIllness occupationClass assistance
}
"""


async def drain(ask: Ask, first: int = 50, after: str | None = None) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    while True:
        page = (await ask(CHANGES, after=after, first=first))["data"]["changes"]
        seen += page["nodes"]
        after = page["cursor"]
        if not page["more"]:
            return seen


async def test_a_wrong_or_missing_token_is_refused(client: httpx2.AsyncClient, simulation: Simulation) -> None:
    other = simulation.credentials.district_tokens["35.09"]
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {other}"}):
        response = await client.post("/districts/35.10/graphql", json={"query": "{__typename}"}, headers=headers)
        assert response.status_code == 401
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_body_that_is_no_graphql_is_400(client: httpx2.AsyncClient, simulation: Simulation) -> None:
    headers = {"Authorization": f"Bearer {simulation.credentials.district_tokens['35.10']}"}
    for body in (b"{", b"{}", b'{"query": 1}', b"[]"):
        response = await client.post("/districts/35.10/graphql", content=body, headers=headers)
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_the_district_says_who_it_is(ask: Ask) -> None:
    assert await ask("{ district { regionCode name contractVersion } }") == {
        "data": {"district": {"regionCode": "35.10", "name": "Kabupaten Banyuwangi", "contractVersion": 1}}
    }


async def test_the_feed_gives_everything_once_in_the_order_of_revisions(ask: Ask, world: World) -> None:
    district = world.districts["35.10"]

    nodes = await drain(ask, first=13)

    assert [node["revision"] for node in nodes] == list(range(1, district.feed.position + 1))
    assert all(node["revision"] == node["entity"]["revision"] and not node["isRemoved"] for node in nodes)
    by_type = [node["entity"]["__typename"] for node in nodes]
    assert by_type.count("Household") == 60
    assert by_type.count("CaseFile") == len(district.case_files) > 0
    assert by_type.count("VillageService") == len(district.village_services) > 0


async def test_the_fast_feed_answers_exactly_as_strawberry_does(world: World) -> None:
    district = world.districts["35.10"]
    household = next(iter(district.households.values()))
    district.deliver([Delivery("m1", household.id, None, "PKH", "RESERVED", None)])
    district.report("m1", "DECLINED", "NOT_NEEDED")
    district.remove(list(district.households)[1])

    written = ListWriter().answer(district, CHANGES, {"first": 1000}, "Changes")
    result = await make_schema().execute(CHANGES, {"first": 1000}, context_value=district)

    assert result.errors is None
    assert written is not None
    assert graphql_json(written) == {"data": result.data}


def graphql_json(body: bytes) -> Any:
    return httpx2.Response(200, content=body).json()


@pytest.mark.parametrize(
    ("query", "variables", "operation_name"),
    [
        ("{ changes { cursor } district { name } }", {}, None),
        ("{ changes { cursor @skip(if: false) } }", {}, None),
        ("{ changes { __typename } }", {}, None),
        ("{ district { name } }", {}, None),
        ("{ changes { nope } }", {}, None),
        ("{ changes { cursor ", {}, None),
        ("query A { changes { cursor } } query B { changes { cursor } }", {}, "A"),
        ("query A { changes { cursor } }", {}, "B"),
        ("query A($f: Int!) { changes(first: $f) { cursor } }", {}, None),
        ("query A($f: Int!) { changes(first: $f) { cursor } }", {"f": "ten"}, None),
    ],
)
def test_the_fast_feed_leaves_other_documents_to_strawberry(
    world: World, query: str, variables: dict[str, Any], operation_name: str | None
) -> None:
    writer = ListWriter()
    assert writer.answer(world.districts["35.10"], query, variables, operation_name) is None


async def test_the_default_of_first_is_five_hundred_and_the_most_is_a_thousand(ask: Ask) -> None:
    assert len((await ask("{ changes { nodes { revision } } }"))["data"]["changes"]["nodes"]) < 500
    for first in (0, 1001):
        refused = await ask(f"{{ changes(first: {first}) {{ cursor }} }}")
        assert refused["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_an_old_cursor_is_refused_with_its_code(ask: Ask, simulation: Simulation) -> None:
    cursor = (await ask(CHANGES, first=5))["data"]["changes"]["cursor"]
    simulation.expire_cursors("35.10")

    for query in (CHANGES, CHANGES.replace("isRemoved", "isRemoved @skip(if: false)")):
        refused = await ask(query, after=cursor)
        assert refused["data"] is None
        assert refused["errors"][0]["extensions"] == {"code": "CURSOR_EXPIRED"}


async def test_a_change_stands_once_at_its_new_place(ask: Ask, world: World) -> None:
    before = await drain(ask)
    Evolution(world).make(Changes(revisions=6))
    changed = world.districts["35.10"].feed.position - len(before)
    assert changed > 0

    after = await drain(ask)

    assert len(after) == len(before)
    assert [node["revision"] for node in after[-changed:]] == list(range(len(before) + 1, len(before) + changed + 1))


async def test_a_household_that_moved_is_removed_here_and_new_there(ask: Ask, world: World) -> None:
    households = {code: len(district.households) for code, district in world.districts.items()}
    Evolution(world).make(Changes(moves=4))
    gone = [node["entity"]["id"] for node in await drain(ask) if node["isRemoved"]]

    district = world.districts["35.10"]
    assert set(gone) == district.removed
    assert sum(households.values()) == sum(len(d.households) for d in world.districts.values())
    arrived = set(world.districts["35.09"].households) - {f"H{n:06}" for n in range(1, 61)}
    assert len(arrived) == len(gone) > 0
    assert await ask("query($id: ID!) { household(id: $id) { id } }", id=gone[0]) == {"data": {"household": None}}


async def test_households_persons_cases_and_services_can_be_asked_for(ask: Ask, world: World) -> None:
    district = world.districts["35.10"]
    answer = await ask(
        """{
          household(id: "H000002") { id members { id isHead } }
          person(id: "H000002-1") { id sex }
          nobody: person(id: "H000002-99") { id }
          none: household(id: "H999999") { id }
          caseFiles { nodes { id } hasMore }
          villageServices(first: 1) { nodes { id } cursor hasMore }
        }"""
    )

    household = district.households["H000002"]
    first = min(district.village_services.values(), key=lambda service: (service.region_code, service.id))
    assert answer["data"] == {
        "household": {"id": "H000002", "members": [{"id": m.id, "isHead": m.is_head} for m in household.members]},
        "person": {"id": "H000002-1", "sex": household.members[0].sex},
        "nobody": None,
        "none": None,
        "caseFiles": {"nodes": [{"id": case_id} for case_id in district.case_files], "hasMore": False},
        "villageServices": {"nodes": [{"id": first.id}], "cursor": f"{first.region_code}/{first.id}", "hasMore": True},
    }


async def test_lists_page_by_id_under_a_region(ask: Ask, world: World) -> None:
    query = """query($r: String, $a: String) {
      households(regionCode: $r, after: $a, first: 4) { nodes { id regionCode } cursor hasMore }
    }"""
    seen, after, more = [], None, True
    while more:
        page = (await ask(query, r="35.10.01", a=after))["data"]["households"]
        seen += page["nodes"]
        after, more = page["cursor"], page["hasMore"]

    expected = [h.id for h in world.districts["35.10"].households.values() if h.region_code.startswith("35.10.01.")]
    assert [node["id"] for node in seen] == expected
    assert (await ask(query, r="35.1"))["data"]["households"] == {"nodes": [], "cursor": None, "hasMore": False}
    refused = await ask("{ households(first: 101) { hasMore } }")
    assert refused["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_entities_are_resolved_by_their_keys(ask: Ask, world: World) -> None:
    district = world.districts["35.10"]
    district.deliver([Delivery("m1", "H000001", None, "PKH", "RESERVED", None)])
    district.report("m1", "ACCEPTED", None)
    representations = [
        {"__typename": "Household", "id": "H000001"},
        {"__typename": "Person", "id": "H000001-1"},
        {"__typename": "CaseFile", "id": "C000001"},
        {"__typename": "VillageService", "id": "S000001"},
        {"__typename": "MatchOutcome", "matchReference": "m1"},
        {"__typename": "District", "regionCode": "35.10"},
        {"__typename": "District", "regionCode": "35.09"},
        {"__typename": "Household", "id": "H999999"},
    ]
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      __typename
      ... on Household { kkNumber } ... on Person { nik } ... on CaseFile { number } ... on VillageService { type }
      ... on MatchOutcome { outcome } ... on District { name }
    } }"""

    entities = (await ask(query, r=representations))["data"]["_entities"]

    assert entities == [
        {"__typename": "Household", "kkNumber": district.households["H000001"].kk_number},
        {"__typename": "Person", "nik": district.households["H000001"].members[0].nik},
        {"__typename": "CaseFile", "number": district.case_files["C000001"].number},
        {"__typename": "VillageService", "type": district.village_services["S000001"].type},
        {"__typename": "MatchOutcome", "outcome": "ACCEPTED"},
        {"__typename": "District", "name": "Kabupaten Banyuwangi"},
        None,
        None,
    ]
