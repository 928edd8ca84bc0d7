"""A case file over GraphQL: from a card to its answer, with what its callers are told."""

from typing import Any

from tests.schema.world import Client
from tests.schema.world_records import OWN, VILLAGES, nik

HEALTH = f"{OWN}/DINAS_KESEHATAN"


def _mutation(field: str, type_: str, selected: str = "id status statusVersion") -> str:
    return f"""mutation ($input: {type_}!) {{ {field}(input: $input) {{
      caseFile {{ {selected} }} userErrors {{ code message path }} }} }}"""


async def _do(client: Client, field: str, type_: str, caller: str, **given: Any) -> dict[str, Any]:
    given.setdefault("idempotencyKey", field)
    payload: dict[str, Any] = (await client.ask(_mutation(field, type_), caller, input=given))[field]
    return payload


async def test_a_complaint_goes_from_a_card_to_its_answer(writer: Client) -> None:
    opened = await _do(
        writer,
        "caseFileCreate",
        "CaseFileCreateInput",
        "officer",
        regionCode=VILLAGES[OWN],
        identity={"name": "Slamet 1", "nik": nik(OWN, 1), "birthDate": "1990-01-01"},
        type="COMPLAINT",
        category="HEALTH",
        channel="HOME_VISIT",
        summary="Kartu ditolak",
    )
    assert opened["userErrors"] == []
    case = opened["caseFile"]["id"]
    await _do(writer, "caseFileTriage", "CaseFileTriageInput", "officer", id=case)
    given = await _do(writer, "caseFileAssign", "CaseFileAssignInput", "officer", id=case, expectedVersion=2)
    assert given["caseFile"] == {"id": case, "status": "ASSIGNED", "statusVersion": 3}
    work = (
        "query ($of: String!) { agencyWork(agencyCode: $of) { nodes { role status caseFile { id person { name } } } } }"
    )
    assert (await writer.ask(work, "health-officer", of=HEALTH))["agencyWork"]["nodes"] == [
        {"role": "LEAD", "status": "ASSIGNED", "caseFile": {"id": case, "person": {"name": "Slamet 1"}}}
    ]
    await _do(writer, "assignmentAcknowledge", "AssignmentInput", "health-officer", id=case)
    stale = await _do(
        writer, "caseFileResolve", "CaseFileResolveInput", "health-officer", id=case, resolution="x", expectedVersion=2
    )
    assert stale["caseFile"] is None
    assert [error["code"] for error in stale["userErrors"]] == ["CONFLICT"]
    assert "has version 3 by now, you expected 2" in stale["userErrors"][0]["message"]
    solved = await _do(
        writer,
        "caseFileResolve",
        "CaseFileResolveInput",
        "health-officer",
        id=case,
        resolution="Kartu aktif",
        idempotencyKey="again",
    )
    assert solved["caseFile"]["status"] == "RESOLVED"
    refused = await writer.refused(
        _mutation("caseFileClose", "CaseFileStepInput"), "health-officer", input={"id": case, "idempotencyKey": "k"}
    )
    assert refused[0]["extensions"]["code"] == "FORBIDDEN"
    assert refused[0]["message"].startswith("CLOSE of case file 35.10-2026-00001 is for DISTRICT_SYSTEM, SECRETARIAT")
    closed = await _do(writer, "caseFileClose", "CaseFileStepInput", "officer", id=case)
    assert closed["caseFile"]["status"] == "CLOSED"
    shown = """query ($id: ID!) { caseFile(id: $id) { resolution resolutionClass isSensitive duplicateOf { id }
      assignments { agencyCode role status result } history(first: 3) { nodes { eventNo fieldGroup } pageInfo { hasNextPage } }
      attachments { name } duplicates { id } duplicateCandidates { signs } prelistEntry { status } matches { status } } }"""
    found = (await writer.ask(shown, "officer", id=case))["caseFile"]
    assert found == {
        "resolution": "Kartu aktif",
        "resolutionClass": "REGULAR",
        "isSensitive": False,
        "duplicateOf": None,
        "assignments": [
            {"agencyCode": HEALTH, "role": "LEAD", "status": "COMPLETED", "result": "Kartu aktif"},
            {"agencyCode": f"{OWN}/DINAS_SOSIAL", "role": "SUPPORT", "status": "WITHDRAWN", "result": None},
        ],
        "history": {
            "nodes": [
                {"eventNo": 1, "fieldGroup": "OPENING"},
                {"eventNo": 2, "fieldGroup": "STATUS"},
                {"eventNo": 3, "fieldGroup": "ASSIGNMENT"},
            ],
            "pageInfo": {"hasNextPage": True},
        },
        "attachments": [],
        "duplicates": [],
        "duplicateCandidates": [],
        "prelistEntry": None,
        "matches": [],
    }


async def test_who_is_not_certain_is_chosen_by_a_person(writer: Client) -> None:
    who = {"name": "Nobody At All", "birthDate": "1950-05-05"}
    asked = "query ($of: IdentityInput!) { caseSubject(identity: $of) { outcome person { id } candidates { id } } }"
    assert (await writer.ask(asked, "officer", of=who))["caseSubject"] == {
        "outcome": "NOT_LINKED",
        "person": None,
        "candidates": [],
    }
    opened = await _do(
        writer,
        "caseFileCreate",
        "CaseFileCreateInput",
        "officer",
        regionCode=VILLAGES[OWN],
        identity=who,
        type="NEED",
        category="FOOD",
        channel="WHATSAPP",
    )
    assert opened["caseFile"] is None
    assert [(error["code"], error["path"]) for error in opened["userErrors"]] == [("INVALID", ["input", "identity"])]


async def test_routing_rules_are_listed_the_most_specific_first_and_set(writer: Client) -> None:
    setting = """mutation ($input: RoutingRuleSetInput!) { routingRuleSet(input: $input) {
      routingRule { regencyCode category leadKind supportKinds } userErrors { code } } }"""
    given = {
        "idempotencyKey": "k",
        "regencyCode": OWN,
        "category": "ENERGY",
        "leadKind": "UPT",
        "supportKinds": ["DPMD"],
    }
    rule = {"regencyCode": OWN, "category": "ENERGY", "leadKind": "UPT", "supportKinds": ["DPMD"]}
    assert (await writer.ask(setting, "officer", input=given))["routingRuleSet"] == {
        "routingRule": rule,
        "userErrors": [],
    }
    listed = await writer.ask(
        "query ($of: String) { routingRules(regencyCode: $of) { regencyCode category leadKind supportKinds } }", of=OWN
    )
    assert rule in listed["routingRules"][:2]
    assert listed["routingRules"][-1]["regencyCode"] is None


async def test_which_programmes_cover_needs_is_listed_and_set_by_the_ministry(writer: Client) -> None:
    setting = """mutation ($input: NeedProgrammeSetInput!) { needProgrammeSet(input: $input) {
      needProgramme { category programmeCode isCovered reason } userErrors { code message path } } }"""
    given = {"idempotencyKey": "k", "category": "HOUSING", "programmeCode": "PKH", "reason": "Permensos 1/2026"}
    made = {"category": "HOUSING", "programmeCode": "PKH", "isCovered": True, "reason": "Permensos 1/2026"}
    assert (await writer.ask(setting, "analyst", input=given))["needProgrammeSet"] == {
        "needProgramme": made,
        "userErrors": [],
    }
    listing = "{ needProgrammes { category programmeCode } }"
    pair = {"category": "HOUSING", "programmeCode": "PKH"}
    assert pair in (await writer.ask(listing, "officer"))["needProgrammes"]
    ended = given | {"idempotencyKey": "l", "isCovered": False}
    await writer.ask(setting, "analyst", input=ended)
    assert pair not in (await writer.ask(listing, "officer"))["needProgrammes"]
    unknown = await writer.ask(setting, "analyst", input=given | {"idempotencyKey": "m", "programmeCode": "XYZ"})
    [error] = unknown["needProgrammeSet"]["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "programmeCode"])
    assert error["message"].startswith("there is no programme 'XYZ': use one of KIS_PBI, ")
