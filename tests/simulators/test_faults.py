"""Each misbehaviour as a client meets it on a real socket."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from simulators.faults import Fault, FaultKind
from simulators.simulation import Simulation
from simulators.world import World

Call = Callable[..., Awaitable[httpx2.Response]]
Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def fault(simulation: Simulation) -> Callable[..., None]:
    def switch_on(kind: FaultKind, **values: Any) -> None:
        simulation.faults.switch_on("KIS", Fault(kind=kind, **({"times": 1} | values)))

    return switch_on


async def plain(kis: Call) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await kis("GET", "/changes", params={"limit": 30})).json()["changes"]
    return rows


@pytest.mark.parametrize(
    ("kind", "status"),
    [(FaultKind.RATE_LIMITED, 429), (FaultKind.SERVER_ERROR, 500), (FaultKind.UNAVAILABLE, 503)],
)
async def test_the_system_refuses(kis: Call, fault: Callable[..., None], kind: FaultKind, status: int) -> None:
    fault(kind, seconds=1.2)

    response = await kis("GET", "/changes")

    assert response.status_code == status
    assert response.headers.get("retry-after") == ("2" if kind == FaultKind.RATE_LIMITED else None)
    assert (await kis("GET", "/changes")).status_code == 200


async def test_the_system_is_late(kis: Call, fault: Callable[..., None]) -> None:
    fault(FaultKind.LATENCY, seconds=0.2)

    response = await kis("GET", "/changes")

    assert response.status_code == 200
    assert response.elapsed.total_seconds() >= 0.2


async def test_the_system_never_answers(kis: Call, fault: Callable[..., None]) -> None:
    fault(FaultKind.TIMEOUT)

    with pytest.raises(httpx2.ReadTimeout):
        await kis("GET", "/changes", timeout=0.1)


@pytest.mark.parametrize("kind", [FaultKind.GARBAGE, FaultKind.HTML])
async def test_the_answer_is_no_json_with_status_200(kis: Call, fault: Callable[..., None], kind: FaultKind) -> None:
    fault(kind)

    response = await kis("GET", "/changes")

    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        response.json()


async def test_some_fields_have_another_type(kis: Call, fault: Callable[..., None]) -> None:
    expected = await plain(kis)
    fault(FaultKind.WRONG_TYPES)

    rows = await plain(kis)

    changed = [(a[f], b[f]) for a, b in zip(expected, rows, strict=True) for f in a if a[f] != b[f]]
    assert len(changed) == 3
    assert all(type(before) is not type(after) for before, after in changed)


async def test_some_records_stand_twice(kis: Call, fault: Callable[..., None]) -> None:
    expected = await plain(kis)
    fault(FaultKind.DUPLICATES)

    rows = await plain(kis)

    assert len(rows) == 33
    assert sorted({row["id"] for row in rows}) == [row["id"] for row in expected]
    assert all(row in expected for row in rows)


async def test_records_are_shuffled_and_older_revisions_follow(kis: Call, fault: Callable[..., None]) -> None:
    expected = await plain(kis)
    fault(FaultKind.OUT_OF_ORDER)

    rows = await plain(kis)

    assert rows[:30] != expected
    assert sorted(rows[:30], key=lambda row: row["revision"]) == expected
    newest = {row["id"]: row["revision"] for row in expected}
    assert [(row["name"], newest[row["id"]] - row["revision"]) for row in rows[30:]] == [("OLD", 1)] * 3


async def test_a_districts_answer_is_mangled_too(ask: Ask, simulation: Simulation) -> None:
    query = "{ changes(first: 20) { nodes { revision entity { ... on Household { id revision address } } } } }"
    expected = (await ask(query))["data"]["changes"]["nodes"]
    simulation.faults.switch_on("35.10", Fault(kind=FaultKind.OUT_OF_ORDER, times=1))

    nodes = (await ask(query))["data"]["changes"]["nodes"]

    assert sorted(nodes[:20], key=lambda node: node["revision"]) == expected
    assert len(nodes) == 22
    assert all(node["entity"].get("revision", node["revision"]) == node["revision"] for node in nodes)


async def test_the_response_is_lost(kis: Call, fault: Callable[..., None]) -> None:
    fault(FaultKind.LOST_RESPONSE)

    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        await kis("GET", "/changes")
    assert (await kis("GET", "/changes")).status_code == 200


async def test_the_answer_is_cut_in_the_middle(kis: Call, fault: Callable[..., None]) -> None:
    fault(FaultKind.TRUNCATED)

    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        await kis("GET", "/changes")


async def test_the_answer_trickles(kis: Call, fault: Callable[..., None]) -> None:
    expected = await plain(kis)
    fault(FaultKind.SLOW, seconds=0.2)

    response = await kis("GET", "/changes", params={"limit": 30})

    assert response.json()["changes"] == expected
    assert response.elapsed.total_seconds() >= 0.15


async def test_the_answer_is_huge(kis: Call, fault: Callable[..., None]) -> None:
    fault(FaultKind.HUGE, megabytes=3)

    response = await kis("GET", "/changes")

    assert len(response.content) == 3_000_002


async def test_the_answer_is_nested_deeply(kis: Call, fault: Callable[..., None]) -> None:
    fault(FaultKind.DEEP)

    response = await kis("GET", "/changes")

    assert response.content == b"[" * 200_000 + b"]" * 200_000


async def test_a_share_of_the_requests_is_struck_the_same_in_every_run(make_world: Callable[..., World]) -> None:
    def draw() -> list[bool]:
        faults = Simulation(make_world(households=1)).faults
        faults.switch_on("KIS", Fault(kind=FaultKind.SERVER_ERROR, share=0.3, seed=5))
        return [faults.strike("KIS", "/changes") is not None for _ in range(200)]

    struck = draw()

    assert 40 < sum(struck) < 80
    assert struck == draw()


async def test_faults_strike_the_named_path_so_many_times_and_can_be_switched_off(
    kis: Call, simulation: Simulation
) -> None:
    simulation.faults.switch_on("KIS", Fault(kind=FaultKind.SERVER_ERROR, times=2, path="/pools"))
    statuses = [(await kis("GET", path)).status_code for path in ("/changes", "/pools", "/pools", "/pools")]
    assert statuses == [200, 500, 500, 200]
    assert simulation.faults.happened("KIS") == {"SERVER_ERROR": 2}

    simulation.faults.switch_on("KIS", Fault(kind=FaultKind.UNAVAILABLE))
    assert (await kis("GET", "/pools")).status_code == 503
    simulation.faults.switch_off("KIS")
    assert (await kis("GET", "/pools")).status_code == 200


async def test_other_systems_are_not_struck(kis: Call, pkh: Call, simulation: Simulation) -> None:
    simulation.faults.switch_on("KIS", Fault(kind=FaultKind.SERVER_ERROR))

    assert (await pkh("/quotas")).status_code == 200
    assert (await kis("GET", "/pools")).status_code == 500
    simulation.faults.switch_off()
    assert (await kis("GET", "/pools")).status_code == 200


async def test_half_a_page_of_a_search_says_that_more_follows(ask: Any, simulation: Simulation) -> None:
    query = "{ caseFileSearch(filter: {}) { nodes { id } hasMore } changes { nodes { revision } } }"
    whole = (await ask(query))["data"]
    simulation.faults.switch_on("35.10", Fault(kind=FaultKind.HALF_PAGE))
    half = (await ask(query))["data"]
    nodes = whole["caseFileSearch"]["nodes"]
    assert half["caseFileSearch"] == {"nodes": nodes[: (len(nodes) + 1) // 2], "hasMore": True}
    assert half["changes"] == whole["changes"]
