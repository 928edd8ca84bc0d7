"""Each rule of graphql-transport-ws, over real sockets: how it opens, what is answered, and with which code it is closed."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import InvalidStatus

from hub.domain.errors import Retriable
from hub.store.database import Database
from server.graphql_request import HttpLimits, SocketLimits
from tests.casework import note, open_case_files
from tests.server.sockets import Hub, Speaker, closing, serving

VIEWER = "{ viewer { role } }"
CASES = "subscription ($region: String, $after: String) { caseEvents(regionCode: $region, after: $after) { kind } }"
LIMITS = SocketLimits(sockets=4, sockets_per_client=2, operations=2, init_seconds=0.5, look_seconds=0.1)


@pytest.fixture
async def hub(database: Database) -> AsyncIterator[Hub]:
    async with serving(database, HttpLimits(body=2_000, sockets=LIMITS)) as hub:
        yield hub


async def test_a_query_is_answered_once_and_completed(hub: Hub) -> None:
    async with hub.client() as client:
        await client.subscribe(VIEWER, "a")
        assert await client.hear() == {
            "id": "a",
            "type": "next",
            "payload": {"data": {"viewer": {"role": "DISTRICT_OFFICER"}}},
        }
        assert await client.hear() == {"id": "a", "type": "complete"}
        await client.subscribe(VIEWER, "a")  # the id may be used again
        assert await client.data("a") == {"viewer": {"role": "DISTRICT_OFFICER"}}


async def test_a_ping_is_answered_and_a_pong_is_not_before_and_after_the_greeting(hub: Hub) -> None:
    async with hub.raw() as socket:
        speaker = Speaker(socket)
        await speaker.say(type="ping", payload={"a": 1})
        assert await speaker.hear() == {"type": "pong"}
        await speaker.say(type="pong")
        await speaker.say(type="connection_init", payload={"authorization": "Bearer officer"})
        assert await speaker.hear() == {"type": "connection_ack"}
        await speaker.say(type="pong")
        await speaker.say(type="ping")
        assert await speaker.hear() == {"type": "pong"}


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws"])
async def test_4406_another_subprotocol(hub: Hub, subprotocol: str | None) -> None:
    async with hub.raw(subprotocol) as socket:
        assert await closing(socket) == (4406, "the subprotocol here is graphql-transport-ws")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "a message is a JSON object with type, and id and payload where they belong"),
        ("[]", "a message is a JSON object with type, and id and payload where they belong"),
        ('{"id":"1"}', "a message is a JSON object with type, and id and payload where they belong"),
        ('{"type":"start","id":"1"}', "'start' is no message of a client"),
        ('{"type":"next","id":"1"}', "'next' is no message of a client"),
        ('{"type":"subscribe","payload":{"query":"{ viewer { role } }"}}', "subscribe needs an id"),
        ('{"type":"subscribe","id":"","payload":{"query":"{ viewer { role } }"}}', "an id has 1 to 200 characters"),
        (b"{}", "messages are text"),
    ],
)
async def test_4400_no_message_of_the_protocol(hub: Hub, message: str | bytes, reason: str) -> None:
    async with hub.client() as client:
        await client.socket.send(message)
        assert await closing(client.socket) == (4400, reason)


async def test_4401_asked_before_the_greeting(hub: Hub) -> None:
    async with hub.raw() as socket:
        await Speaker(socket).subscribe(VIEWER)
        assert await closing(socket) == (4401, "send connection_init first, and wait for connection_ack")


@pytest.mark.parametrize("payload", [{"authorization": "Bearer nobody"}, {}, None, {"authorization": 7}, "token"])
async def test_4403_no_token_that_holds(hub: Hub, payload: object) -> None:
    async with hub.raw() as socket:
        await Speaker(socket).say(type="connection_init", payload=payload)
        assert (await closing(socket))[0] == 4403
    assert hub.app.telling.sockets.subscribed == 0


async def test_4403_a_token_that_expires_ends_the_socket_and_what_runs_on_it(hub: Hub, database: Database) -> None:
    async with hub.client() as client, hub.client("analyst") as other:
        for one in (client, other):
            await one.subscribe(CASES)
        await hub.until_followed(2)
        hub.doorkeeper.withdrawn.add("officer")
        assert await closing(client.socket) == (4403, "the token has expired: get a new one")
        assert (hub.app.telling.feed.followers, hub.app.telling.sockets.subscribed) == (1, 1)
        await open_case_files(database.jobs, "35.10", 1)
        await note(database.jobs, 1, "a")
        assert await other.data() == {"caseEvents": {"kind": "case.noted"}}


async def test_1013_the_issuers_keys_cannot_be_had_now(hub: Hub) -> None:
    hub.doorkeeper.fails_with = Retriable("issuer", "the issuer's keys cannot be had now: try again later")
    async with hub.raw() as socket:
        await Speaker(socket).say(type="connection_init", payload={"authorization": "Bearer officer"})
        assert await closing(socket) == (1013, "the issuer's keys cannot be had now: try again later")


async def test_a_socket_stays_open_while_the_issuers_keys_cannot_be_had(hub: Hub) -> None:
    async with hub.client() as client:
        hub.doorkeeper.fails_with = Retriable("issuer", "the issuer's keys cannot be had now")
        await asyncio.sleep(0.3)
        await client.subscribe(VIEWER)
        assert await client.data() == {"viewer": {"role": "DISTRICT_OFFICER"}}


async def test_4500_a_bug_is_masked_and_logged_with_an_id(hub: Hub) -> None:
    hub.doorkeeper.fails_with = ValueError("a secret")
    async with hub.raw() as socket:
        await Speaker(socket).say(type="connection_init", payload={"authorization": "Bearer officer"})
        code, reason = await closing(socket)
    assert code == 4500
    assert re.fullmatch(r"an internal error happened; tell the operator of the hub its id [0-9a-f]{12}", reason)


async def test_4408_nobody_says_who_asks(hub: Hub) -> None:
    async with hub.raw() as socket:
        await Speaker(socket).say(type="ping")
        assert await closing(socket) == (4408, "connection_init did not come within 0.5 s")


async def test_4409_an_id_that_is_in_use(hub: Hub) -> None:
    async with hub.client() as client:
        await client.subscribe(CASES, "a")
        await client.subscribe(CASES, "a")
        assert await closing(client.socket) == (4409, "a subscriber for a exists already")


async def test_4429_a_second_greeting(hub: Hub) -> None:
    async with hub.client() as client:
        await client.say(type="connection_init", payload={"authorization": "Bearer officer"})
        assert await closing(client.socket) == (4429, "connection_init came twice")


async def test_1013_more_sockets_than_a_client_may_have(hub: Hub) -> None:
    async with hub.client(), hub.client():
        async with hub.raw() as socket:
            await Speaker(socket).say(type="connection_init", payload={"authorization": "Bearer officer"})
            assert await closing(socket) == (1013, "a client may have 2 sockets: close one")
        async with hub.client("analyst") as another:
            await another.subscribe(VIEWER)
            assert await another.data() == {"viewer": {"role": "MINISTRY_ANALYST"}}
    async with hub.client():  # those that were closed count no longer
        assert hub.app.telling.sockets.subscribed == 1


async def test_1013_more_sockets_than_there_may_be(hub: Hub) -> None:
    async with hub.client(), hub.client(), hub.client("analyst"), hub.client("analyst"), hub.raw() as socket:
        assert await closing(socket) == (1013, "too many sockets are open: try again later")


async def test_1009_a_message_that_is_too_large(hub: Hub) -> None:
    async with hub.client() as client:
        await client.subscribe("{ viewer { role } }" + " " * 2_000)
        assert await client.refused() == ("INVALID", "the body is larger than 2000 bytes: send less at a time")
        await client.socket.send("x" * 1_000_001)
        assert (await closing(client.socket))[0] == 1009


async def test_more_operations_than_a_socket_may_run_are_refused_and_the_others_go_on(hub: Hub) -> None:
    async with hub.client() as client:
        await client.subscribe(CASES, "a")
        await client.subscribe(CASES, "b")
        await client.subscribe(VIEWER, "c")
        assert await client.refused("c") == ("INVALID", "2 operations run on this socket: complete one first")
        await client.say(type="complete", id="a")
        await client.subscribe(VIEWER, "c")
        assert await client.data("c") == {"viewer": {"role": "DISTRICT_OFFICER"}}


async def test_complete_ends_a_subscription_and_one_for_an_unknown_id_is_no_fault(hub: Hub) -> None:
    async with hub.client() as client:
        await client.subscribe(CASES)
        await hub.until_followed(1)
        await client.say(type="complete", id="1")
        await client.say(type="complete", id="2")
        await client.say(type="complete")
        await hub.until_followed(0)
        await client.subscribe(VIEWER)
        assert await client.data() == {"viewer": {"role": "DISTRICT_OFFICER"}}


async def test_a_socket_that_is_closed_ends_what_runs_on_it(hub: Hub) -> None:
    async with hub.client() as client:
        await client.subscribe(CASES)
        await hub.until_followed(1)
    await hub.until_followed(0)
    assert (hub.app.telling.sockets.open, hub.app.telling.sockets.subscribed) == (0, 0)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { caseEvents { kind } matchEvents { kind } }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { caseEvents(regionCode: "35.10.01") { kind } }', "INVALID"),
        ('subscription { caseEvents(regionCode: "35.09") { kind } }', "FORBIDDEN"),
        ('subscription { caseEvents(after: "x") { kind } }', "INVALID"),
        ('subscription { caseEvents(after: "ZXZlbnRzOjEy") { kind } }', "INVALID"),
        ("subscription { caseEvents { caseFile { household { members { household { members { household { members { household"
         " { members { household { members { household { members { household { members { name } } } } } } } } } } } } } } } } }",
         "INVALID"),
        ("{ personsByNik(nik: \"3510010101900001\") { name } }", "INVALID"),
    ],
)  # fmt: skip
async def test_what_is_refused_over_http_is_refused_here_and_the_socket_stays_open(
    hub: Hub, query: str, code: str
) -> None:
    async with hub.client() as client:
        await client.subscribe(query)
        assert (await client.refused())[0] == code
        await client.subscribe(VIEWER, "2")
        assert await client.data("2") == {"viewer": {"role": "DISTRICT_OFFICER"}}


async def test_a_scope_that_is_missing_refuses_a_subscription(hub: Hub) -> None:
    async with hub.client("partner") as client:
        await client.subscribe("subscription { matchEvents { kind } }")
        assert (await client.refused())[0] == "FORBIDDEN"


async def test_another_path_is_no_socket(hub: Hub) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with hub.raw(path="/healthz"):
            pass


async def test_what_stands_in_a_sockets_url_reaches_no_log(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.INFO)
    async with hub.raw(path="/graphql?token=secret"):
        pass
    logger.removeHandler(caplog.handler)
    assert any("/graphql" in line for line in caplog.messages)
    assert "secret" not in caplog.text
