"""A token of 35.10 changes nothing of 35.09, and what is denied calls nobody."""

from typing import Any

import pytest

from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Database
from schema.build import build_schema
from tests.access.foreign import Foreign, digest_of_foreign, find_foreign
from tests.schema.world import Calls, Client
from tests.schema.world_records import FOREIGN, OWN, VILLAGES, household_of, nik, person_of

Case = tuple[str, str, dict[str, Any], str]
"""Mutation, type of its input, input (`<Household>` stands for a foreign id), and how it must end."""

_HOUSEHOLD = {
    "recordId": "h1",
    "revision": 99,
    "observedAt": "2026-03-01T00:00:00Z",
    "regionCode": VILLAGES[FOREIGN],
    "members": [{"recordId": "p1-1", "nik": nik(FOREIGN, 1)}],
}
_CASE = {"idempotencyKey": "k", "type": "NEED", "category": "FOOD", "channel": "WALK_IN"}
_DISTRICT = ("districtJoin", "districtCheck", "districtSuspend", "districtResume", "districtLeave")
_CHANGE = {"idempotencyKey": "k", "regencyCode": FOREIGN, "reason": "tried"}

_HOOK = "https://hook.example/"
_RULE = {"idempotencyKey": "k", "programmeCode": "PKH", "version": 2, "reason": "because"}

_REFERRALS = ("referralDraft", "referralSend", "referralAccept", "referralDecline", "referralRedirect", "referralBegin")
_REFERRALS += ("referralComplete", "referralFail", "referralClose")
_REFERRAL = {"id": "<Referral>", "idempotencyKey": "k"}
_WHY = {"reason": "tried"}
_FILE = {"uri": "https://thief.example/a", "name": "a", "mediaType": "image/png", "sizeBytes": 1, "sha256": "b" * 64}
_CASEWORK: dict[str, tuple[str, dict[str, Any]]] = {
    "caseFileTriage": ("CaseFileTriageInput", {}),
    "caseFileAssign": ("CaseFileAssignInput", {}),
    "caseFileStart": ("CaseFileStepInput", {}),
    "caseFileWaitForCitizen": ("CaseFileReasonedStepInput", _WHY),
    "caseFileWaitForAgency": ("CaseFileReasonedStepInput", _WHY),
    "caseFileResume": ("CaseFileStepInput", {}),
    "caseFileResolve": ("CaseFileResolveInput", {"resolution": "done"}),
    "caseFileClose": ("CaseFileStepInput", {}),
    "caseFileReopen": ("CaseFileReasonedStepInput", _WHY),
    "caseFileReject": ("CaseFileReasonedStepInput", _WHY),
    "caseFileNote": ("CaseFileNoteInput", {"text": "seen"}),
    "caseFileDescribe": ("CaseFileDescribeInput", {"summary": "mine"}),
    "caseFileSubjectChange": ("CaseFileSubjectChangeInput", {"householdId": "<Household>"}),
    "caseFileMarkSensitive": ("CaseFileMarkSensitiveInput", {"isSensitive": True}),
    "caseFileJoin": ("CaseFileJoinInput", {"duplicateOfId": "<CaseFile>"}),
    "caseFileAttach": ("CaseFileAttachInput", _FILE),
    "caseFilePrelist": ("CaseFilePrelistInput", {"headName": "Nobody"}),
    "prelistEntryVerify": ("PrelistEntryInput", _WHY),
    "prelistEntrySubmit": ("PrelistEntryInput", {}),
    "prelistEntryList": ("PrelistEntryListInput", {"householdId": "<Household>"}),
    "assignmentAcknowledge": ("AssignmentInput", {}),
    "assignmentComplete": ("AssignmentCompleteInput", {"result": "done"}),
    "assignmentDecline": ("AssignmentDeclineInput", _WHY),
    "assignmentHandOver": ("AssignmentHandOverInput", {"toAgencyCode": "35.10/DPMD", **_WHY}),
    "assignmentWithdraw": ("AssignmentWithdrawInput", {"agencyCode": "35.09/DINAS_SOSIAL", **_WHY}),
}

CASES: list[Case] = [
    (
        "householdsSubmit",
        "HouseholdsSubmitInput",
        {"idempotencyKey": "k", "households": [_HOUSEHOLD]},
        "REGION_FOREIGN",
    ),
    (
        "allocationRunCreate",
        "AllocationRunCreateInput",
        {"idempotencyKey": "k", "programmeCodes": ["PKH"], "period": "x", "seed": 1},
        "FORBIDDEN",
    ),
    ("allocationRunSimulate", "AllocationRunInput", {"id": "<AllocationRun>"}, "FORBIDDEN"),
    ("allocationRunApprove", "AllocationRunInput", {"id": "<AllocationRun>"}, "FORBIDDEN"),
    ("allocationRunExecute", "AllocationRunInput", {"id": "<AllocationRun>"}, "FORBIDDEN"),
    ("allocationRunRollBack", "AllocationRunRollBackInput", {"id": "<AllocationRun>"}, "FORBIDDEN"),
    ("matchOffer", "MatchInput", {"id": "<Match>", "idempotencyKey": "k"}, "NOT_FOUND"),
    ("matchAccept", "MatchInput", {"id": "<Match>", "idempotencyKey": "k"}, "NOT_FOUND"),
    ("matchDecline", "MatchDeclineInput", {"id": "<Match>", "idempotencyKey": "k"}, "NOT_FOUND"),
    ("findingConfirm", "FindingDecideInput", {"id": "<Finding>"}, "NOT_FOUND"),
    ("findingDismiss", "FindingDecideInput", {"id": "<Finding>"}, "NOT_FOUND"),
    ("caseFileCreate", "CaseFileCreateInput", {**_CASE, "regionCode": FOREIGN}, "FORBIDDEN"),
    (
        "caseFileCreate",
        "CaseFileCreateInput",
        {**_CASE, "regionCode": OWN, "householdId": "<Household>"},
        "NOT_FOUND",
    ),
    (
        "districtJoin",
        "DistrictJoinInput",
        {**_CHANGE, "endpoint": "https://thief.example/graphql", "credential": "env:SLRT_HUB_TOKEN_35_09"},
        "FORBIDDEN",
    ),
    ("districtCheck", "DistrictInput", {"regencyCode": FOREIGN}, "FORBIDDEN"),
    ("districtSuspend", "DistrictChangeInput", _CHANGE, "FORBIDDEN"),
    ("districtResume", "DistrictChangeInput", _CHANGE, "FORBIDDEN"),
    ("districtLeave", "DistrictChangeInput", _CHANGE, "FORBIDDEN"),
    *(
        (field, type_, {"id": "<CaseFile>", "idempotencyKey": "k", **given}, "NOT_FOUND")
        for field, (type_, given) in _CASEWORK.items()
    ),
    (
        "routingRuleSet",
        "RoutingRuleSetInput",
        {"idempotencyKey": "k", "regencyCode": FOREIGN, "leadKind": "DPMD"},
        "FORBIDDEN",
    ),
    (
        "needProgrammeSet",
        "NeedProgrammeSetInput",
        {"idempotencyKey": "k", "category": "FOOD", "programmeCode": "PKH", "reason": "because"},
        "FORBIDDEN",
    ),
    (
        "ruleDraft",
        "RuleDraftInput",
        {"idempotencyKey": "k", "programmeCode": "PKH", "document": '{"rule": {}}', "reason": "because"},
        "FORBIDDEN",
    ),
    ("ruleValidate", "RuleSetInput", _RULE, "FORBIDDEN"),
    ("ruleSimulate", "RuleSetInput", _RULE, "FORBIDDEN"),
    ("ruleApprove", "RuleSetInput", _RULE, "FORBIDDEN"),
    ("rulePublish", "RulePublishInput", {**_RULE, "effectiveFrom": "2030-01-01"}, "FORBIDDEN"),
    ("ruleRetire", "RuleRetireInput", _RULE, "FORBIDDEN"),
    (
        "linkDecide",
        "LinkDecideInput",
        {"id": "<Link>", "decision": "LINK", "reason": "same", "idempotencyKey": "k"},
        "NOT_FOUND",
    ),
    (
        "slaPolicySet",
        "SlaPolicySetInput",
        {
            "idempotencyKey": "k",
            "regencyCode": FOREIGN,
            "firstResponseMinutes": 1,
            "firstResponseHours": "AROUND_THE_CLOCK",
            "informationDays": 1,
            "regularDays": 1,
            "oversightDays": 1,
            "reason": "tried",
        },
        "FORBIDDEN",
    ),
    ("linkUndo", "LinkUndoInput", {"id": "<Link>", "reason": "other", "idempotencyKey": "k"}, "NOT_FOUND"),
    (
        "householdMoveDecide",
        "HouseholdMoveDecideInput",
        {"id": "<HouseholdMove>", "decision": "CONFIRM", "reason": "same", "idempotencyKey": "k"},
        "NOT_FOUND",
    ),
    (
        "matchReviewResolve",
        "MatchReviewResolveInput",
        {"id": "<MatchReview>", "resolution": "GIVE_BACK", "reason": "gone", "idempotencyKey": "k"},
        "NOT_FOUND",
    ),
    (
        "referralDraft",
        "ReferralDraftInput",
        {"caseFileId": "<CaseFile>", "purposeCode": "FOOD_AID", "toParty": OWN, "idempotencyKey": "k"},
        "NOT_FOUND",
    ),
    ("referralSend", "ReferralInput", _REFERRAL, "NOT_FOUND"),
    ("referralAccept", "ReferralAcceptInput", _REFERRAL, "NOT_FOUND"),
    ("referralDecline", "ReferralReasonInput", {**_REFERRAL, "reason": "tried"}, "NOT_FOUND"),
    ("referralRedirect", "ReferralRedirectInput", {**_REFERRAL, "reason": "tried", "toParty": OWN}, "NOT_FOUND"),
    ("referralBegin", "ReferralInput", _REFERRAL, "NOT_FOUND"),
    ("referralComplete", "ReferralReasonInput", {**_REFERRAL, "reason": "tried"}, "NOT_FOUND"),
    ("referralFail", "ReferralReasonInput", {**_REFERRAL, "reason": "tried"}, "NOT_FOUND"),
    ("referralClose", "ReferralCloseInput", {**_REFERRAL, "reason": "tried"}, "NOT_FOUND"),
    (
        "webhookRegister",
        "WebhookRegisterInput",
        {"idempotencyKey": "k", "regionCode": FOREIGN, "topics": ["CASE"], "url": _HOOK, "credential": "file:a"},
        "FORBIDDEN",
    ),
    ("webhookRotateSecret", "WebhookRotateSecretInput", {"id": "<Webhook>", "credential": "file:a"}, "NOT_FOUND"),
    ("webhookDisable", "WebhookInput", {"id": "<Webhook>"}, "NOT_FOUND"),
    ("webhookEnable", "WebhookInput", {"id": "<Webhook>"}, "NOT_FOUND"),
    ("webhookRedeliver", "WebhookRedeliverInput", {"id": "<Webhook>", "eventId": "evt_1"}, "NOT_FOUND"),
]


@pytest.fixture
async def foreign(world: Database) -> Foreign:
    return await find_foreign(world)


def test_every_mutation_has_a_case_here() -> None:
    mutation = build_schema().graphql.mutation_type
    assert mutation is not None
    assert set(mutation.fields) == {case[0] for case in CASES}


@pytest.mark.parametrize("caller", ["officer", "system", "partner"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}")
async def test_nothing_of_the_other_regency_is_changed_and_nobody_is_called(
    world: Database, client: Client, calls: Calls, foreign: Foreign, case: Case, caller: str
) -> None:
    field, type_, given, _ = case
    before = await digest_of_foreign(world)
    answer = (await client.post(_mutation(field, type_), caller, input=_filled(given, foreign))).json()
    now = await digest_of_foreign(world)
    assert now == _after(before, field, caller, now)
    assert calls.noted == []
    expected = _expected(case, caller)
    assert expected in str(answer), answer


def _expected(case: Case, caller: str) -> str:
    by_persons = {"linkDecide", "linkUndo", "findingConfirm", "findingDismiss", "householdMoveDecide"}
    scopeless = (
        caller == "partner"
        or (caller == "officer" and (case[0] == "householdsSubmit" or case[0].startswith("webhook")))
        or (caller == "system" and case[0] in by_persons)
    )
    return "FORBIDDEN" if scopeless else case[3]


def _after(before: dict[str, str], field: str, caller: str, now: dict[str, str]) -> dict[str, str]:
    """A push of a foreign household leaves its reject and its answer with the sender, who sent the foreign code."""
    if (field, caller) != ("householdsSubmit", "system"):
        return before
    return before | {table: now[table] for table in ("reject", "idempotency_key")}


async def test_a_pushed_foreign_household_is_rejected_and_makes_no_row(client: Client, world: Database) -> None:
    payload = (
        await client.ask(
            _mutation("householdsSubmit", "HouseholdsSubmitInput"),
            "system",
            input={"idempotencyKey": "again", "households": [_HOUSEHOLD]},
        )
    )["householdsSubmit"]
    assert payload["submission"]["merged"] == 0
    assert [reject["code"] for reject in payload["submission"]["rejects"]] == ["REGION_FOREIGN"]
    async with world.jobs.connection() as connection:
        region, revision = await connection.fetchrow(
            "select region_code, source_revision from household where household_id = $1", household_of(OWN, 1)
        )
        known = await connection.fetchval("select nik from person where person_id = $1", person_of(OWN, 1))
    assert (region, revision, known) == (VILLAGES[OWN], 1, nik(OWN, 1))


def _mutation(field: str, type_: str) -> str:
    selected = {
        "householdsSubmit": "submission { merged rejects { code } }",
        "allocationRunCreate": "allocationRun { id }",
        "allocationRunSimulate": "allocationRun { id }",
        "allocationRunApprove": "allocationRun { id }",
        "allocationRunExecute": "allocationRun { id }",
        "allocationRunRollBack": "allocationRun { id }",
        "matchOffer": "match { id }",
        "matchAccept": "match { id }",
        "matchDecline": "match { id }",
        "findingConfirm": "finding { id }",
        "findingDismiss": "finding { id }",
        "caseFileCreate": "caseFile { id }",
        **dict.fromkeys(_CASEWORK, "caseFile { id }"),
        "routingRuleSet": "routingRule { leadKind }",
        "needProgrammeSet": "needProgramme { category }",
        **dict.fromkeys(_DISTRICT, "districtSystem { id }"),
        "ruleDraft": "ruleSet { id }",
        "ruleValidate": "ruleSet { id }",
        "ruleSimulate": "ruleSimulation { id }",
        "ruleApprove": "ruleSet { id }",
        "rulePublish": "ruleSet { id }",
        "ruleRetire": "ruleSet { id }",
        "householdMoveDecide": "householdMove { id }",
        "linkDecide": "link { id }",
        "linkUndo": "link { id }",
        "slaPolicySet": "slaPolicy { version }",
        "matchReviewResolve": "matchReview { id }",
        **dict.fromkeys(_REFERRALS, "referral { id }"),
        **dict.fromkeys(
            ("webhookRegister", "webhookRotateSecret", "webhookDisable", "webhookEnable", "webhookRedeliver"),
            "webhook { id }",
        ),
    }[field]
    return f"mutation ($input: {type_}!) {{ {field}(input: $input) {{ {selected} userErrors {{ code }} }} }}"


def _filled(given: dict[str, Any], foreign: Foreign) -> dict[str, Any]:
    ids = {f"<{kind.value}>": opaque for kind, opaque in foreign.ids.items()}
    return {name: ids.get(value, value) if isinstance(value, str) else value for name, value in given.items()}


async def test_an_id_of_another_kind_is_no_way_in(client: Client, foreign: Foreign) -> None:
    query = _mutation("matchAccept", "MatchInput")
    data = await client.ask(query, input={"id": foreign.ids[Kind.HOUSEHOLD], "idempotencyKey": "k"})
    assert [error["code"] for error in data["matchAccept"]["userErrors"]] == ["INVALID"]
    made_up = opaque_id(Kind.MATCH, 2**62)
    data = await client.ask(query, input={"id": made_up, "idempotencyKey": "k"})
    assert [error["code"] for error in data["matchAccept"]["userErrors"]] == ["NOT_FOUND"]
