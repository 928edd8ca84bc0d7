"""A token of 35.10 reads nothing of 35.09: by no root field, entity, node id or nested field."""

from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type

from hub.domain.opaque_id import Kind
from hub.domain.principal import Scope
from hub.store.database import Database
from resolvers.nodes import SCOPE_OF_KIND
from schema.build import build_schema
from schema.guard import _scopes_of
from tests.access.foreign import Foreign, find_foreign, is_nothing
from tests.schema.world import FOREIGN, Calls, Client, nik

DISTRICT = ["officer", "system"]

PUBLIC = {"viewer", "region", "regions", "programme", "programmes", "_service"}
"""Root fields that tell everybody the same; viewer tells the caller about the caller."""

BY_ID = {
    "household": Kind.HOUSEHOLD,
    "person": Kind.PERSON,
    "caseFile": Kind.CASE_FILE,
    "match": Kind.MATCH,
    "allocationRun": Kind.ALLOCATION_RUN,
}

ASKED = {
    "households": f'households(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "personsByNik": "personsByNik(nik: $nik) { id }",
    "caseFiles": f'caseFiles(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "caseFileCount": f'caseFileCount(regionCode: "{FOREIGN}") {{ count }}',
    "villageServices": f'villageServices(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "pools": f'pools(regionCode: "{FOREIGN}") {{ nodes {{ id total }} }}',
    "coverage": f'coverage(regionCode: "{FOREIGN}") {{ need }}',
    "matches": f'matches(regionCode: "{FOREIGN}") {{ nodes {{ id }} }}',
    "ingestBatches": f'ingestBatches(regencyCode: "{FOREIGN}") {{ nodes {{ received }} }}',
    "rejects": f'rejects(regencyCode: "{FOREIGN}") {{ nodes {{ code }} }}',
    "allocationRuns": "allocationRuns { nodes { id candidates { nodes { household { id } } } } }",
}
"""Root fields with the other regency as their argument."""

LISTED = {
    "households": "households(first: 100) { nodes { id region { code } address kkNumber members { id nik name } } }",
    "caseFiles": "caseFiles { nodes { id number region { code } household { id } } }",
    "villageServices": "villageServices { nodes { id region { code } household { id } } }",
    "pools": "pools { nodes { id region { code } } }",
    "coverage": 'coverage(parentCode: "35") { region { code } need }',
    "matches": "matches(first: 100) { nodes { id household { id address } person { id } pool { id } history { actor } } }",
    "districtSystems": "districtSystems { nodes { id endpoint lastCheck { findings { came } } history { reason } } }",
    "ingestBatches": "ingestBatches { nodes { source } }",
    "rejects": "rejects { nodes { source recordId } }",
}
"""Lists without a filter, or with a filter that holds both regencies."""

LIVE = {
    "households": f'households(regionCode: "{FOREIGN}", live: true) {{ nodes {{ id }} }}',
    "caseFiles": f'caseFiles(regionCode: "{FOREIGN}", live: true) {{ nodes {{ id }} }}',
    "caseFileCount": f'caseFileCount(regionCode: "{FOREIGN}", live: true) {{ count }}',
}
"""The same, asked of the districts."""

IN_SETS = {"node", "_entities", "verdict"}


@pytest.fixture
async def foreign(world: Database) -> Foreign:
    return await find_foreign(world)


def _root_fields() -> set[str]:
    query = build_schema().graphql.query_type
    assert query is not None
    return set(query.fields)


def test_every_root_field_has_a_case_here() -> None:
    assert _root_fields() == PUBLIC | set(BY_ID) | set(ASKED) | set(LISTED) | IN_SETS


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
async def test_no_node_and_no_entity_is_found_by_a_foreign_id(
    client: Client, foreign: Foreign, kind: Kind, caller: str
) -> None:
    opaque = foreign.ids[kind]
    node = await _answer(client, "query ($id: ID!) { node(id: $id) { __typename id } }", caller, id=opaque)
    representations = [{"__typename": kind.value, "id": opaque}]
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    entity = await _answer(client, query, caller, of=representations)
    assert is_nothing(node.get("data")), node
    assert is_nothing(entity.get("data")), entity


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
async def test_a_partner_app_gets_around_its_scopes_neither_by_node_nor_by_entities(
    client: Client, foreign: Foreign, kind: Kind
) -> None:
    opaque = foreign.ids[kind]
    node = await client.refused("query ($id: ID!) { node(id: $id) { __typename } }", "partner", id=opaque)
    representations = [{"__typename": kind.value, "id": opaque}]
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    entity = await client.refused(query, "partner", of=representations)
    assert [errors[0]["extensions"]["code"] for errors in (node, entity)] == ["FORBIDDEN", "FORBIDDEN"]


def test_nothing_public_leads_to_what_is_not() -> None:
    schema = build_schema().graphql
    reached: set[str] = set()
    open_: list[Any] = [get_named_type(schema.query_type.fields[name].type) for name in PUBLIC]  # type: ignore[union-attr]
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
    payloads = {"AllocationRunPayload", "CaseFilePayload", "HouseholdsSubmitPayload", "MatchPayload", "DistrictPayload"}
    assert free == {"Query", "Mutation", "PageInfo", "UserError", "Viewer"} | payloads


async def _answer(client: Client, query: str, caller: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.post(query, caller, **variables)).json()
    return answer
