"""What a district does with the matches that the hub delivers."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from simulators.district import Delivery, DistrictSystem
from simulators.world import World

Ask = Callable[..., Awaitable[dict[str, Any]]]

OUTCOMES = """
query($after: String!) {
  changes(after: $after) { nodes { entity { ... on MatchOutcome { matchReference outcome reason } } } }
}
"""
DELIVER = """
mutation Deliver($matches: [MatchDeliveryInput!]!) {
  matchesDeliver(matches: $matches) { matchReference isAccepted reason }
}
"""


def offer(reference: str, household_id: str, **values: Any) -> dict[str, Any]:
    usual = {"matchReference": reference, "householdId": household_id, "programmeCode": "PKH", "status": "OFFERED"}
    return usual | values


async def outcomes_after(ask: Ask, cursor: str) -> list[tuple[str, str, str | None]]:
    nodes = (await ask(OUTCOMES, after=cursor))["data"]["changes"]["nodes"]
    return [tuple(node["entity"].values()) for node in nodes]


async def test_an_offered_match_is_answered_in_the_feed_and_only_once(ask: Ask, world: World) -> None:
    district = world.districts["35.10"]
    units = [household_id for household_id in district.households if answer_of(district, household_id)]
    matches = [offer(f"m{household_id}", household_id) for household_id in units[:5]]
    start = district.feed.cursor(district.feed.position)

    first = await ask(DELIVER, matches=matches)
    again = await ask(DELIVER, matches=matches)

    assert first == again
    assert all(result["isAccepted"] for result in first["data"]["matchesDeliver"])
    assert await outcomes_after(ask, start) == [
        (f"m{household_id}", *answer_of(district, household_id)) for household_id in units[:5]
    ]


def answer_of(district: DistrictSystem, household_id: str, programme: str = "PKH") -> tuple[str, str | None] | None:
    return district.answer_to(Delivery("any", household_id, None, programme, "OFFERED", None))


async def test_a_match_that_is_not_offered_yet_waits(ask: Ask, world: World) -> None:
    district = world.districts["35.10"]
    household_id = next(h for h in district.households if answer_of(district, h))

    await ask(DELIVER, matches=[offer("m1", household_id, status="RESERVED")])
    assert district.outcomes == {}

    await ask(DELIVER, matches=[offer("m1", household_id, expiresAt="2026-07-15T00:00:00Z")])
    assert list(district.outcomes) == ["m1"]
    assert district.deliveries["m1"].expires_at == datetime(2026, 7, 15, tzinfo=UTC)


async def test_what_is_not_of_the_district_is_refused_and_the_rest_is_taken(ask: Ask, world: World) -> None:
    results = await ask(
        DELIVER,
        matches=[
            offer("m1", "H999999"),
            offer("m2", "H000001", personId="H000002-1"),
            offer("m3", "H000001", personId="H000001-1", status="RESERVED"),
        ],
    )

    assert results["data"]["matchesDeliver"] == [
        {"matchReference": "m1", "isAccepted": False, "reason": "HOUSEHOLD_UNKNOWN"},
        {"matchReference": "m2", "isAccepted": False, "reason": "PERSON_UNKNOWN"},
        {"matchReference": "m3", "isAccepted": True, "reason": None},
    ]
    assert list(world.districts["35.10"].deliveries) == ["m3"]


async def test_more_than_five_hundred_matches_at_once_are_refused(ask: Ask, world: World) -> None:
    refused = await ask(DELIVER, matches=[offer(f"m{n}", "H000001") for n in range(501)])

    assert refused["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    assert world.districts["35.10"].deliveries == {}


async def test_an_officer_reports_an_outcome_which_then_stands_in_the_feed(ask: Ask, world: World) -> None:
    report = """mutation($m: ID!) {
      matchOutcomeReport(matchReference: $m, outcome: DECLINED, reason: "MOVED_AWAY") { matchReference outcome reason }
    }"""
    start = world.districts["35.10"].feed.cursor(world.districts["35.10"].feed.position)
    await ask(DELIVER, matches=[offer("m1", "H000001", status="RESERVED")])

    reported = (await ask(report, m="m1"))["data"]["matchOutcomeReport"]
    unknown = await ask(report, m="m2")

    assert reported == {"matchReference": "m1", "outcome": "DECLINED", "reason": "MOVED_AWAY"}
    assert unknown["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    assert await outcomes_after(ask, start) == [("m1", "DECLINED", "MOVED_AWAY")]


def test_most_accept_some_decline_with_a_reason_and_some_never_answer(make_world: Callable[..., World]) -> None:
    district = make_world(households=1_000).districts["35.10"]
    answers = [answer_of(district, h, p) for h in district.households for p in ("PKH", "SEMBAKO")]
    kinds = [answer[0] if answer else None for answer in answers]

    assert kinds.count("ACCEPTED") / 2_000 == pytest.approx(0.88, abs=0.03)
    assert kinds.count("DECLINED") / 2_000 == pytest.approx(0.07, abs=0.02)
    assert kinds.count(None) / 2_000 == pytest.approx(0.05, abs=0.02)
    assert all(bool(answer[1]) == (answer[0] == "DECLINED") for answer in answers if answer)
