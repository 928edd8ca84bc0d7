"""No way past the checks by _entities, _service or a router's token: every kind of entity, every kind of caller."""

from typing import Any

import pytest
from graphql import GraphQLUnionType

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import SCOPES_OF_ROLE, Role, Scope
from hub.store.database import Database
from resolvers.nodes import SCOPE_OF_KIND
from schema.build import build_schema
from schema.subgraph import BY_CODE
from tests.access.foreign import Foreign, find_foreign, is_nothing
from tests.schema.world import CALLERS, Client
from tests.schema.world_records import household_of, person_of

OWN_ONLY = [kind for kind in Kind if SCOPE_OF_KIND[kind] is not Scope.REGION_READ]
ENTITIES = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Node { id } } }"
SERVICE = "{ _service { sdl } }"
USERS = [name for name in CALLERS if not name.endswith("router")]


@pytest.fixture
async def foreign(world: Database) -> Foreign:
    return await find_foreign(world)


def _by_id(kind: Kind, opaque: str) -> list[dict[str, str]]:
    return [{"__typename": kind.value, "id": opaque}]


async def _codes(client: Client, query: str, caller: str, **variables: Any) -> list[str]:
    return [error["extensions"]["code"] for error in await client.refused(query, caller, **variables)]


def test_the_kinds_here_are_all_entities_there_are() -> None:
    union = build_schema().graphql.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    assert {type_.name for type_ in union.types} == {kind.value for kind in Kind}


def test_no_role_but_the_routers_can_be_given_the_routers_scope() -> None:
    assert [role for role in Role if Scope.FEDERATION_READ in SCOPES_OF_ROLE[role]] == [Role.ROUTER]


def test_a_router_can_be_given_no_scope_that_writes_or_shows_whole_numbers() -> None:
    writing = {scope for scope in Scope if not scope.value.endswith(":read")}
    assert SCOPES_OF_ROLE[Role.ROUTER] & (writing | {Scope.IDENTITY_READ}) == set()


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("caller", USERS)
async def test_nobody_but_a_router_asks_for_entities(client: Client, caller: str, kind: Kind) -> None:
    assert await _codes(client, ENTITIES, caller, of=_by_id(kind, "any")) == ["FORBIDDEN"]


@pytest.mark.parametrize("caller", USERS)
async def test_nobody_but_a_router_asks_for_the_sdl(client: Client, caller: str) -> None:
    assert await _codes(client, SERVICE, caller) == ["FORBIDDEN"]


async def test_a_router_gets_the_sdl_with_every_key(client: Client) -> None:
    sdl = (await client.ask(SERVICE, "bare-router"))["_service"]["sdl"]
    for kind in Kind:
        keys = ' @key(fields: "id") @key(fields: "code") {' if kind in BY_CODE else ' @key(fields: "id") {'
        assert f"type {kind.value} implements Node{keys}\n" in sdl
    assert "requiresScopes" not in sdl


@pytest.mark.parametrize("kind", OWN_ONLY)
@pytest.mark.parametrize("caller", ["officer via router", "system via bare-router"])
async def test_no_entity_is_found_by_a_foreign_id(client: Client, foreign: Foreign, kind: Kind, caller: str) -> None:
    answer = (await client.post(ENTITIES, caller, of=_by_id(kind, foreign.ids[kind]))).json()
    assert is_nothing(answer.get("data")), answer


@pytest.mark.parametrize("kind", OWN_ONLY)
async def test_the_ministry_finds_the_same_ids_through_a_router_so_they_are_real(
    client: Client, foreign: Foreign, kind: Kind
) -> None:
    data = await client.ask(ENTITIES, "analyst via bare-router", of=_by_id(kind, foreign.ids[kind]))
    assert data == {"_entities": [{"__typename": kind.value, "id": foreign.ids[kind]}]}


@pytest.mark.parametrize("kind", OWN_ONLY)
@pytest.mark.parametrize("caller", ["bare-router", "partner via router", "partner via bare-router"])
async def test_neither_router_nor_user_lends_the_other_a_scope(
    client: Client, foreign: Foreign, kind: Kind, caller: str
) -> None:
    """The router of `via router` may read all of this itself; its user may not."""
    by_id = _by_id(kind, foreign.ids[kind])
    assert await _codes(
        client, "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }", caller, of=by_id
    ) == ["FORBIDDEN"]
    fragment = f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on {kind.value} {{ id }} }} }}"
    assert await _codes(client, fragment, caller, of=by_id) == ["FORBIDDEN"]


async def test_one_forbidden_kind_among_others_opens_nothing(client: Client, foreign: Foreign) -> None:
    region = {"__typename": "Region", "code": "35.10"}
    mixed = [region, *_by_id(Kind.HOUSEHOLD, foreign.ids[Kind.HOUSEHOLD])]
    answer = (await client.post(ENTITIES, "partner via router", of=mixed)).json()
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("caller", "nik"),
    [
        ("officer via router", "3510010101900001"),
        ("masked-officer via router", "3510**********01"),
        ("router", "3510**********01"),
    ],
)
async def test_numbers_are_masked_as_for_any_field(client: Client, caller: str, nik: str) -> None:
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Person { nik } } }"
    person = opaque_id(Kind.PERSON, person_of("35.10", 1))
    assert await client.ask(query, caller, of=_by_id(Kind.PERSON, person)) == {"_entities": [{"nik": nik}]}


@pytest.mark.parametrize("other", ["officer", "analyst", "partner", "nobody"])
async def test_what_is_no_routers_token_does_not_pass_for_one(client: Client, other: str) -> None:
    response = await client.post(SERVICE, f"officer via {other}")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_a_routers_token_beside_none_is_no_user(client: Client) -> None:
    assert (await client.post("{ viewer { role } }", "nobody via router")).status_code == 401


async def test_a_user_through_a_router_stays_who_it_is(client: Client) -> None:
    data = await client.ask("{ viewer { role regencyCode } }", "officer via router")
    assert data == {"viewer": {"role": "DISTRICT_OFFICER", "regencyCode": "35.10"}}


@pytest.mark.parametrize(
    ("representation", "message"),
    [
        ({"__typename": "Nobody", "id": "x"}, "'Nobody' is not found by the keys that this representation has"),
        ({"__typename": "Person"}, "'Person' is not found by the keys that this representation has"),
        ({"__typename": "Person", "code": "x"}, "'Person' is not found by the keys that this representation has"),
        (
            {"__typename": "DistrictSystem", "code": "35.10"},
            "'DistrictSystem' is not found by the keys that this representation has",
        ),
        ({"__typename": "Region", "code": 35}, "'Region' is not found by the keys that this representation has"),
        ({"__typename": "Person", "id": "x"}, "'x' is not an id of this hub: use the `id` that a query gave"),
        (
            {"__typename": "Person", "id": opaque_id(Kind.HOUSEHOLD, 1)},
            "the id is that of a Household, not of a Person",
        ),
        ({"id": "x"}, "a representation is an object with the __typename of an entity and one of its keys"),
        ("Person", "a representation is an object with the __typename of an entity and one of its keys"),
        ([["Person"]], "a representation is an object with the __typename of an entity and one of its keys"),
    ],
)
async def test_a_representation_that_names_nothing_is_an_error_of_its_own(
    client: Client, representation: Any, message: str
) -> None:
    region = {"__typename": "Region", "code": "35.10"}
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Region { code } } }"
    answer = (await client.post(query, "bare-router via router", of=[region, representation])).json()
    assert answer["errors"][0]["message"] == "this needs the scope region:read: ask for a token with it, or for less"
    answer = (await client.post(query, "router", of=[region, representation])).json()
    assert answer["data"] == {"_entities": [{"code": "35.10"}, None]}
    assert [(error["message"], error["path"]) for error in answer["errors"]] == [(message, ["_entities", 1])]


async def test_what_so_many_entities_cost_is_reckoned_before_anything_is_read(client: Client) -> None:
    query = """query ($of: [_Any!]!) { ...All } fragment All on Query { _entities(representations: $of) {
      ... on Household { matches { history { toStatus } } enrolments { status programme { name } } members { id } } } }"""
    household = {"__typename": "Household", "id": opaque_id(Kind.HOUSEHOLD, household_of("35.10", 1))}
    deep = query.replace("members { id }", "members { household { members { household { members { id } } } } }")
    for count, allowed in ((100, True), (1_000, False)):
        answer = (await client.post(deep, "officer via router", of=[household] * count)).json()
        assert ("data" in answer) is allowed
    assert (
        answer["errors"][0]["message"]
        == "the cost of 1000 entities is 226000, and 100000 is allowed: ask for less at a time"
    )
    assert "data" in (await client.post(query, "officer via router", of=[household] * 1_000)).json()


async def test_more_than_1000_entities_are_refused_before_anything_is_read(client: Client) -> None:
    errors = await client.refused(ENTITIES, "router", of=[{"__typename": "Region", "code": "35.10"}] * 1_001)
    assert errors[0]["message"] == "ask for at most 1000 entities at a time, not 1001"
