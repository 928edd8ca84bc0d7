"""The schema as callers read it."""

from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from execution.batch import ATTRIBUTE, BATCH, check
from schema.build import build_schema
from schema.sdl import print_sdl

_FEDERATION = ("_", "link__", "federation__")
_ROOTS = {"Query", "Mutation", "Subscription"}


def _types() -> dict[str, Any]:
    types = build_schema().graphql.type_map
    return {name: type_ for name, type_ in types.items() if not name.startswith(_FEDERATION)}


def _fields(type_: Any) -> dict[str, Any]:
    return {name: field for name, field in getattr(type_, "fields", {}).items() if not name.startswith("_")}


def test_the_checked_in_sdl_is_that_of_the_code() -> None:
    path = Path(__file__).parents[2] / "schema" / "hub.graphql"
    assert path.read_text("utf-8") == print_sdl(), "run `slrt-hub sdl` and review the difference"


def test_every_type_field_argument_and_enum_value_is_described() -> None:
    missing = []
    for name, type_ in _types().items():
        missing += [] if type_.description else [name]
        for field_name, field in _fields(type_).items():
            missing += [] if field.description else [f"{name}.{field_name}"]
            for argument, definition in getattr(field, "args", {}).items():
                missing += [] if definition.description else [f"{name}.{field_name}({argument})"]
        if isinstance(type_, GraphQLEnumType):
            missing += [f"{name}.{value}" for value, definition in type_.values.items() if not definition.description]
    assert missing == []


def test_business_objects_are_nodes_with_a_federation_key() -> None:
    sdl = print_sdl()
    nodes = [
        name
        for name, type_ in _types().items()
        if isinstance(type_, GraphQLObjectType) and any(interface.name == "Node" for interface in type_.interfaces)
    ]
    assert sorted(nodes) == [
        "AllocationRun",
        "CaseFile",
        "DistrictSystem",
        "EntitlementPool",
        "Evaluation",
        "Finding",
        "Household",
        "HouseholdMove",
        "Link",
        "Match",
        "MatchReview",
        "Person",
        "Programme",
        "Referral",
        "Region",
        "RuleSet",
        "RuleSimulation",
        "VillageService",
        "Webhook",
    ]
    assert [name for name in nodes if f'type {name} implements Node @key(fields: "id")' not in sdl] == []


def test_a_connection_takes_first_and_after_and_nothing_else_is_paged() -> None:
    for name, type_ in _types().items():
        for field_name, field in _fields(type_).items():
            is_connection = get_named_type(field.type).name.endswith("Connection")
            arguments = set(getattr(field, "args", {}))
            assert is_connection == ({"first", "after"} <= arguments), f"{name}.{field_name}"
            if is_connection:
                assert field.args["first"].default_value == 50


def test_mutations_take_one_input_and_give_an_object_or_user_errors() -> None:
    mutation = build_schema().graphql.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) == ["input"], name
        assert isinstance(get_named_type(field.args["input"].type), GraphQLInputObjectType)
        payload = get_named_type(field.type)
        others = [inner for inner in payload.fields if inner != "userErrors"]
        assert len(others) == 1
        assert not is_non_null_type(payload.fields[others[0]].type)
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"


def test_every_list_holds_no_nulls() -> None:
    for name, type_ in _types().items():
        for field_name, field in _fields(type_).items():
            inner = field.type.of_type if is_non_null_type(field.type) else field.type
            if is_list_type(inner):
                assert is_non_null_type(inner.of_type), f"{name}.{field_name}"


def test_the_executor_knows_how_every_nested_field_gets_its_value() -> None:
    schema = build_schema().graphql
    check(schema)
    resolved = {
        "AllocationRun.id",
        "AllocationRun.candidateCount",
        "CaseEvent.changes",
        "SubmissionReject.wayOut",
        "Viewer.scopes",
    }
    found = {
        f"{name}.{field_name}"
        for name, type_ in _types().items()
        if isinstance(type_, GraphQLObjectType) and name not in _ROOTS
        for field_name, field in _fields(type_).items()
        if BATCH not in field.extensions and ATTRIBUTE not in field.extensions
    }
    assert found == resolved


def test_an_object_that_is_nested_is_found_in_a_batch_or_is_part_of_its_parent() -> None:
    schema = build_schema().graphql
    for name, type_ in _types().items():
        if not isinstance(type_, GraphQLObjectType) or name in _ROOTS:
            continue
        for field_name, field in _fields(type_).items():
            target = get_named_type(field.type)
            is_entity = isinstance(target, GraphQLObjectType) and schema.type_map["Node"] in target.interfaces
            in_page_or_payload = name.endswith(("Connection", "Edge", "Payload"))
            if (is_entity or isinstance(target, GraphQLInterfaceType)) and not in_page_or_payload:
                assert BATCH in field.extensions, f"{name}.{field_name}"


def test_federation_2_is_linked_with_what_is_used() -> None:
    assert print_sdl().startswith(
        'schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@requiresScopes", "@shareable"]) {'
    )
