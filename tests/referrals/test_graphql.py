"""Referrals over GraphQL: inbox and outbox, package, clocks, history, and one mutation for each action."""

from typing import Any

import pytest

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.referrals import ReferralAction, ReferralStatus
from tests.referrals.stage import Stage
from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, NOW, OWN, household_of, nik, person_of

_S = ReferralStatus
_WHOLE = """
    reference fromParty toParty status version outcome reason legNo redirectedTo
    purpose { purposeCode descriptionId } package { field labelId value }
    clocks { acceptance { dueAt state settledAt } completion { dueAt state } }
    caseFile { id status } receiverCaseFile { channel } household { id } person { id }
    history { version fromStatus toStatus side actor reason }
"""


async def _move(client: Client, mutation: str, input_: str, caller: str, **given: Any) -> dict[str, Any]:
    query = (
        f"mutation ($input: {input_}!) {{ {mutation}(input: $input)"
        " { referral { id status version } userErrors { code message path } } }"
    )
    payload: dict[str, Any] = (
        await client.ask(query, caller, input={"idempotencyKey": f"{mutation} {caller}", **given})
    )[mutation]
    return payload


async def _read(client: Client, id_: str, caller: str) -> Any:
    return (await client.ask(f"query ($id: ID!) {{ referral(id: $id) {{ {_WHOLE} }} }}", caller, id=id_))["referral"]


async def test_a_referral_goes_its_way_by_one_mutation_for_each_action(client: Client, stage: Stage) -> None:
    case = await stage.case()
    payload = await _move(
        client, "referralDraft", "ReferralDraftInput", "officer",
        caseFileId=case.id, purposeCode="HEALTH_TREATMENT", toParty=FOREIGN, personId=opaque_id(Kind.PERSON, person_of(OWN, 1)),
    )  # fmt: skip
    id_ = payload["referral"]["id"]
    way = [
        ("referralSend", "ReferralInput", "officer", {"expectedVersion": 1}, "SENT"),
        ("referralAccept", "ReferralAcceptInput", "foreign-officer", {"opensCaseFile": True}, "ACCEPTED"),
        ("referralBegin", "ReferralInput", "foreign-officer", {}, "IN_SERVICE"),
        ("referralComplete", "ReferralReasonInput", "foreign-officer", {"reason": "sembuh"}, "COMPLETED"),
        ("referralClose", "ReferralCloseInput", "officer", {}, "CLOSED"),
    ]
    for mutation, input_, caller, given, status in way:
        payload = await _move(client, mutation, input_, caller, id=id_, **given)
        assert payload["userErrors"] == []
        assert payload["referral"]["status"] == ("DELIVERED" if status == "SENT" else status)
    seen = await _read(client, id_, "officer")
    assert [(e["fromStatus"], e["toStatus"], e["side"], e["actor"]) for e in seen["history"]] == [
        (None, "DRAFT", "SENDER", "officer"),
        ("DRAFT", "SENT", "SENDER", "officer"),
        ("SENT", "DELIVERED", "HUB", "hub"),
        ("DELIVERED", "ACCEPTED", "RECEIVER", "foreign"),
        ("ACCEPTED", "IN_SERVICE", "RECEIVER", "foreign"),
        ("IN_SERVICE", "COMPLETED", "RECEIVER", "foreign"),
        ("COMPLETED", "CLOSED", "SENDER", "officer"),
    ]
    assert (seen["outcome"], seen["reason"], seen["caseFile"]["status"]) == ("COMPLETED", "sembuh", "IN_PROGRESS")


async def test_the_receiver_sees_the_package_and_not_the_household_behind_it(client: Client, stage: Stage) -> None:
    referral = await stage.walk(_S.ACCEPTED)
    seen = await _read(client, referral.id, "foreign-officer")
    assert (seen["household"], seen["person"], seen["caseFile"]) == (None, None, None)
    assert {entry["field"]: entry["value"] for entry in seen["package"]} == {
        "name": "Slamet 1",
        "birth_date": "1990-01-01",
        "sex": "MALE",
        "nik": nik(OWN, 1),
        "is_pregnant": "false",
        "disability": "NONE",
        "has_chronic_illness": None,
        "village": "35.10.01.2001 Sarongan",
        "summary": "Perlu berobat",
    }
    assert seen["history"][0]["toStatus"] == "SENT", "how it was drafted is the sender's own"
    own = await _read(client, referral.id, "officer")
    assert own["household"] == {"id": opaque_id(Kind.HOUSEHOLD, household_of(OWN, 1))}
    assert await _read(client, referral.id, "masked-officer") is not None
    masked = await _read(client, referral.id, "masked-officer")
    assert [e["value"] for e in masked["package"] if e["field"] == "nik"] == ["3510**********01"]


async def test_inbox_and_outbox_are_paged_and_narrowed(client: Client, stage: Stage) -> None:
    case = await stage.case()
    made = [await stage.walk(_S.DELIVERED, case) for _ in range(3)]
    made.append(await stage.walk(_S.DELIVERED, case, to_party="35.09/DINAS_KESEHATAN"))
    ids = [referral.id for referral in made]

    async def listed(arguments: str, caller: str) -> list[str]:
        found: list[str] = []
        after: str | None = None
        while True:
            query = (
                f"query ($after: String) {{ referrals({arguments} first: 2 after: $after)"
                " { nodes { id } pageInfo { hasNextPage endCursor } } }"
            )
            page = (await client.ask(query, caller, after=after))["referrals"]
            found += [node["id"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    assert await listed("direction: IN", "foreign-officer") == ids
    assert (await listed("direction: OUT", "officer"))[1:] == ids, "the first is a draft of the world"
    assert (await listed("", "officer"))[1:] == ids
    assert await listed('direction: IN partyCode: "35.09"', "foreign-officer") == ids[:3]
    assert await listed('direction: IN status: ACCEPTED partyCode: "35.09"', "foreign-officer") == []
    assert await listed("direction: IN", "analyst") == []
    assert (await listed("", "analyst"))[2:] == ids
    await stage.execute(
        "update referral set due_at = $1 where referral_id = $2", NOW.replace(hour=1), made[1].referral_id
    )
    assert await listed("direction: IN overdue: true", "foreign-officer") == [ids[1]]


async def test_case_files_name_their_referrals_on_both_sides(client: Client, stage: Stage) -> None:
    case = await stage.case()
    referral = await stage.walk(_S.DELIVERED, case)
    accepted = await stage.do(ReferralAction.ACCEPT, referral, opens_case=True)
    query = "query ($id: ID!) { caseFile(id: $id) { referrals { id toParty } } }"
    expected = {"caseFile": {"referrals": [{"id": referral.id, "toParty": FOREIGN}]}}
    assert await client.ask(query, "officer", id=case.id) == expected
    other = opaque_id(Kind.CASE_FILE, accepted.receiver_case_file_id or 0)
    assert await client.ask(query, "foreign-officer", id=other) == expected


async def test_what_a_caller_can_mend_is_said_in_user_errors(client: Client, stage: Stage) -> None:
    referral = await stage.walk(_S.DELIVERED)
    wrong = await _move(
        client, "referralRedirect", "ReferralRedirectInput", "foreign-officer", id=referral.id, reason="x", toParty="?"
    )
    assert (wrong["referral"], wrong["userErrors"][0]["code"], wrong["userErrors"][0]["path"]) == (
        None, "INVALID", ["input", "toParty"],
    )  # fmt: skip
    stale = await _move(
        client, "referralAccept", "ReferralAcceptInput", "foreign-officer", id=referral.id, expectedVersion=1
    )
    assert [error["code"] for error in stale["userErrors"]] == ["CONFLICT"]
    query = 'mutation ($id: ID!) { referralAccept(input: {id: $id, idempotencyKey: "k"}) { userErrors { code } } }'
    [denied] = await client.refused(query, "officer", id=referral.id)
    assert denied["extensions"]["code"] == "FORBIDDEN"
    assert denied["message"].endswith("is for its receiver 35.09, and not for you")


@pytest.mark.parametrize("caller", ["officer", "partner"])
async def test_purposes_tell_everybody_what_a_package_holds(client: Client, caller: str) -> None:
    purposes = (await client.ask("{ referralPurposes { purposeCode version fields receiverKinds } }", caller))[
        "referralPurposes"
    ]
    assert {p["purposeCode"]: p["receiverKinds"] for p in purposes}["CIVIL_REGISTRATION"] == ["DISTRICT", "DUKCAPIL"]
    assert "address" not in {p["purposeCode"]: p["fields"] for p in purposes}["SHELTER"]


async def test_every_purpose_makes_a_package_of_exactly_its_fields(client: Client, stage: Stage) -> None:
    purposes = (await client.ask("{ referralPurposes { purposeCode fields receiverKinds } }"))["referralPurposes"]
    case = await stage.case()
    for purpose in purposes:
        kind = purpose["receiverKinds"][0]
        to_party = FOREIGN if kind == "DISTRICT" else kind
        referral = await stage.draft(case, purpose_code=purpose["purposeCode"], to_party=to_party)
        assert set(referral.package) == set(purpose["fields"])
