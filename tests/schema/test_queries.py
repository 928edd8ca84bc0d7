"""What callers read, with exact values of the world of two regencies."""

from typing import Any

import pytest

from hub.domain.opaque_id import Kind, opaque_id
from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, HOUSEHOLDS, OWN, VILLAGES, household_of, kk, nik, person_of

H1 = opaque_id(Kind.HOUSEHOLD, household_of(OWN, 1))
P1 = opaque_id(Kind.PERSON, person_of(OWN, 1))


async def test_a_household_with_everything_that_hangs_on_it(client: Client) -> None:
    query = """query ($id: ID!) { household(id: $id) { id kkNumber kkStatus address removedAt
      region { code name level parent { code parent { code parent { code parent { code } } } } }
      welfare { decile source period } sourceStamp { system recordId observedAt fetchedAt }
      members { name sex isHead birthDate vitalStatus isPregnant nikStatus nikWarnings household { id } }
      enrolments { status linkMethod segment amount components { code } programme { code } person { name } }
      caseFiles { number type category status household { id } } } }"""
    household = (await client.ask(query, id=H1))["household"]
    assert household == {
        "id": H1,
        "kkNumber": kk(OWN, 1),
        "kkStatus": "VALID",
        "address": "Dusun 35.10/1",
        "removedAt": None,
        "region": {
            "code": VILLAGES[OWN],
            "name": "Sarongan",
            "level": "VILLAGE",
            "parent": {"code": "35.10.01", "parent": {"code": "35.10", "parent": {"code": "35", "parent": None}}},
        },
        "welfare": {"decile": 2, "source": "DTSEN", "period": "2026-1"},
        "sourceStamp": {
            "system": OWN,
            "recordId": "h1",
            "observedAt": "2026-02-28T08:00:00+00:00",
            "fetchedAt": "2026-03-01T08:00:00+00:00",
        },
        "members": [
            _member("Slamet 1", "MALE", is_head=True, is_pregnant=False),
            _member("Siti 1", "FEMALE", is_head=False, is_pregnant=True),
        ],
        "enrolments": [
            {
                "status": "ACTIVE",
                "linkMethod": "NIK",
                "segment": "PBI",
                "amount": None,
                "components": [],
                "programme": {"code": "KIS_PBI"},
                "person": {"name": "Slamet 1"},
            }
        ],
        "caseFiles": [
            {
                "number": "35.10/1",
                "type": "NEED",
                "category": "FOOD",
                "status": "RECEIVED",
                "household": {"id": H1},
            }
        ],
    }


def _member(name: str, sex: str, *, is_head: bool, is_pregnant: bool) -> dict[str, Any]:
    return {
        "name": name,
        "sex": sex,
        "isHead": is_head,
        "birthDate": "1990-01-01",
        "vitalStatus": "ALIVE",
        "isPregnant": is_pregnant,
        "nikStatus": "VALID",
        "nikWarnings": [],
        "household": {"id": H1},
    }


@pytest.mark.parametrize(
    ("caller", "whole"), [("officer", True), ("analyst", True), ("masked-officer", False), ("system", False)]
)
async def test_identity_numbers_are_whole_only_with_the_scope_for_it(client: Client, caller: str, whole: bool) -> None:
    query = """query ($h: ID!, $p: ID!) { household(id: $h) { kkNumber members { nik } } person(id: $p) { nik }
      node(id: $p) { ... on Person { nik } } }"""
    data = await client.ask(query, caller, h=H1, p=P1)
    shown = nik(OWN, 1) if whole else "3510**********01"
    assert data["person"] == {"nik": shown}
    assert data["node"] == {"nik": shown}
    assert data["household"] == {
        "kkNumber": kk(OWN, 1) if whole else "3510**********01",
        "members": [{"nik": shown}, {"nik": nik(OWN, 1, woman=True) if whole else "3510**********01"}],
    }


async def test_a_person_is_found_by_nik_and_a_wrong_one_is_explained(client: Client) -> None:
    query = "query ($nik: String!) { personsByNik(nik: $nik) { name household { id } } }"
    assert await client.ask(query, nik=nik(OWN, 1)) == {"personsByNik": [{"name": "Slamet 1", "household": {"id": H1}}]}
    assert await client.ask(query, nik=nik(OWN, 9999)) == {"personsByNik": []}
    errors = await client.refused(query, nik="123")
    assert errors[0]["message"].startswith("this is no NIK (NIK_NOT_16_DIGITS): A NIK has 16 digits")


async def test_pages_follow_each_other_without_gaps_or_repeats(client: Client) -> None:
    query = """query ($after: String) { households(regionCode: "35.10", first: 30, after: $after) {
      nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }"""
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (await client.ask(query, after=after))["households"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == HOUSEHOLDS


async def test_a_cursor_of_another_query_or_a_garbled_one_is_stale(client: Client) -> None:
    page = await client.ask("{ caseFiles(first: 1) { pageInfo { endCursor } } }")
    cursor = page["caseFiles"]["pageInfo"]["endCursor"]
    for query in (
        "query ($c: String!) { households(after: $c) { nodes { id } } }",
        'query ($c: String!) { caseFiles(regionCode: "35.10", after: $c) { nodes { id } } }',
        'query ($c: String!) { region(code: "35") { children(after: $c) { nodes { code } } } }',
    ):
        errors = await client.refused(query, c=cursor)
        assert errors[0]["message"].startswith("stale cursor")
        assert errors[0]["extensions"] == {"code": "INVALID", "argument": ["after"]}


async def test_children_of_a_region_are_paged(client: Client) -> None:
    query = """query ($c: String) { region(code: "35") {
      children(first: 37, after: $c) { nodes { code } pageInfo { endCursor } } } }"""
    first = (await client.ask(query))["region"]["children"]
    rest = (await client.ask(query, c=first["pageInfo"]["endCursor"]))["region"]["children"]
    codes = [node["code"] for node in first["nodes"] + rest["nodes"]]
    assert (len(codes), codes[0], codes[-1]) == (38, "35.01", "35.79")


async def test_regions_are_found_by_level_parent_and_the_beginning_of_the_name(client: Client) -> None:
    query = '{ regions(parentCode: "35", level: REGENCY, name: "kabupaten ban") { nodes { code name } } }'
    assert (await client.ask(query))["regions"]["nodes"] == [
        {"code": "35.10", "name": "Kabupaten Banyuwangi"},
        {"code": "35.26", "name": "Kabupaten Bangkalan"},
    ]


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ('{ households(regionCode: "35.10.99") { nodes { id } } }', "INVALID", "there is no region '35.10.99'"),
        ('{ households(regionCode: "35.09") { nodes { id } } }', "FORBIDDEN", "region '35.09' is not yours to see"),
        ('{ households(programmeCode: "PKH") { nodes { id } } }', "INVALID", "name programmeCode and verdict together"),
        (
            '{ households(programmeCode: "BLT", verdict: ELIGIBLE) { nodes { id } } }',
            "INVALID",
            "there is no programme 'BLT': the programmes are KIS_PBI, PIP, PKH, SEMBAKO",
        ),
        ("{ households(first: 101) { nodes { id } } }", "INVALID", "first: 101 is not allowed, ask for 1 to 100"),
        ('{ household(id: "abc") { id } }', "INVALID", "'abc' is not an id of this hub"),
        (
            f'{{ person(id: "{H1}") {{ id }} }}',
            "INVALID",
            "is the id of a Household, and this takes the id of a Person",
        ),
        ('{ coverage(regionCode: "99") { need } }', "INVALID", "there is no region '99'"),
        ('{ coverage(regionCode: "35.10", parentCode: "35") { need } }', "INVALID", "name one of regionCode"),
        ('{ matches(regionCode: "35.10.01") { nodes { id } } }', "INVALID", "lies below a regency"),
        ('{ rejects(regencyCode: "35.09") { nodes { code } } }', "NOT_FOUND", "there is no district system '35.09'"),
    ],
)
async def test_bad_input_names_the_value_and_the_way_out(client: Client, query: str, code: str, message: str) -> None:
    errors = await client.refused(query)
    assert message in errors[0]["message"]
    assert errors[0]["extensions"]["code"] == code


async def test_households_are_found_by_the_verdict_on_a_unit(client: Client) -> None:
    query = """query ($v: VerdictStatus!) { households(regionCode: "35.10", programmeCode: "PKH", verdict: $v, first: 100) {
      nodes { verdicts { status programme { code } } } } }"""
    for verdict in ("UNKNOWN", "ALREADY_ENROLLED", "ELIGIBLE"):
        nodes = (await client.ask(query, v=verdict))["households"]["nodes"]
        found = {v["status"] for node in nodes for v in node["verdicts"] if v["programme"]["code"] == "PKH"}
        assert found == {verdict}


async def test_a_verdict_explains_itself_as_data_and_in_a_sentence(client: Client) -> None:
    query = """query ($id: ID!) { verdict(householdId: $id, programmeCode: "PKH") { status sentence sentenceEn nextStep nextStepEn
      explanation { code outcome change changeEn nextStepEn values {
        field value unit operator threshold outcome missing source members { met unknown total } } } } }"""
    verdict = (await client.ask(query, id=opaque_id(Kind.HOUSEHOLD, household_of(OWN, 3))))["verdict"]
    decile, component = verdict["explanation"][:2]
    assert verdict["status"] == "UNKNOWN"
    assert decile["values"] == [
        {
            "field": "decile",
            "value": None,
            "unit": "decile",
            "operator": "BETWEEN",
            "threshold": ["1", "4"],
            "outcome": "MISSING",
            "missing": ["decile"],
            "source": None,
            "members": None,
        }
    ]
    assert decile["change"] == "desil kesejahteraan tidak diketahui: minta desa mengusulkan pemutakhiran DTSEN"
    assert decile["changeEn"] == "welfare decile not known: ask the village to have DTSEN updated"
    assert verdict["nextStepEn"] == decile["nextStepEn"]
    assert (component["outcome"], component["change"]) == ("PASS", None)
    assert all(value["members"]["total"] == 2 and value["source"] == OWN for value in component["values"])
    assert verdict["sentenceEn"].startswith(
        "It cannot be told yet whether eligible for PKH: 1 of 5 conditions not known, "
    )
    assert verdict["sentence"].startswith(
        "Belum dapat dipastikan apakah berhak atas PKH: 1 dari 5 syarat tidak diketahui, "
    )
    assert verdict["nextStep"].rstrip(".") in verdict["sentence"]


async def test_coverage_counts_each_region_and_programme(client: Client) -> None:
    query = """query ($codes: [String!]) { coverage(regionCodes: $codes, programmeCode: "PKH") {
      region { code } programme { code unit } households persons need undetermined enrolled unserved matched issued } }"""
    rows = (await client.ask(query, "analyst", codes=[OWN, FOREIGN]))["coverage"]
    assert [(row["region"]["code"], row["households"], row["persons"]) for row in rows] == [
        (FOREIGN, 6, 12),
        (OWN, HOUSEHOLDS, 2 * HOUSEHOLDS),
    ]
    own = rows[1]
    assert own["programme"] == {"code": "PKH", "unit": "HOUSEHOLD"}
    assert (own["need"], own["undetermined"], own["enrolled"], own["matched"]) == (74, 29, 21, 20)
    children = await client.ask('{ coverage(parentCode: "35", programmeCode: "PKH") { region { code } } }', "analyst")
    assert [row["region"]["code"] for row in children["coverage"]] == [FOREIGN, OWN]


async def test_pools_balance(client: Client) -> None:
    query = "{ pools { nodes { reportedTotal total available reserved offered issued } } }"
    for pool in (await client.ask(query, "analyst"))["pools"]["nodes"]:
        assert pool["total"] == pool["available"] + pool["reserved"] + pool["offered"] + pool["issued"]
        assert pool["total"] == pool["reportedTotal"]


async def test_a_match_tells_its_history_and_where_its_slot_is(client: Client) -> None:
    query = """{ matches(programmeCode: "PKH", status: OFFERED, first: 1) { nodes { id reference status expiresAt rank
      programme { code } household { region { code } } person { id } pool { region { code } }
      history { fromStatus toStatus actor } run { programmes { code } status createdBy approvedBy seed candidateCount } } } }"""
    match = (await client.ask(query, "analyst"))["matches"]["nodes"][0]
    assert match["history"] == [
        {"fromStatus": None, "toStatus": "PROPOSED", "actor": "analyst"},
        {"fromStatus": "PROPOSED", "toStatus": "RESERVED", "actor": "analyst"},
        {"fromStatus": "RESERVED", "toStatus": "OFFERED", "actor": "hub"},
    ]
    assert match["expiresAt"] == "2026-03-15T08:00:00+00:00"
    assert match["person"] is None
    assert match["run"]["createdBy"] == "analyst"
    assert match["run"]["approvedBy"] == "approver"
    assert (await client.ask("query ($id: ID!) { match(id: $id) { reference } }", "analyst", id=match["id"])) == {
        "match": {"reference": match["reference"]}
    }


async def test_a_run_shows_its_ranking(client: Client) -> None:
    query = """{ allocationRuns(programmeCode: "PKH") { nodes { id status placed candidates(first: 3) { nodes { rank decile
      household { id } pool { id } } pageInfo { hasNextPage } } } } }"""
    run = (await client.ask(query, "analyst"))["allocationRuns"]["nodes"][0]
    assert (run["status"], run["placed"]) == ("EXECUTED", 22)
    assert [candidate["rank"] for candidate in run["candidates"]["nodes"]] == [1, 2, 3]
    assert run["candidates"]["pageInfo"] == {"hasNextPage": True}


async def test_a_district_that_was_never_read_to_its_end_is_stale(client: Client) -> None:
    query = "{ districtSystems { nodes { region { code } status contractVersion freshness { isStale drainedAt failureCode } } } }"
    nodes = (await client.ask(query, "analyst"))["districtSystems"]["nodes"]
    assert {node["region"]["code"]: node["freshness"]["isStale"] for node in nodes} == {FOREIGN: True, OWN: False}


async def test_what_was_rejected_says_what_to_do(client: Client) -> None:
    query = """{ rejects { nodes { source recordKind recordId field code severity value wayOut } }
      ingestBatches { nodes { received merged rejected channel } } }"""
    data = await client.ask(query)
    assert data["rejects"]["nodes"] == [
        {
            "source": OWN,
            "recordKind": "PERSON",
            "recordId": "p4-2",
            "field": "nik",
            "code": "NIK_NOT_16_DIGITS",
            "severity": "FIELD",
            "value": "123",
            "wayOut": "A NIK has 16 digits: correct it from the identity card, or send null.",
        }
    ]
    assert data["ingestBatches"]["nodes"] == [
        {"received": count, "merged": count, "rejected": 0, "channel": "PULL"} for count in (2, 113)
    ]  # what villages report, and the feed before it
    assert (await client.ask(query, "masked-officer"))["rejects"]["nodes"][0]["value"] is None


async def test_a_programme_shows_the_rule_in_force(client: Client) -> None:
    query = """{ programme(code: "PKH") { code name nameEn unit rosterSource
      rule { version effectiveFrom clauses { code label isExclusion } } } }"""
    programme = (await client.ask(query, "partner"))["programme"]
    assert programme["rule"]["clauses"][0] == {
        "code": "decile",
        "label": "Desil kesejahteraan 1 sampai 4",
        "isExclusion": False,
    }
    assert (programme["rule"]["version"], programme["rule"]["effectiveFrom"]) == (1, "2021-01-01")


async def test_entities_come_in_the_order_of_their_representations_by_id_or_code(client: Client) -> None:
    query = """query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Region { name }
      ... on Programme { name } ... on Household { address } } }"""
    representations = [
        {"__typename": "Programme", "code": "PIP"},
        {"__typename": "Household", "id": H1},
        {"__typename": "Region", "code": "35.10"},
        {"__typename": "Household", "id": opaque_id(Kind.HOUSEHOLD, 1)},
    ]
    assert (await client.ask(query, "officer via router", of=representations))["_entities"] == [
        {"__typename": "Programme", "name": "Program Indonesia Pintar"},
        {"__typename": "Household", "address": "Dusun 35.10/1"},
        {"__typename": "Region", "name": "Kabupaten Banyuwangi"},
        None,
    ]
