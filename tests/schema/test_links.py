"""The review queue as officers see it: both records side by side, what agrees, how much it weighs, and masked numbers."""

import asyncio
from typing import Any

import pytest

from hub.domain.ids import person_id
from hub.domain.opaque_id import Kind, opaque_id
from tests.schema.world import Client
from tests.schema.world_records import OWN, TWICE_ON_THE_ROSTER, VILLAGES, nik, person_of

QUEUE = """query ($order: LinkOrder!, $first: Int!, $after: String) { links(order: $order, first: $first, after: $after) {
  nodes { id status method weight weightsVersion programme { code } household { region { code } } person { id name nik birthDate }
    member { id } comparisons { comparison level bits } history { fromStatus toStatus actor }
    rosterEntry { status name birthDate nik kkNumber region { code } sourceStamp { system recordId } } }
  pageInfo { hasNextPage endCursor } } }"""
DECIDE = """mutation ($input: LinkDecideInput!) { linkDecide(input: $input) { link { status method decidedBy reason
  person { enrolments { linkMethod } verdicts { status programme { code } } } } userErrors { code message path } } }"""
UNDO = """mutation ($input: LinkUndoInput!) { linkUndo(input: $input) { link { status history { toStatus reason } }
  userErrors { code message } } }"""


async def _queue(client: Client, caller: str = "officer", **variables: Any) -> Any:
    return (await client.ask(QUEUE, caller, **({"order": "OLDEST", "first": 50} | variables)))["links"]


async def test_the_queue_shows_both_records_and_what_speaks_for_them(client: Client) -> None:
    one, other = (await _queue(client))["nodes"]
    assert [node["rosterEntry"]["sourceStamp"] for node in (one, other)] == [
        {"system": "KIS", "recordId": f"kis-{OWN}-{twin}"} for twin in ("a", "b")
    ]
    assert one["person"] == {
        "id": opaque_id(Kind.PERSON, person_of(OWN, 6, 2)),
        "name": TWICE_ON_THE_ROSTER[OWN],
        "nik": nik(OWN, 6, woman=True),
        "birthDate": "1990-01-01",
    }
    assert one["member"] == {"id": one["person"]["id"]}
    assert one["household"] == {"region": {"code": VILLAGES[OWN]}}
    entry = {name: one["rosterEntry"][name] for name in ("name", "birthDate", "nik", "kkNumber", "region")}
    assert entry == {
        "name": TWICE_ON_THE_ROSTER[OWN],
        "birthDate": "1990-01-01",
        "nik": None,
        "kkNumber": None,
        "region": {"code": VILLAGES[OWN]},
    }
    assert (one["status"], one["method"], one["programme"]) == ("REVIEW", "PROBABILISTIC", {"code": "KIS_PBI"})
    levels = {part["comparison"]: part["level"] for part in one["comparisons"]}
    assert levels == {
        "prior": "prior",
        "name": "SAME_SPELLING",
        "birth_date": "SAME_BY_NIK",
        "nik": "VOID",
        "kk_number": "VOID",
        "place": "SAME_VILLAGE",
        "sex": "SAME",
    }
    assert sum(part["bits"] for part in one["comparisons"]) == pytest.approx(one["weight"], abs=0.01)
    assert one["history"] == [{"fromStatus": None, "toStatus": "REVIEW", "actor": "hub"}]


async def test_numbers_in_the_queue_are_masked_as_everywhere(client: Client) -> None:
    query = """{ links(status: LINKED, first: 100) { nodes { method rosterEntry { nik kkNumber } person { nik } } } }"""
    masked = (await client.ask(query, "masked-officer"))["links"]["nodes"]
    whole = (await client.ask(query, "officer"))["links"]["nodes"]
    assert {node["method"] for node in whole} == {"NIK", "KK"}
    for seen, true in zip(masked, whole, strict=True):
        for number in ("nik", "kkNumber"):
            value = true["rosterEntry"][number]
            assert seen["rosterEntry"][number] == (value and f"{value[:4]}**********{value[-2:]}")


@pytest.mark.parametrize("order", ["OLDEST", "SUREST"])
async def test_the_queue_is_paged_in_its_order(client: Client, order: str) -> None:
    whole = await _queue(client, "analyst", order=order)
    assert len(whole["nodes"]) == 4
    paged, after = [], None
    while True:
        page = await _queue(client, "analyst", order=order, first=1, after=after)
        paged += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert paged == whole["nodes"]
    if order == "SUREST":
        assert [n["weight"] for n in paged] == sorted((n["weight"] for n in paged), reverse=True)


async def test_a_decision_is_made_kept_and_taken_back(writer: Client) -> None:
    first, second = (await _queue(writer))["nodes"]
    given = {"id": first["id"], "decision": "LINK", "reason": "the card was shown", "idempotencyKey": "1"}
    made = (await writer.ask(DECIDE, input=given))["linkDecide"]
    assert made["userErrors"] == []
    link = made["link"]
    assert (link["status"], link["method"], link["decidedBy"], link["reason"]) == (
        "LINKED",
        "REVIEWED",
        "officer",
        "the card was shown",
    )
    assert link["person"]["enrolments"] == [{"linkMethod": "REVIEWED"}]
    assert {"status": "ALREADY_ENROLLED", "programme": {"code": "KIS_PBI"}} in link["person"]["verdicts"]
    assert (await writer.ask(DECIDE, input=given))["linkDecide"] == made
    again = given | {"idempotencyKey": "2", "decision": "REJECT"}
    [error] = (await writer.ask(DECIDE, "analyst", input=again))["linkDecide"]["userErrors"]
    assert error["code"] == "CONFLICT"
    assert "is LINKED, by officer: undo that first" in error["message"]
    assert [node["id"] for node in (await _queue(writer))["nodes"]] == [second["id"]]
    undo = {"id": first["id"], "reason": "it was her sister", "idempotencyKey": "3"}
    undone = (await writer.ask(UNDO, "analyst", input=undo))["linkUndo"]["link"]
    assert undone == {
        "status": "UNDONE",
        "history": [
            {"toStatus": "REVIEW", "reason": None},
            {"toStatus": "LINKED", "reason": "the card was shown"},
            {"toStatus": "UNDONE", "reason": "it was her sister"},
        ],
    }


async def test_a_reason_is_asked_for(client: Client) -> None:
    given = {"id": (await _queue(client))["nodes"][0]["id"], "decision": "LINK", "reason": "", "idempotencyKey": "1"}
    [error] = (await client.ask(DECIDE, input=given))["linkDecide"]["userErrors"]
    assert error == {"code": "INVALID", "message": "say why, in 1 to 500 characters", "path": ["input", "reason"]}


async def test_who_is_asked_about_stands_in_a_variable_alone(client: Client) -> None:
    query = """{ coverageCheck(identity: {name: "Slamet"}, programmeCode: "KIS_PBI", purpose: TREATMENT, basis: CONSENT,
      basisReference: "c") { status } }"""
    [error] = await client.refused(query, "partner")
    assert "identity must be given in a variable" in error["message"]


async def test_a_household_that_is_pushed_is_linked_at_once(writer: Client) -> None:
    submit = """mutation ($input: HouseholdsSubmitInput!) { householdsSubmit(input: $input) {
      submission { merged } userErrors { message } } }"""
    member = {"recordId": "np", "name": TWICE_ON_THE_ROSTER[OWN], "sex": "FEMALE", "birthDate": "1990-01-01"}
    household = {
        "recordId": "nh",
        "revision": 1,
        "observedAt": "2026-03-01T08:00:00+07:00",
        "regionCode": VILLAGES[OWN],
        "members": [member],
    }
    answer = await writer.ask(submit, "system", input={"idempotencyKey": "k", "households": [household]})
    assert answer["householdsSubmit"] == {"submission": {"merged": 1}, "userErrors": []}
    queue = (await _queue(writer))["nodes"]
    assert {node["person"]["id"] for node in queue} == {
        opaque_id(Kind.PERSON, person_of(OWN, 6, 2)),
        opaque_id(Kind.PERSON, person_id(OWN, "np")),
    }


async def test_pushes_and_decisions_at_once_do_not_get_in_each_others_way(writer: Client) -> None:
    submit = """mutation ($input: HouseholdsSubmitInput!) { householdsSubmit(input: $input) {
      submission { merged } userErrors { code } } }"""
    first = (await _queue(writer))["nodes"][0]

    def pushed(number: int) -> dict[str, Any]:
        member = {"recordId": f"np{number}", "name": TWICE_ON_THE_ROSTER[OWN], "birthDate": "1990-01-01"}
        return {
            "idempotencyKey": f"k{number}",
            "households": [
                {
                    "recordId": f"nh{number}",
                    "revision": 1,
                    "observedAt": "2026-03-01T08:00:00+07:00",
                    "regionCode": VILLAGES[OWN],
                    "members": [member],
                }
            ],
        }

    decision = {"id": first["id"], "decision": "LINK", "reason": "the card was shown", "idempotencyKey": "1"}
    decided, *submitted = await asyncio.gather(
        writer.ask(DECIDE, input=decision), *(writer.ask(submit, "system", input=pushed(n)) for n in range(4))
    )
    assert decided["linkDecide"]["userErrors"] == []
    assert [answer["householdsSubmit"] for answer in submitted] == [{"submission": {"merged": 1}, "userErrors": []}] * 4
    query = "{ links(status: LINKED, first: 100) { nodes { rosterEntry { sourceStamp { recordId } } } } }"
    linked = [n["rosterEntry"]["sourceStamp"]["recordId"] for n in (await writer.ask(query))["links"]["nodes"]]
    assert len(linked) == len(set(linked))
    assert first["rosterEntry"]["sourceStamp"]["recordId"] in linked
