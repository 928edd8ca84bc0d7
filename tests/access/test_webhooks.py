"""Webhooks over GraphQL: each client has its own, and gets no more than it may see."""

from datetime import timedelta
from typing import Any

import pytest

from hub.domain.opaque_id import Kind, number_of
from hub.store.database import Database
from hub.store.events import give_positions, list_events
from hub.store.webhooks import disable, find_endpoints, give_up, note_failed
from tests.casework import note, open_case_files
from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, NOW, OWN

REGISTER = (
    "mutation ($input: WebhookRegisterInput!) { webhookRegister(input: $input) { webhook { id url topics regionCode credential"
    " status reason attempts failingSince } userErrors { code message path } } }"
)
LIST = (
    "{ webhooks { nodes { id url regionCode deadLetters { nodes { eventId kind reason attempts askedAgainAt } } } } }"
)
INPUT = {
    "idempotencyKey": "k",
    "url": "https://hook.example/in",
    "topics": ["CASE", "MATCH"],
    "credential": "file:35.10.webhook",
}


async def _register(client: Client, caller: str = "system", **changes: Any) -> dict[str, Any]:
    payload = (await client.ask(REGISTER, caller, input=INPUT | changes))["webhookRegister"]
    assert payload["userErrors"] == []
    webhook: dict[str, Any] = payload["webhook"]
    return webhook


async def _change(client: Client, field: str, type_: str, **given: Any) -> dict[str, Any]:
    query = (
        f"mutation ($input: {type_}!) {{ {field}(input: $input)"
        " { webhook { credential formerCredential formerUntil status reason } userErrors { code message } } }"
    )
    payload: dict[str, Any] = (await client.ask(query, "system", input=given))[field]
    return payload


async def test_a_webhook_is_registered_once_for_a_key_and_bound_to_what_its_client_sees(
    client: Client, world: Database
) -> None:
    webhook = await _register(client, idempotencyKey="once")
    assert await _register(client, idempotencyKey="once") == webhook
    assert {name: value for name, value in webhook.items() if name != "id"} == {
        "url": "https://hook.example/in",
        "topics": ["CASE", "MATCH"],
        "regionCode": OWN,
        "credential": "file:35.10.webhook",
        "status": "ACTIVE",
        "reason": None,
        "attempts": 0,
        "failingSince": None,
    }
    (endpoint,) = await find_endpoints(world.jobs, [number_of(Kind.WEBHOOK, webhook["id"])])
    assert endpoint is not None
    assert (endpoint.client_id, endpoint.region_from, endpoint.region_to) == ("system", "35.10", "35.10/")
    assert endpoint.with_sensitive is True  # as its client may
    other = {**INPUT, "idempotencyKey": "once", "url": "https://other.example/"}
    payload = (await client.ask(REGISTER, "system", input=other))["webhookRegister"]
    assert [error["code"] for error in payload["userErrors"]] == ["CONFLICT"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"url": "http://hook.example/"}, ["input", "url"]),
        ({"credential": "whsec_c2VjcmV0"}, ["input", "credential"]),
        ({"credential": "env:DATABASE_URL"}, ["input", "credential"]),
        ({"credential": "file:../other"}, ["input", "credential"]),
        ({"topics": []}, ["input", "topics"]),
        ({"regionCode": "35.10.01"}, ["input", "regionCode"]),
        ({"idempotencyKey": ""}, ["input", "idempotencyKey"]),
    ],
)
async def test_what_does_not_fit_is_named(client: Client, changes: dict[str, Any], path: list[str]) -> None:
    payload = (await client.ask(REGISTER, "system", input=INPUT | changes))["webhookRegister"]
    assert payload["webhook"] is None
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("INVALID", path)]


async def test_a_client_lists_its_own_and_the_ministry_all(client: Client) -> None:
    mine = await _register(client, idempotencyKey="list")
    own = (await client.ask(LIST, "system"))["webhooks"]["nodes"]
    everybodys = (await client.ask(LIST, "analyst"))["webhooks"]["nodes"]
    assert mine["id"] in {webhook["id"] for webhook in own}
    assert {webhook["regionCode"] for webhook in own} == {OWN}
    assert {webhook["regionCode"] for webhook in everybodys} == {OWN, FOREIGN}
    assert {f"https://{regency}.example/hook" for regency in (OWN, FOREIGN)} <= {w["url"] for w in everybodys}
    assert [e["extensions"]["code"] for e in await client.refused(LIST, "officer")] == ["FORBIDDEN"]


async def test_a_secret_is_rotated_with_an_overlap_and_a_webhook_disabled(client: Client) -> None:
    webhook = await _register(client, idempotencyKey="rotate")
    for _ in range(2):
        payload = await _change(
            client, "webhookRotateSecret", "WebhookRotateSecretInput", id=webhook["id"], credential="file:next"
        )
        assert payload == {
            "webhook": {
                "credential": "file:next",
                "formerCredential": "file:35.10.webhook",
                "formerUntil": "2026-03-02T08:00:00+00:00",
                "status": "ACTIVE",
                "reason": None,
            },
            "userErrors": [],
        }
    too_long = {"id": webhook["id"], "credential": "file:x", "overlapSeconds": 2_592_001}
    payload = await _change(client, "webhookRotateSecret", "WebhookRotateSecretInput", **too_long)
    assert [error["code"] for error in payload["userErrors"]] == ["INVALID"]
    for _ in range(2):
        payload = await _change(client, "webhookDisable", "WebhookInput", id=webhook["id"])
        assert (payload["webhook"]["status"], payload["webhook"]["reason"]) == ("DISABLED", "DISABLED_BY_ITS_CLIENT")
    payload = await _change(client, "webhookRedeliver", "WebhookRedeliverInput", id=webhook["id"], eventId="evt_1")
    assert [error["code"] for error in payload["userErrors"]] == ["CONFLICT"]


async def test_dead_letters_are_listed_with_their_reason_and_asked_for_again(client: Client, world: Database) -> None:
    webhook = await _register(client, idempotencyKey="dead")
    await open_case_files(world.jobs, OWN, 9001)
    await note(world.jobs, 9001, "a")
    last = await give_positions(world.jobs, NOW)
    (event,) = await list_events(world.jobs, last - 1, last)
    await give_up(world.jobs, number_of(Kind.WEBHOOK, webhook["id"]), event, 10, ("TIMEOUT", NOW))
    again = {"id": webhook["id"], "eventId": event.id}
    assert (await _change(client, "webhookRedeliver", "WebhookRedeliverInput", **again))["userErrors"] == []
    for wrong in ("evt_0", "evt_x", "evt_²", event.id + "0" * 20, ""):
        payload = await _change(client, "webhookRedeliver", "WebhookRedeliverInput", id=webhook["id"], eventId=wrong)
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    own = (await client.ask(LIST, "system"))["webhooks"]["nodes"]
    (letters,) = [w["deadLetters"]["nodes"] for w in own if w["id"] == webhook["id"]]
    assert letters == [
        {
            "eventId": event.id,
            "kind": "case.noted",
            "reason": "TIMEOUT",
            "attempts": 10,
            "askedAgainAt": "2026-03-01T08:00:00+00:00",
        }
    ]


async def test_a_disabled_webhook_goes_on_where_it_stood_when_it_is_enabled(client: Client, world: Database) -> None:
    webhook = await _register(client, idempotencyKey="enable")
    number = number_of(Kind.WEBHOOK, webhook["id"])
    (before,) = await find_endpoints(world.jobs, [number])
    await note_failed(world.jobs, number, "TIMEOUT", NOW + timedelta(days=1), NOW - timedelta(days=6))
    await disable(world.jobs, number, "FAILED_TOO_LONG")
    for _ in range(2):
        payload = await _change(client, "webhookEnable", "WebhookInput", id=webhook["id"])
        assert payload["userErrors"] == []
        assert (payload["webhook"]["status"], payload["webhook"]["reason"]) == ("ACTIVE", None)
    (after,) = await find_endpoints(world.jobs, [number])
    assert after is not None
    assert before is not None
    assert (after.position, after.attempts, after.failing_since, after.next_attempt_at) == (
        before.position,
        0,
        None,
        NOW,
    )


async def test_what_the_ministry_disabled_its_client_does_not_enable(client: Client) -> None:
    webhook = await _register(client, idempotencyKey="ministry")
    change = "mutation ($input: WebhookInput!) { %s(input: $input) { webhook { status reason } userErrors { code message } } }"
    disabled = (await client.ask(change % "webhookDisable", "analyst", input={"id": webhook["id"]}))["webhookDisable"]
    assert disabled["webhook"] == {"status": "DISABLED", "reason": "DISABLED_BY_THE_MINISTRY"}
    [refused] = await client.refused(change % "webhookEnable", "system", input={"id": webhook["id"]})
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert refused["message"] == "the ministry disabled this webhook: ask the ministry to enable it"
    enabled = (await client.ask(change % "webhookEnable", "analyst", input={"id": webhook["id"]}))["webhookEnable"]
    assert enabled["webhook"] == {"status": "ACTIVE", "reason": None}


async def test_a_client_has_a_bounded_number_of_webhooks(client: Client) -> None:
    codes: list[str] = []
    for number in range(22):
        given = INPUT | {"idempotencyKey": f"many {number}"}
        payload = (await client.ask(REGISTER, "analyst", input=given))["webhookRegister"]
        codes += [error["code"] for error in payload["userErrors"]]
    assert codes == ["CONFLICT", "CONFLICT"]
