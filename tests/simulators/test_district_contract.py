"""What a district serves is schema/district.graphql, type by type."""

from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any

import graphql

Ask = Callable[..., Awaitable[dict[str, Any]]]


def shape(sdl: str) -> dict[str, dict[str, str]]:
    """Every type with its fields (arguments included), input fields, values or members."""
    schema = graphql.build_schema(sdl, assume_valid_sdl=True)
    shapes: dict[str, dict[str, str]] = {}
    for name, type_ in schema.type_map.items():
        if name.startswith("_"):
            continue
        if isinstance(type_, graphql.GraphQLObjectType):
            shapes[name] = {field: signature(definition) for field, definition in type_.fields.items()}
        elif isinstance(type_, graphql.GraphQLInputObjectType):
            shapes[name] = {field: str(definition.type) for field, definition in type_.fields.items()}
        elif isinstance(type_, graphql.GraphQLEnumType):
            shapes[name] = dict.fromkeys(type_.values, "value")
        elif isinstance(type_, graphql.GraphQLUnionType):
            shapes[name] = {member.name: "member" for member in type_.types}
        else:
            shapes[name] = {}
    return shapes


def signature(field: graphql.GraphQLField) -> str:
    default = "".join(
        f"={argument.default.literal.value}" if argument.default else "" for argument in field.args.values()
    )
    arguments = ", ".join(f"{name}: {argument.type}" for name, argument in field.args.items())
    return f"({arguments}) {default} {field.type}"


def keys_of(sdl: str) -> dict[str, list[str]]:
    found = {}
    for node in graphql.parse(sdl).definitions:
        if isinstance(node, graphql.ObjectTypeDefinitionNode):
            keys = [graphql.print_ast(d) for d in node.directives or () if d.name.value == "key"]
            if keys:
                found[node.name.value] = keys
    return found


async def test_the_schema_served_is_the_contract(ask: Ask) -> None:
    contract = (resources.files("schema") / "district.graphql").read_text(encoding="utf-8")
    served = (await ask("{ _service { sdl } }"))["data"]["_service"]["sdl"]

    expected, found = shape(contract), shape(served)
    for query_only_of_federation in ("_entities", "_service"):
        found["Query"].pop(query_only_of_federation, None)

    assert found == expected
    assert keys_of(served) == keys_of(contract)
    assert "https://specs.apollo.dev/federation/v2.9" in served
