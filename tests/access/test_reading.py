"""A token of 35.10 reads nothing of 35.09: by no root field, entity, node id or nested field."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Scope
from hub.store.database import Database
from resolvers.nodes import SCOPE_OF_KIND
from schema.build import build_schema
from schema.guard import _scopes_of
from tests.access.foreign import Foreign, find_foreign, is_nothing
from tests.schema.world import Calls, Client
from tests.schema.world_records import FOREIGN, OWN, VILLAGES, household_of, nik

DISTRICT = ["officer", "system"]

PUBLIC = {"viewer", "region", "regions", "programme", "programmes", "referralPurposes", "needProgrammes"}
"""Root fields that tell everybody the same; viewer tells the caller about the caller."""

BY_ID = {
    "household": Kind.HOUSEHOLD,
    "person": Kind.PERSON,
    "caseFile": Kind.CASE_FILE,
    "match": Kind.MATCH,
    "allocationRun": Kind.ALLOCATION_RUN,
    "link": Kind.LINK,
    "finding": Kind.FINDING,
    "referral": Kind.REFERRAL,
    "householdMove": Kind.HOUSEHOLD_MOVE,
}

ASKED = {
    "households": f'households(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "personsByNik": "personsByNik(nik: $nik) { id }",
    "caseFiles": f'caseFiles(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "caseFileCount": f'caseFileCount(regionCode: "{FOREIGN}") {{ count }}',
    "villageServices": f'villageServices(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "villageProfiles": f'villageProfiles(regionCode: "{FOREIGN}") {{ nodes {{ region {{ code }} }} }}',
    "povertySeries": f'povertySeries(regionCode: "{FOREIGN}") {{ nodes {{ region {{ code }} }} }}',
    "pools": f'pools(regionCode: "{FOREIGN}") {{ nodes {{ id total }} }}',
    "coverage": f'coverage(regionCode: "{FOREIGN}") {{ need }}',
    "matches": f'matches(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "ingestBatches": f'ingestBatches(regencyCode: "{FOREIGN}") {{ nodes {{ received }} }}',
    "rejects": f'rejects(regencyCode: "{FOREIGN}") {{ nodes {{ code }} }}',
    "links": f'links(regionCode: "{FOREIGN}", order: SUREST) {{ nodes {{ id }} }}',
    "matchReviews": f'matchReviews(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "ruleSet": 'ruleSet(programmeCode: "PKH", version: 2) { id document }',
    "ruleSets": "ruleSets { nodes { id history { actor } simulations { id } } }",
    "ruleImpact": f'ruleImpact(programmeCode: "SEMBAKO", regionCode: "{FOREIGN}") {{ effects {{ units }} below {{ units }} }}',
    "evaluations": "evaluations { nodes { id programmes { changed } } }",
    "householdMoves": f'householdMoves(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "caseFilesAtRisk": f'caseFilesAtRisk(kind: FIRST_RESPONSE, agencyCode: "{FOREIGN}/DPMD") {{ nodes {{ id number }} }}',
    "caseStatistics": f'caseStatistics(groupBy: CATEGORY, regionCode: "{FOREIGN}", receivedFrom: "2026-02-01T00:00:00Z",'
    ' receivedBefore: "2026-04-01T00:00:00Z") { code received }',
    "findings": f'findings(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "referrals": f'referrals(partyCode: "{FOREIGN}/DINAS_KESEHATAN") {{ nodes {{ id }} }}',
    "findingCounts": f'findingCounts(regionCode: "{FOREIGN}") {{ open }}',
    "agencyWork": f'agencyWork(agencyCode: "{FOREIGN}/DINAS_SOSIAL") {{ nodes {{ agencyCode caseFile {{ id }} }} }}',
    "routingRules": f'routingRules(regencyCode: "{FOREIGN}") {{ regencyCode setBy }}',
    "caseSubject": f'caseSubject(identity: {{name: "Slamet 1", regionCode: "{FOREIGN}"}}) {{ person {{ id }} }}',
    "allocationRuns": "allocationRuns { nodes { id candidates { nodes { household { id } } }"
    " shares { held } fairness { served } movedCandidates { nodes { rank } } } }",
}
"""Root fields with the other regency as their argument."""

LISTED = {
    "households": "households(first: 100) { nodes { id region { code } address kkNumber members { id nik name } } }",
    "caseFiles": "caseFiles { nodes { id number region { code } household { id } } }",
    "villageServices": "villageServices { nodes { id region { code } household { id } } }",
    "villageProfiles": "villageProfiles { nodes { region { code } } }",
    "povertySeries": "povertySeries { nodes { region { code } } }",
    "pools": "pools { nodes { id region { code } } }",
    "coverage": 'coverage(parentCode: "35") { region { code } need }',
    "matches": "matches(first: 100) { nodes { id household { id address } person { id } pool { id } history { actor } } }",
    "districtSystems": "districtSystems { nodes { id endpoint lastCheck { findings { came } } history { reason } } }",
    "householdMoves": "householdMoves { nodes { id householdReference household { id address } fromRegion { code } } }",
    "findings": "findings { nodes { id region { code } household { id } person { id } evidence { record } } }",
    "findingCounts": "findingCounts { region { code } kind open }",
    "referrals": "referrals { nodes { id toParty package { value } caseFile { number } history { actor } } }",
    "ingestBatches": "ingestBatches { nodes { source } }",
    "undelivered": "undelivered(first: 100) { nodes { destination caseFile { id region { code } } } }",
    "rejects": "rejects { nodes { source recordId } }",
    "verdictChanges": f'verdictChanges(evaluationId: "{opaque_id(Kind.EVALUATION, 1)}")'
    " { nodes { region { code } toStatus units causes { cause units } } }",
    "caseFilesAtRisk": "caseFilesAtRisk(kind: FIRST_RESPONSE) { nodes { id number clocks { policy { reason } } } }",
    "slaPolicies": "slaPolicies { nodes { region { code } reason } }",
    "links": "links(first: 100) { nodes { id household { id address } member { id }"
    " rosterEntry { sourceStamp { recordId } region { code } } } }",
    "matchReviews": "matchReviews { nodes { id match { id household { address } } link { id } } }",
}
"""Lists without a filter, or with a filter that holds both regencies."""

LIVE = {
    "households": f'households(regionCode: "{FOREIGN}", live: true) {{ nodes {{ id }} }}',
    "caseFiles": f'caseFiles(regionCode: "{FOREIGN}", live: true) {{ nodes {{ id }} }}',
    "caseFileCount": f'caseFileCount(regionCode: "{FOREIGN}", live: true) {{ count }}',
    "villageServices": f'villageServices(regionCode: "{FOREIGN}", live: true) {{ nodes {{ id }} }}',
    "villageProfiles": f'villageProfiles(regionCode: "{FOREIGN}", live: true) {{ nodes {{ hasDoctor }} }}',
    "povertySeries": f'povertySeries(regionCode: "{FOREIGN}", live: true) {{ nodes {{ method }} }}',
}
"""The same, asked of the districts."""

IN_SETS = {"node", "verdict", "coverageCheck"}
OF_ROUTERS = {"_entities", "_service"}
"""Only for routers: see test_subgraph."""
OF_CLIENTS = {"webhooks"}
"""Belong to one client: see test_webhooks."""


@pytest.fixture
async def foreign(world: Database) -> Foreign:
    return await find_foreign(world)


def _root_fields() -> set[str]:
    query = build_schema().graphql.query_type
    assert query is not None
    return set(query.fields)


def test_every_root_field_has_a_case_here() -> None:
    assert _root_fields() == PUBLIC | set(BY_ID) | set(ASKED) | set(LISTED) | IN_SETS | OF_ROUTERS | OF_CLIENTS


@pytest.mark.parametrize("caller", DISTRICT)
@pytest.mark.parametrize("field", BY_ID)
async def test_a_foreign_id_names_nothing(client: Client, foreign: Foreign, field: str, caller: str) -> None:
    query = f"query ($id: ID!) {{ {field}(id: $id) {{ __typename id }} }}"
    answer = await _answer(client, query, caller, id=foreign.ids[BY_ID[field]])
    assert is_nothing(answer.get("data")), answer


@pytest.mark.parametrize("caller", DISTRICT)
@pytest.mark.parametrize("field", ASKED)
async def test_a_filter_by_the_other_regency_finds_nothing(client: Client, field: str, caller: str) -> None:
    variables = {"nik": nik(FOREIGN, 1)} if "$nik" in ASKED[field] else {}
    head = "query ($nik: String!)" if variables else "query"
    answer = await _answer(client, f"{head} {{ {ASKED[field]} }}", caller, **variables)
    assert is_nothing(answer.get("data")), answer


@pytest.mark.parametrize("caller", DISTRICT)
@pytest.mark.parametrize("field", LIVE)
async def test_the_other_regency_is_not_asked_live(client: Client, field: str, caller: str) -> None:
    errors = await client.refused(f"{{ {LIVE[field]} }}", caller)
    assert [error["extensions"]["code"] for error in errors] == ["FORBIDDEN"]


@pytest.mark.parametrize("caller", DISTRICT)
@pytest.mark.parametrize("field", LISTED)
async def test_a_list_holds_the_own_regency_alone(client: Client, foreign: Foreign, field: str, caller: str) -> None:
    data = await client.ask(f"{{ {LISTED[field]} }}", caller)
    assert not is_nothing(data), "the list must show the own regency, or this test shows nothing"
    assert foreign.shown_in(data) == []


@pytest.mark.parametrize("caller", ["analyst"])
@pytest.mark.parametrize("field", LISTED)
async def test_the_ministry_sees_both_so_the_lists_above_do_hide(
    client: Client, foreign: Foreign, field: str, caller: str
) -> None:
    assert foreign.shown_in(await client.ask(f"{{ {LISTED[field]} }}", caller)) != []


@pytest.mark.parametrize("caller", DISTRICT)
@pytest.mark.parametrize("kind", [kind for kind in Kind if SCOPE_OF_KIND[kind] is not Scope.REGION_READ])
async def test_no_node_is_found_by_a_foreign_id(client: Client, foreign: Foreign, kind: Kind, caller: str) -> None:
    opaque = foreign.ids[kind]
    node = await _answer(client, "query ($id: ID!) { node(id: $id) { __typename id } }", caller, id=opaque)
    assert is_nothing(node.get("data")), node


@pytest.mark.parametrize("kind", [kind for kind in Kind if SCOPE_OF_KIND[kind] is not Scope.REGION_READ])
async def test_the_ministry_finds_the_same_ids_so_they_are_real(client: Client, foreign: Foreign, kind: Kind) -> None:
    data = await client.ask("query ($id: ID!) { node(id: $id) { __typename id } }", "analyst", id=foreign.ids[kind])
    assert data == {"node": {"__typename": kind.value, "id": foreign.ids[kind]}}


@pytest.mark.parametrize("caller", DISTRICT)
async def test_no_verdict_is_given_on_a_foreign_unit(client: Client, foreign: Foreign, caller: str) -> None:
    for argument, kind, code in (
        ("householdId", Kind.HOUSEHOLD, "PKH"),
        ("personId", Kind.PERSON, "KIS_PBI"),
    ):
        query = f'query ($id: ID!) {{ verdict({argument}: $id, programmeCode: "{code}") {{ status }} }}'
        errors = await client.refused(query, caller, id=foreign.ids[kind])
        assert [error["extensions"]["code"] for error in errors] == ["NOT_FOUND"]


@pytest.mark.parametrize("caller", DISTRICT)
async def test_a_district_sees_what_a_decided_rule_means_for_its_own_regency_alone(client: Client, caller: str) -> None:
    query = """query ($of: String!, $in: String) { ruleImpact(programmeCode: $of, regionCode: $in) {
      version region { code } effects { dimension value units } below { units } slots { available } } }"""
    impact = (await client.ask(query, caller, of="SEMBAKO", **{"in": OWN}))["ruleImpact"]
    assert (impact["version"], impact["region"], impact["below"], impact["slots"]) == (2, {"code": OWN}, [], [])
    assert impact["effects"][0] == {"dimension": "ALL", "value": "ALL", "units": 110}
    for programme, region, code in (
        ("SEMBAKO", None, "FORBIDDEN"),
        ("SEMBAKO", "35", "FORBIDDEN"),
        ("SEMBAKO", VILLAGES[OWN], "FORBIDDEN"),
        ("PKH", OWN, "NOT_FOUND"),
    ):
        errors = await client.refused(query, caller, of=programme, **{"in": region})
        assert [error["extensions"]["code"] for error in errors] == [code]


COVERAGE = """query ($who: IdentityInput!) { coverageCheck(identity: $who, programmeCode: "KIS_PBI", purpose: TREATMENT,
  basis: CONSENT, basisReference: "c-1") { status programmeCodes } }"""


@pytest.mark.parametrize("caller", DISTRICT)
async def test_who_lives_in_the_other_regency_is_unknown_here_and_covered_for_the_ministry(
    client: Client, caller: str
) -> None:
    who = {"name": "Slamet 1", "nik": nik(FOREIGN, 1), "birthDate": "1990-01-01", "regionCode": "35.09.01.2001"}
    assert await client.ask(COVERAGE, caller, who=who) == {
        "coverageCheck": {"status": "UNKNOWN", "programmeCodes": None}
    }
    assert await client.ask(COVERAGE, "analyst", who=who) == {
        "coverageCheck": {"status": "COVERED", "programmeCodes": ["KIS_PBI"]}
    }


async def test_a_partner_app_reads_only_what_is_public(client: Client, foreign: Foreign, calls: Calls) -> None:
    await client.ask(
        '{ region(code: "35.10") { name } programmes { code rule { version } } viewer { role } }', "partner"
    )
    for field, kind in BY_ID.items():
        errors = await client.refused(f'{{ {field}(id: "{foreign.ids[kind]}") {{ __typename }} }}', "partner")
        assert errors[0]["extensions"]["code"] == "FORBIDDEN"
    for query in LISTED.values():
        errors = await client.refused(f"{{ {query} }}", "partner")
        assert errors[0]["extensions"]["code"] == "FORBIDDEN"
    assert calls.noted == []


@pytest.mark.parametrize("kind", [kind for kind in Kind if SCOPE_OF_KIND[kind] is not Scope.REGION_READ])
async def test_a_partner_app_does_not_get_around_its_scopes_by_node(
    client: Client, foreign: Foreign, kind: Kind
) -> None:
    errors = await client.refused("query ($id: ID!) { node(id: $id) { __typename } }", "partner", id=foreign.ids[kind])
    assert [error["extensions"]["code"] for error in errors] == ["FORBIDDEN"]


def test_nothing_public_leads_to_what_is_not() -> None:
    schema = build_schema().graphql
    reached: set[str] = set()
    open_: list[Any] = [get_named_type(schema.query_type.fields[name].type) for name in PUBLIC]
    while open_:
        type_ = open_.pop()
        if not isinstance(type_, GraphQLObjectType) or type_.name in reached:
            assert not isinstance(type_, GraphQLInterfaceType | GraphQLUnionType)
            continue
        reached.add(type_.name)
        open_ += [get_named_type(field.type) for field in type_.fields.values()]
    scopes = {scope for name in reached for scope in _scopes_of(schema.type_map[name])}
    assert scopes == {Scope.REGION_READ}
    assert "Region" in reached
    assert "Household" not in reached


def test_every_type_that_is_not_public_needs_a_scope() -> None:
    schema = build_schema().graphql
    free = {
        name
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not name.startswith("_") and not _scopes_of(type_)
    }
    payloads = {
        "AllocationRunPayload",
        "CaseFilePayload",
        "HouseholdsSubmitPayload",
        "LinkPayload",
        "MatchPayload",
        "NeedProgrammePayload",
        "MatchReviewPayload",
    }
    payloads |= {"RuleSetPayload", "RuleSimulationPayload", "DistrictPayload"}
    payloads |= {
        "FindingPayload",
        "HouseholdMovePayload",
        "ReferralPayload",
        "RoutingRulePayload",
        "SlaPolicyPayload",
        "WebhookPayload",
        "CaseChange",
    }
    assert free == {"Query", "Mutation", "Subscription", "PageInfo", "UserError", "Viewer"} | payloads


async def _answer(client: Client, query: str, caller: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.post(query, caller, **variables)).json()
    return answer


async def test_callers_who_ask_at_the_same_moment_see_what_each_sees_alone(client: Client, foreign: Foreign) -> None:
    query = "query ($id: ID!) { household(id: $id) { id kkNumber members { id nik name } enrolments { status } } }"
    ids = [foreign.ids[Kind.HOUSEHOLD], *(opaque_id(Kind.HOUSEHOLD, household_of(OWN, number)) for number in (1, 2, 3))]
    asked = [(caller, each) for each in ids for caller in ("officer", "analyst", "system", "partner")]
    alone = [(await client.post(query, caller, id=each)).json() for caller, each in asked]
    together = await asyncio.gather(*(client.post(query, caller, id=each) for caller, each in asked))
    assert [response.json() for response in together] == alone
    assert [answer["data"]["household"] is None for answer in alone[:3]] == [True, False, True]
    assert not any(
        foreign.shown_in(answer) for (caller, _), answer in zip(asked, alone, strict=True) if caller != "analyst"
    )


async def test_lists_that_are_asked_for_at_the_same_moment_hold_what_each_caller_may_see(
    client: Client, foreign: Foreign
) -> None:
    query = "query ($code: String) { households(regionCode: $code) { nodes { id kkNumber members { id nik } } } }"
    asked = [(caller, code) for code in (OWN, FOREIGN, None) for caller in ("officer", "analyst", "system", "partner")]
    alone = [(await client.post(query, caller, code=code)).json() for caller, code in asked]
    together = await asyncio.gather(*(client.post(query, caller, code=code) for caller, code in asked))
    assert [response.json() for response in together] == alone
    seen = {
        caller: [answer.get("data") for who, answer in zip(asked, alone, strict=True) if who[0] == caller]
        for caller in ("officer", "analyst")
    }
    assert (foreign.shown_in(seen["officer"]), foreign.shown_in(seen["analyst"]) != []) == ([], True)
