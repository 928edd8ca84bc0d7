"""Searching case files of a district: filters, order, places to the microsecond, and what an absent capability takes away."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
import pytest

from simulators.district import CAPABILITIES, DistrictSystem
from simulators.district_fast import ListWriter
from simulators.district_schema import make_schema
from simulators.records import CaseFile
from simulators.simulation import Simulation
from simulators.world import World

Ask = Callable[..., Awaitable[dict[str, Any]]]

T0 = datetime(2026, 6, 1, 8, 0, 0, 1, UTC)
SEARCH = """
query Search($filter: CaseFileFilter!, $after: CaseFilePosition, $first: Int! = 50) {
  caseFileSearch(filter: $filter, after: $after, first: $first) {
    nodes { id number receivedAt status } hasMore
  }
}
"""


@pytest.fixture
def district(world: World) -> DistrictSystem:
    """Five case files: three in one microsecond, one before it and one after."""
    system = world.districts["35.10"]
    model = next(iter(system.case_files.values()))
    for case_file_id in list(system.case_files):
        system.remove_case_file(case_file_id)
    moments = {"b": 0, "a": 0, "c": 0, "z": -1, "A": 1}
    for case_file_id, microseconds in moments.items():
        system.put_case_file(
            msgspec.structs.replace(
                model,
                id=case_file_id,
                revision=system.next_revision,
                number=f"35.10/2026/{case_file_id}",
                summary="Atap BOCOR" if case_file_id == "b" else None,
                status="CLOSED" if case_file_id == "c" else "TRIAGED",
                category="HEALTH" if case_file_id == "a" else "HOUSING",
                region_code="35.10.02.2001" if case_file_id == "z" else "35.10.01.2001",
                received_at=T0 + timedelta(microseconds=microseconds),
            )
        )
    return system


async def found(ask: Ask, after: dict[str, Any] | None = None, first: int = 50, **wanted: Any) -> list[str]:
    page = (await ask(SEARCH, filter=wanted, after=after, first=first))["data"]["caseFileSearch"]
    return [node["id"] for node in page["nodes"]] + (["..."] if page["hasMore"] else [])


def at(microseconds: int, **values: str) -> dict[str, str]:
    return {"receivedAt": (T0 + timedelta(microseconds=microseconds)).isoformat(), **values}


async def test_the_oldest_come_first_and_ids_decide_within_a_microsecond(ask: Ask, district: DistrictSystem) -> None:
    assert await found(ask) == ["z", "a", "b", "c", "A"]
    assert await found(ask, order="NEWEST_FIRST") == ["A", "c", "b", "a", "z"]
    page = (await ask(SEARCH, filter={}, first=2))["data"]["caseFileSearch"]
    assert page["nodes"][0]["receivedAt"] == "2026-06-01T08:00:00Z"
    assert page["nodes"][1]["receivedAt"] == "2026-06-01T08:00:00.000001Z"
    assert page["hasMore"]


@pytest.mark.parametrize(
    ("order", "after", "expected"),
    [
        ("OLDEST_FIRST", at(0, id="a"), ["b", "c", "A"]),
        ("OLDEST_FIRST", at(0, id="aa"), ["b", "c", "A"]),
        ("OLDEST_FIRST", at(0, id=""), ["a", "b", "c", "A"]),
        ("OLDEST_FIRST", at(0), ["A"]),
        ("OLDEST_FIRST", at(-1), ["a", "b", "c", "A"]),
        ("OLDEST_FIRST", at(1), []),
        ("NEWEST_FIRST", at(0, id="b"), ["a", "z"]),
        ("NEWEST_FIRST", at(0), ["z"]),
        ("NEWEST_FIRST", at(1), ["c", "b", "a", "z"]),
        ("NEWEST_FIRST", at(0, id=""), ["z"]),
    ],
)
async def test_a_page_begins_strictly_after_a_place(
    ask: Ask, district: DistrictSystem, order: str, after: dict[str, str], expected: list[str]
) -> None:
    assert await found(ask, after, order=order) == expected
    plain = SEARCH.replace("hasMore", "hasMore __typename")
    answer = await ask(plain, filter={"order": order}, after=after)
    assert [node["id"] for node in answer["data"]["caseFileSearch"]["nodes"]] == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"statuses": ["CLOSED"]}, ["c"]),
        ({"statuses": []}, []),
        ({"categories": ["HEALTH", "FOOD"]}, ["a"]),
        ({"regionCode": "35.10.01"}, ["a", "b", "c", "A"]),
        ({"regionCode": "35.1"}, []),
        ({"number": "35.10/2026/A"}, ["A"]),
        ({"number": ""}, []),
        ({"text": "bocor"}, ["b"]),
        ({"text": "2026/Z"}, ["z"]),
        ({"receivedFrom": at(0)["receivedAt"], "receivedBefore": at(1)["receivedAt"]}, ["a", "b", "c"]),
        ({"statuses": None, "text": None}, ["z", "a", "b", "c", "A"]),
    ],
)
async def test_a_filter_narrows_and_the_count_agrees(
    ask: Ask, district: DistrictSystem, wanted: dict[str, Any], expected: list[str]
) -> None:
    assert await found(ask, **wanted) == expected
    count = "query($filter: CaseFileFilter!) { caseFileCount(filter: $filter) }"
    assert (await ask(count, filter=wanted))["data"] == {"caseFileCount": len(expected)}


async def test_the_fast_search_answers_exactly_as_strawberry_does(district: DistrictSystem) -> None:
    for filter_ in ({}, {"order": "NEWEST_FIRST", "statuses": ["TRIAGED"], "receivedFrom": "2026-06-01T08:00:00Z"}):
        variables = {"filter": filter_, "after": at(5, id="x"), "first": 3}
        written = ListWriter().answer(district, SEARCH, variables, "Search")
        result = await make_schema().execute(SEARCH, variables, context_value=district)
        assert result.errors is None
        assert written is not None
        assert msgspec.json.decode(written) == {"data": result.data}


async def test_a_moment_without_a_zone_and_a_page_that_is_too_long_are_refused(
    ask: Ask, district: DistrictSystem
) -> None:
    for query in (SEARCH, SEARCH.replace("hasMore", "hasMore __typename")):
        assert (
            "has no zone" in (await ask(query, filter={"receivedFrom": "2026-06-01T08:00:00"}))["errors"][0]["message"]
        )
        assert "from 1 to 100" in (await ask(query, filter={}, first=101))["errors"][0]["message"]


async def test_a_removed_case_file_is_in_the_feed_and_in_no_search(ask: Ask, district: DistrictSystem) -> None:
    district.remove_case_file("b")

    assert await found(ask) == ["z", "a", "c", "A"]
    changes = "{ changes(first: 1000) { nodes { isRemoved entity { ... on CaseFile { id } } } } }"
    nodes = (await ask(changes))["data"]["changes"]["nodes"]
    removed = {node["entity"]["id"] for node in nodes if node["isRemoved"]}
    assert "b" in removed
    assert "a" not in removed
    assert isinstance(district.case_files["a"], CaseFile)


async def test_what_a_district_cannot_do_is_not_in_its_schema(
    ask: Ask, client: httpx2.AsyncClient, simulation: Simulation
) -> None:
    left = sorted(CAPABILITIES - {"CASE_FILES", "CHANGES", "MATCH_DELIVERY", "CASE_UPDATES", "REFERRALS"})
    assert (await client.put("/_control/35.10/capabilities", json=left)).status_code == 200

    sdl = (await ask("{ _service { sdl } }"))["data"]["_service"]["sdl"]
    assert "caseFileSearch" not in sdl
    assert "changes(" not in sdl
    assert "type Mutation" not in sdl
    assert "households(" in sdl
    assert (await ask("{ district { capabilities } }"))["data"]["district"]["capabilities"] == [
        "HOUSEHOLDS", "PERSONS", "VILLAGE_SERVICES", "VILLAGE_PROFILES",
    ]  # fmt: skip
    assert "CaseFileFilter" in (await ask(SEARCH, filter={}))["errors"][0]["message"]
    for query in ("{ changes { cursor } }", "{ caseFileCount(filter: {}) }"):
        assert "Cannot query field" in (await ask(query))["errors"][0]["message"]
    assert (await client.put("/_control/35.10/capabilities", json=["DANCING"])).status_code == 422
    assert (await client.put("/_control/KIS/capabilities", json=[])).status_code == 422
