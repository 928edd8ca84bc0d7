"""The hub as a Federation v2 subgraph: its SDL, and its entities by their keys. Only a router may ask for either."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from graphql import (
    REMOVE,
    DirectiveNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from strawberry.federation.schema import Schema
from strawberry.printer import print_schema

from execution.batch import ATTRIBUTE, CALL, Call
from hub.domain.errors import Invalid
from hub.domain.opaque_id import Kind, Name, read_opaque_id
from hub.domain.principal import Scope
from resolvers.nodes import find_nodes
from schema.context import RequestContext
from schema.guard import SCOPES

ENTITIES_MAX = 1_000
_REQUIRES_SCOPES = "requiresScopes"
_KINDS = {kind.value: kind for kind in Kind}
BY_CODE = frozenset({Kind.REGION, Kind.PROGRAMME})
"""Kinds with a second key, `code`: that by which other subgraphs know them."""


class _Service:
    """What `_service` gives: the SDL for composition, printed once."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    @cached_property
    def sdl(self) -> str:
        document = visit(parse(print_schema(self._schema), no_location=True), _WithoutScopes())
        return print_ast(document)


class _WithoutScopes(Visitor):
    """Leaves `@requiresScopes` out: the hub checks scopes itself, and routers that cannot refuse the whole supergraph."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value == _REQUIRES_SCOPES else None

    def enter_list_value(self, node: ListValueNode, *_: Any) -> Any:
        """In the imports of `@link`, too."""
        kept = tuple(value for value in node.values if getattr(value, "value", None) != f"@{_REQUIRES_SCOPES}")
        return None if len(kept) == len(node.values) else ListValueNode(values=kept)


def make_subgraph(schema: Schema, built: GraphQLSchema) -> None:
    """Let the executor run `_service` and `_entities` of a schema as fields of its own, in place of Strawberry's."""
    service = _Service(schema)
    fields = _fields(built, "Query")
    fields["_service"].extensions.update({CALL: Call(lambda _: service), SCOPES: frozenset({Scope.FEDERATION_READ})})
    fields["_entities"].extensions.update({CALL: Call(find_entities), SCOPES: frozenset({Scope.FEDERATION_READ})})
    sdl = _fields(built, "_Service")["sdl"]
    sdl.extensions[ATTRIBUTE] = "sdl"
    sdl.resolve = None


async def find_entities(ctx: RequestContext, representations: Sequence[Any]) -> list[Any]:
    """For each representation its object, or None where there is none for this caller; one statement per kind.

    A representation that names nothing is an error of its own. Raises Forbidden when the token lacks the scope of a kind.
    """
    if len(representations) > ENTITIES_MAX:
        raise Invalid(f"ask for at most {ENTITIES_MAX} entities at a time, not {len(representations)}")
    names = [_name(representation) for representation in representations]
    found = iter(await find_nodes(ctx, [name for name in names if isinstance(name, Name)]))
    return [next(found) if isinstance(name, Name) else name for name in names]


def _name(representation: Any) -> Name | Invalid:
    match representation:
        case {"__typename": str(kind_text), "id": str(text)} if kind_text in _KINDS:
            return _named(Kind(kind_text), text)
        case {"__typename": str(kind_text), "code": str(code)} if kind_text in BY_CODE:
            return Name(Kind(kind_text), code)
        case {"__typename": str(kind_text)}:
            return Invalid(f"{kind_text[:50]!r} is not found by the keys that this representation has")
        case _:
            return Invalid("a representation is an object with the __typename of an entity and one of its keys")


def _named(kind: Kind, text: str) -> Name | Invalid:
    try:
        name = read_opaque_id(text)
    except Invalid as error:
        return error
    return name if name.kind is kind else Invalid(f"the id is that of a {name.kind.value}, not of a {kind.value}")


def _fields(built: GraphQLSchema, name: str) -> dict[str, GraphQLField]:
    type_ = built.type_map[name]
    if not isinstance(type_, GraphQLObjectType):
        raise TypeError(f"{name} is no object type")
    fields: dict[str, GraphQLField] = type_.fields
    return fields
