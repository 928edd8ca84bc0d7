"""A district: errors of GraphQL answers, its feed, deliveries, and the check at joining."""

from datetime import UTC, datetime

import httpx2
import msgspec
import pytest

from connectors.district.client import DistrictConnector, district_system, load_contract
from connectors.settings import DistrictSettings
from hub.domain.errors import CursorExpired, Fatal, Retriable
from hub.domain.source import DeliveryOutcome, MatchDelivery

SETTINGS = DistrictSettings(code="35.10", url="http://d.test/graphql", token="T", page_size=3)
SYSTEM = district_system("35.10")
MANY = "extend enum Sex { " + " ".join(f"X{n}" for n in range(150)) + " }"
OUTCOME = {
    "revision": 9,
    "isRemoved": False,
    "entity": {
        "__typename": "MatchOutcome",
        "matchReference": "MR-1",
        "revision": 9,
        "observedAt": "2026-01-02T03:04:05Z",
        "outcome": "ACCEPTED",
        "reason": None,
    },
}


def page(*nodes: object, cursor: str = "c1", has_more: bool = False) -> dict[str, object]:
    return {"data": {"changes": {"nodes": nodes, "cursor": cursor, "hasMore": has_more}}}


def error(code: str | None = None, path: list[str] | None = None) -> dict[str, object]:
    made: dict[str, object] = {"message": "something about 3510012345670001"}
    if code is not None:
        made["extensions"] = {"code": code}
    if path is not None:
        made["path"] = path
    return made


@pytest.fixture
def connect(channel_to):
    def make(script, **changes: object) -> DistrictConnector:
        channel = channel_to(script, SYSTEM, **changes)
        return DistrictConnector(SETTINGS, channel, load_contract())

    return make


async def test_a_page_is_asked_with_variables_and_read(scripted, reply, connect):
    script = scripted(reply(page(OUTCOME, has_more=True)), reply(page(cursor="c2")))
    connector = connect(script)
    first = await connector.pull(None)
    assert [record.match_reference for record in first.records] == ["MR-1"]
    assert first.has_more
    second = await connector.pull(first.cursor)
    assert (second.records, second.has_more) == ([], False)
    sent = [msgspec.json.decode(request.content)["variables"] for request in script.requests]
    assert sent == [{"after": None, "first": 3}, {"after": "c1", "first": 3}]
    assert {request.headers["authorization"] for request in script.requests} == {"Bearer T"}
    assert script.paths == ["/base/", "/base/"]  # The URL of a district is taken as it is.


@pytest.mark.parametrize(
    ("errors", "expected", "calls"),
    [
        ([error("CURSOR_EXPIRED", ["changes"])], CursorExpired, 1),
        ([error("UNAUTHENTICATED")], Fatal, 1),
        ([error("FORBIDDEN", ["changes"])], Fatal, 1),
        ([error("BAD_REQUEST", ["changes"])], Fatal, 1),
        ([error("GRAPHQL_VALIDATION_FAILED")], Fatal, 1),
        ([error()], Fatal, 1),
        ([error("SOMETHING_NEW", ["changes"])], Retriable, 3),
        ([error(path=["changes", "nodes"])], Retriable, 3),
        ([error("UNAVAILABLE", ["changes"])], Retriable, 3),
        ([error(path=["changes"]), error("CURSOR_EXPIRED", ["changes"])], CursorExpired, 1),
        ([{"path": 7, "extensions": "?"}], Fatal, 1),
        ([None], Fatal, 1),
    ],
)
@pytest.mark.parametrize("data", [None, page(OUTCOME)["data"]], ids=["no data", "partial data"])
async def test_an_answer_with_errors_is_not_used(scripted, reply, connect, errors, expected, calls, data):
    script = scripted(reply({"data": data, "errors": errors}))
    with pytest.raises(expected) as caught:
        await connect(script).pull(None)
    assert len(script.requests) == calls
    assert "District 35.10" in caught.value.message
    assert "3510012345670001" not in caught.value.message + caught.value.detail


@pytest.mark.parametrize(
    "body",
    [{}, {"data": None}, {"data": {}}, {"data": {"changes": None}}, {"data": [1]}, [], "x",
     {"data": {"changes": {"nodes": [], "cursor": None, "hasMore": False}}},
     {"data": {"changes": {"nodes": {}, "cursor": "c", "hasMore": False}}}],
    ids=repr,
)  # fmt: skip
async def test_data_of_another_shape_is_fatal(scripted, reply, connect, body):
    with pytest.raises(Fatal, match="does not fit"):
        await connect(scripted(reply(body))).pull(None)


async def test_a_feed_whose_cursor_does_not_move_is_fatal(scripted, reply, connect):
    connector = connect(scripted(reply(page(OUTCOME, has_more=True))))
    first = await connector.pull(None)
    with pytest.raises(Fatal, match="its cursor does not move"):
        await connector.pull(first.cursor)


async def test_the_cursor_of_another_district_starts_the_feed_again(scripted, reply, connect, channel_to):
    other = DistrictConnector(
        msgspec.structs.replace(SETTINGS, code="35.11"),
        channel_to(scripted(reply(page())), district_system("35.11")),
        load_contract(),
    )
    foreign = (await other.pull(None)).cursor
    with pytest.raises(CursorExpired):
        await connect(scripted(AssertionError("no call goes out"))).pull(foreign)


def match(number: int) -> MatchDelivery:
    return MatchDelivery(
        match_reference=f"MR-{number}",
        household_record_id=f"H-{number}",
        person_record_id=None,
        programme_code="KIS_PBI",
        status="OFFERED",
        expires_at=datetime(2026, 8, 1, tzinfo=UTC),
    )


class District:
    """Takes deliveries but the odd ones."""

    def __init__(self) -> None:
        self.bodies: list[list[dict[str, object]]] = []
        self.change = lambda receipts: receipts

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        matches = msgspec.json.decode(request.content)["variables"]["matches"]
        self.bodies.append(matches)
        receipts = [
            {"matchReference": m["matchReference"], "isAccepted": True, "reason": None}
            if int(m["matchReference"][3:]) % 2 == 0
            else {"matchReference": m["matchReference"], "isAccepted": False, "reason": "UNKNOWN"}
            for m in matches
        ]
        return httpx2.Response(200, json={"data": {"matchesDeliver": self.change(receipts)}})


async def test_matches_are_delivered_in_calls_of_at_most_500(scripted, connect):
    district = District()
    outcomes = await connect(scripted(district)).deliver([match(n) for n in range(1100)])
    assert [len(body) for body in district.bodies] == [500, 500, 100]
    assert [o.match_reference for o in outcomes] == [f"MR-{n}" for n in range(1100)]
    assert outcomes[:2] == [
        DeliveryOutcome(match_reference="MR-0", is_accepted=True),
        DeliveryOutcome(match_reference="MR-1", is_accepted=False, reason="UNKNOWN"),
    ]
    assert district.bodies[0][0] == {
        "matchReference": "MR-0",
        "householdId": "H-0",
        "personId": None,
        "programmeCode": "KIS_PBI",
        "status": "OFFERED",
        "expiresAt": "2026-08-01T00:00:00Z",
    }


async def test_receipts_that_are_missing_leave_nothing_delivered(scripted, connect):
    district = District()
    district.change = lambda receipts: receipts[1:]
    with pytest.raises(Retriable, match="1 of 3 missing, 0 not asked for"):
        await connect(scripted(district)).deliver([match(n) for n in range(3)])


def checked(sdl: str, code: str = "35.10", version: int = 1) -> dict[str, object]:
    district = {"regionCode": code, "contractVersion": version}
    return {"data": {"_service": {"sdl": sdl}, "district": district}}


async def test_a_district_that_serves_the_contract_passes_the_check(scripted, reply, connect):
    await connect(scripted(reply(checked(load_contract())))).check()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (checked(load_contract(), code="35.11"), "it says that it is 35.11: check its URL"),
        (checked(load_contract(), version=2), "it serves version 2 of the contract"),
        (checked("type Query {"), "its schema cannot be read as SDL"),
        (checked("type Query { a: Missing }"), "its schema cannot be read as SDL"),
        (checked("[" * 60_000), "its schema cannot be read as SDL"),
        (checked(load_contract().replace("  decile: Int\n", "")), "Household.decile is missing"),
        (checked("type Query { a: Int }"), "type MatchOutcome is missing; "),
        (checked(load_contract() + MANY), "; and 50 more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_district_that_does_not_fit_is_fatal_with_what_is_wrong(scripted, reply, connect, answer, message):
    with pytest.raises(Fatal) as caught:
        await connect(scripted(reply(answer))).check()
    assert "District 35.10 does not fit the contract: " in caught.value.message
    assert message in caught.value.message
