"""What callers change, and what they are told when they cannot."""

from typing import Any

import pytest

from hub.domain.opaque_id import Kind, opaque_id
from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, OWN, VILLAGES, household_of, kk, nik

SUBMIT = """mutation ($input: HouseholdsSubmitInput!) { householdsSubmit(input: $input) { submission { received merged unchanged
  rejects { recordKind recordId field code severity value wayOut } } userErrors { code message path } } }"""


def _household(number: int, **changes: Any) -> dict[str, Any]:
    values = {
        "recordId": f"new{number}",
        "revision": 1,
        "observedAt": "2026-03-01T08:00:00+07:00",
        "regionCode": VILLAGES[OWN],
        "kkNumber": kk(OWN, 7000 + number),
        "decile": 1,
        "members": [{"recordId": f"newp{number}", "nik": nik(OWN, 7000 + number), "sex": "MALE", "isHead": True}],
    }
    return values | changes


def _move(name: str, kind: str = "MatchInput") -> str:
    return f"""mutation ($input: {kind}!) {{ {name}(input: $input) {{ match {{ id status reasonCode history {{ toStatus }} }}
      userErrors {{ code message }} }} }}"""


def _run(name: str, kind: str = "AllocationRunInput") -> str:
    return f"""mutation ($input: {kind}!) {{ {name}(input: $input) {{
      allocationRun {{ id status seed createdBy approvedBy candidateCount placed }} userErrors {{ code message path }} }} }}"""


async def test_pushed_households_go_in_and_the_same_push_again_gives_the_first_answer(writer: Client) -> None:
    given = {"idempotencyKey": "a", "households": [_household(1), _household(2, kkNumber="12")]}
    first = (await writer.ask(SUBMIT, "system", input=given))["householdsSubmit"]
    assert first == {
        "submission": {
            "received": 2,
            "merged": 2,
            "unchanged": 0,
            "rejects": [
                {
                    "recordKind": "HOUSEHOLD",
                    "recordId": "new2",
                    "field": "kkNumber",
                    "code": "KK_NOT_16_DIGITS",
                    "severity": "FIELD",
                    "value": "12",
                    "wayOut": "A family card number has 16 digits: correct it from the card, or send null.",
                }
            ],
        },
        "userErrors": [],
    }
    assert (await writer.ask(SUBMIT, "system", input=given))["householdsSubmit"] == first
    household = opaque_id(Kind.HOUSEHOLD, household_of(OWN, 1))
    assert (await writer.ask("query ($id: ID!) { household(id: $id) { id } }", id=household))["household"] is not None
    found = await writer.ask(
        "query ($nik: String!) { personsByNik(nik: $nik) { isHead sex household { kkStatus } } }", nik=nik(OWN, 7002)
    )
    assert found["personsByNik"] == [{"isHead": True, "sex": "MALE", "household": {"kkStatus": "INVALID"}}]


async def test_a_used_key_with_other_households_is_a_conflict_and_changes_nothing(writer: Client) -> None:
    await writer.ask(SUBMIT, "system", input={"idempotencyKey": "a", "households": [_household(1)]})
    payload = await writer.ask(SUBMIT, "system", input={"idempotencyKey": "a", "households": [_household(2)]})
    assert payload["householdsSubmit"]["submission"] is None
    assert payload["householdsSubmit"]["userErrors"][0]["code"] == "CONFLICT"
    assert "'a' was used for another householdsSubmit" in payload["householdsSubmit"]["userErrors"][0]["message"]
    assert await writer.ask("query ($n: String!) { personsByNik(nik: $n) { id } }", n=nik(OWN, 7002)) == {
        "personsByNik": []
    }


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"idempotencyKey": "a", "households": []}, ["input", "households"], "send 1 to 500 households"),
        (
            {"idempotencyKey": "", "households": [_household(1)]},
            ["input", "idempotencyKey"],
            "an idempotency key has 1 to 200",
        ),
        (
            {"idempotencyKey": "a", "households": [_household(1, observedAt="2026-03-01T08:00:00")]},
            ["input", "households", "0", "observedAt"],
            "a time needs its zone",
        ),
        (
            {"idempotencyKey": "a", "households": [_household(1, members=[{"recordId": str(n)} for n in range(61)])]},
            ["input", "households", "0", "members"],
            "at most 60 members, not 61",
        ),
    ],
)
async def test_a_push_that_does_not_fit_says_where(
    client: Client, given: dict[str, Any], path: list[str], message: str
) -> None:
    payload = (await client.ask(SUBMIT, "system", input=given))["householdsSubmit"]
    assert payload["submission"] is None
    assert payload["userErrors"][0]["path"] == path
    assert message in payload["userErrors"][0]["message"]


@pytest.mark.parametrize("caller", ["officer", "analyst", "partner"])
async def test_only_a_districts_system_may_push(client: Client, caller: str) -> None:
    errors = await client.refused(SUBMIT, caller, input={"idempotencyKey": "a", "households": [_household(1)]})
    assert errors[0]["message"].startswith("this needs the scope registry:write")


async def test_an_offered_match_is_accepted_once_and_then_stands(writer: Client) -> None:
    found = await writer.ask("{ matches(status: OFFERED, first: 2) { nodes { id } } }")
    first, second = (node["id"] for node in found["matches"]["nodes"])
    given = {"id": first, "idempotencyKey": "yes"}
    for _ in range(2):
        payload = (await writer.ask(_move("matchAccept"), input=given))["matchAccept"]
        assert payload["match"]["status"] == "ACCEPTED"
        assert [event["toStatus"] for event in payload["match"]["history"]] == [
            "PROPOSED",
            "RESERVED",
            "OFFERED",
            "ACCEPTED",
        ]
    offered = (await writer.ask(_move("matchOffer"), input={"id": first, "idempotencyKey": "again"}))["matchOffer"]
    assert offered["match"] is None
    assert offered["userErrors"][0]["code"] == "CONFLICT"
    assert "is ACCEPTED and cannot move so" in offered["userErrors"][0]["message"]
    reused = (await writer.ask(_move("matchOffer"), input=given))["matchOffer"]
    assert "'yes' was used for another move" in reused["userErrors"][0]["message"]
    declined = await writer.ask(
        _move("matchDecline", "MatchDeclineInput"),
        input={"id": second, "idempotencyKey": "no", "reasonCode": "NOT_WANTED"},
    )
    assert declined["matchDecline"]["match"]["status"] == "DECLINED"
    assert declined["matchDecline"]["match"]["reasonCode"] == "NOT_WANTED"


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_move_needs_a_key_of_a_sensible_length(client: Client, key: str) -> None:
    given = {"id": opaque_id(Kind.MATCH, 1), "idempotencyKey": key}
    payload = (await client.ask(_move("matchAccept"), input=given))["matchAccept"]
    assert payload["match"] is None
    assert payload["userErrors"] == [{"code": "INVALID", "message": "an idempotency key has 1 to 200 characters"}]


async def test_a_run_is_approved_by_somebody_else_than_its_creator(writer: Client) -> None:
    draft = {"idempotencyKey": "r", "programmeCodes": ["SEMBAKO"], "period": "2026", "seed": 2**40}
    created = (await writer.ask(_run("allocationRunCreate", "AllocationRunCreateInput"), "analyst", input=draft))[
        "allocationRunCreate"
    ]["allocationRun"]
    assert (created["status"], created["seed"], created["createdBy"]) == ("DRAFT", 2**40, "analyst")
    given = {"id": created["id"]}
    early = (await writer.ask(_run("allocationRunExecute"), "analyst", input=given))["allocationRunExecute"]
    assert "is DRAFT and cannot be executed" in early["userErrors"][0]["message"]
    simulated = (await writer.ask(_run("allocationRunSimulate"), "analyst", input=given))["allocationRunSimulate"]
    assert simulated["allocationRun"]["status"] == "SIMULATED"
    assert (simulated["allocationRun"]["candidateCount"], simulated["allocationRun"]["placed"]) == (76, 0)
    own = await writer.refused(_run("allocationRunApprove"), "analyst", input=given)
    assert own[0]["extensions"]["code"] == "FORBIDDEN"
    assert "was created by you" in own[0]["message"]
    approved = (await writer.ask(_run("allocationRunApprove"), "approver", input=given))["allocationRunApprove"]
    assert approved["allocationRun"]["approvedBy"] == "approver"
    executed = (await writer.ask(_run("allocationRunExecute"), "analyst", input=given))["allocationRunExecute"]
    assert executed["allocationRun"]["status"] == "EXECUTED"


async def test_the_same_key_gives_the_same_run_and_with_other_values_a_conflict(writer: Client) -> None:
    mutation = _run("allocationRunCreate", "AllocationRunCreateInput")
    draft = {"idempotencyKey": "once", "programmeCodes": ["PKH"], "period": "2026", "seed": 1}
    first = (await writer.ask(mutation, "analyst", input=draft))["allocationRunCreate"]
    again = (await writer.ask(mutation, "analyst", input=draft))["allocationRunCreate"]
    assert again == first
    other = (await writer.ask(mutation, "analyst", input=draft | {"seed": 2}))["allocationRunCreate"]
    assert other["allocationRun"] is None
    assert other["userErrors"][0]["code"] == "CONFLICT"


@pytest.mark.parametrize("seed", [2**63, -(2**63) - 1, 10**30, True, "7"])
async def test_a_seed_that_is_no_number_of_64_bits_is_the_callers_to_mend(client: Client, seed: object) -> None:
    draft = {"idempotencyKey": "r", "programmeCodes": ["PKH"], "period": "2026", "seed": seed}
    mutation = _run("allocationRunCreate", "AllocationRunCreateInput")
    (error,) = await client.refused(mutation, "analyst", input=draft)
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "is not a whole number of 64 bits" in error["message"]


async def test_a_run_for_an_unknown_programme_or_of_an_unknown_id_is_explained(client: Client) -> None:
    draft = {"idempotencyKey": "r", "programmeCodes": ["BLT"], "period": "2026", "seed": 1}
    payload = (await client.ask(_run("allocationRunCreate", "AllocationRunCreateInput"), "analyst", input=draft))[
        "allocationRunCreate"
    ]
    assert payload["allocationRun"] is None
    assert "'BLT'" in payload["userErrors"][0]["message"]
    missing = {"id": opaque_id(Kind.ALLOCATION_RUN, 999)}
    payload = (await client.ask(_run("allocationRunSimulate"), "analyst", input=missing))["allocationRunSimulate"]
    assert payload["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_case_file_is_opened_and_moved_on(writer: Client) -> None:
    create = """mutation ($input: CaseFileCreateInput!) { caseFileCreate(input: $input) {
      caseFile { id number status household { id } region { code } sourceStamp { system } } userErrors { code path } } }"""
    household = opaque_id(Kind.HOUSEHOLD, household_of(OWN, 1))
    given = {
        "idempotencyKey": "k",
        "regionCode": VILLAGES[OWN],
        "householdId": household,
        "type": "COMPLAINT",
        "category": "HEALTH",
        "channel": "WHATSAPP",
    }
    made = (await writer.ask(create, input=given))["caseFileCreate"]["caseFile"]
    assert made["number"] == "35.10-2026-00001"
    assert made["household"] == {"id": household}
    assert made["sourceStamp"] == {"system": "HUB"}
    triage = """mutation ($input: CaseFileTriageInput!) { caseFileTriage(input: $input) {
      caseFile { status summary history { nodes { eventNo fieldGroup fromValue toValue actor changes { name value } } } }
      userErrors { code message } } }"""
    moved = await writer.ask(triage, input={"id": made["id"], "idempotencyKey": "k", "summary": "Kartu hilang"})
    assert moved["caseFileTriage"]["caseFile"]["status"] == "TRIAGED"
    assert moved["caseFileTriage"]["caseFile"]["summary"] == "Kartu hilang"
    lines = moved["caseFileTriage"]["caseFile"]["history"]["nodes"]
    assert [(line["eventNo"], line["fieldGroup"], line["toValue"]) for line in lines] == [
        (1, "OPENING", "RECEIVED"),
        (2, "STATUS", "TRIAGED"),
        (3, "DESCRIPTION", None),
    ]
    assert lines[2]["changes"] == [{"name": "summary", "value": "Kartu hilang"}]
    wrong = (await writer.ask(create, input={**given, "idempotencyKey": "l", "regionCode": "35.10.99"}))[
        "caseFileCreate"
    ]
    assert wrong == {"caseFile": None, "userErrors": [{"code": "INVALID", "path": ["input", "regionCode"]}]}
    foreign = await writer.refused(create, input={**given, "idempotencyKey": "m", "regionCode": FOREIGN})
    assert foreign[0]["extensions"]["code"] == "FORBIDDEN"
