"""Whether the schema that a district serves fits the contract: a pure comparison of two SDL texts.

What a district serves beyond the contract does not matter, as long as the hub's queries stay valid and
every answer stays readable: outputs may promise more, inputs may demand less.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    build_ast_schema,
    get_named_type,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
)

CONTRACT_VERSION = 1
"""The version that the hub speaks."""
_MAX_TOKENS = 50_000
_NEEDS = re.compile(r"Capability ([A-Z_]+)\.")
"""How the description of a root field in the contract says to which capability it belongs."""


class UnreadableSchema(Exception):
    """The SDL cannot be parsed, or does not hold together."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One point in which a served schema does not fit: of what kind and where, what came and what is wanted ("": nothing)."""

    word: str
    path: str
    came: str
    wanted: str

    def __str__(self) -> str:
        if not self.came:
            return f"{self.word} {self.path} is missing"
        if not self.wanted:
            return f"{self.word} {self.path} is {self.came}"
        return f"{self.word} {self.path} is {self.came}, and must be {self.wanted}"


_UNKNOWN = "not in the contract"
_REQUIRED_UNKNOWN = "required, and the contract does not know it"


def capabilities_of(contract_sdl: str) -> frozenset[str]:
    """Every capability that the contract knows."""
    kind = _schema(contract_sdl).type_map["DistrictCapability"]
    return frozenset(kind.values) if isinstance(kind, GraphQLEnumType) else frozenset()


def compare(contract_sdl: str, served_sdl: str, capabilities: Collection[str] | None = None) -> list[Misfit]:
    """What is missing or incompatible, by name and in a stable order; empty when all fits.

    Root fields of capabilities that are not among `capabilities` may be absent, with all types that only they use; None: all
    are wanted. Raises UnreadableSchema for a served SDL that cannot be read.
    """
    contract, served = _schema(contract_sdl), _schema(served_sdl)
    excused = _excused(contract, capabilities)
    wanted = _used(contract, excused)
    return [
        problem
        for name, expected in contract.type_map.items()
        if name in wanted and not is_introspection_type(expected) and not is_specified_scalar_type(expected)
        for problem in _type_problems(name, expected, served.type_map.get(name), excused)
    ]


def _schema(sdl: str) -> GraphQLSchema:
    try:
        # Without validation: directives of the federation need no definition.
        return build_ast_schema(parse(sdl, no_location=True, max_tokens=_MAX_TOKENS), assume_valid_sdl=True)
    except (GraphQLError, TypeError, ValueError, KeyError, RecursionError) as error:
        raise UnreadableSchema(type(error).__name__) from error


def _excused(contract: GraphQLSchema, capabilities: Collection[str] | None) -> frozenset[str]:
    """Paths of the root fields that may be absent."""
    if capabilities is None:
        return frozenset()
    return frozenset(
        f"{root.name}.{name}"
        for root in (contract.query_type, contract.mutation_type)
        if root is not None
        for name, field in root.fields.items()
        if (needs := _NEEDS.match(field.description or "")) is not None and needs[1] not in capabilities
    )


def _used(contract: GraphQLSchema, excused: Collection[str]) -> set[str]:
    """The types that can be reached from the root fields that must be there, and these roots."""
    used: set[str] = set()
    waiting: list[GraphQLNamedType] = [
        root
        for root in (contract.query_type, contract.mutation_type)
        if root is not None and any(f"{root.name}.{name}" not in excused for name in root.fields)
    ]
    while waiting:
        at = waiting.pop()
        if at.name not in used:
            used.add(at.name)
            waiting.extend(_below(at, excused))
    return used


def _below(at: GraphQLNamedType, excused: Collection[str]) -> Iterator[GraphQLNamedType]:
    if isinstance(at, GraphQLUnionType):
        yield from at.types
    elif isinstance(at, GraphQLInputObjectType):
        yield from (get_named_type(field.type) for field in at.fields.values())
    elif isinstance(at, GraphQLObjectType):
        for name, field in at.fields.items():
            if f"{at.name}.{name}" not in excused:
                yield get_named_type(field.type)
                yield from (get_named_type(argument.type) for argument in field.args.values())


def _type_problems(
    name: str, expected: GraphQLNamedType, served: GraphQLNamedType | None, excused: Collection[str]
) -> Iterable[Misfit]:
    if served is None:
        return [Misfit("type", name, "", _kind(expected))]
    match expected, served:
        case GraphQLObjectType(), GraphQLObjectType():
            return _object_problems(expected, served, excused)
        case GraphQLInputObjectType(), GraphQLInputObjectType():
            return _input_problems(name, "field", expected.fields, served.fields)
        case GraphQLEnumType(), GraphQLEnumType():
            return _set_problems(name, "value", expected.values, served.values)
        case GraphQLUnionType(), GraphQLUnionType():
            return _set_problems(name, "member", [t.name for t in expected.types], [t.name for t in served.types])
    if type(expected) is not type(served):
        return [Misfit("type", name, _kind(served), _kind(expected))]
    return []


def _object_problems(
    expected: GraphQLObjectType, served: GraphQLObjectType, excused: Collection[str]
) -> Iterator[Misfit]:
    for key in _keys(expected):
        if key not in _keys(served):
            yield Misfit("type", expected.name, "without key", f'@key(fields: "{key}")')
    for field_name, field in expected.fields.items():
        path = f"{expected.name}.{field_name}"
        offered = served.fields.get(field_name)
        if offered is None:
            if path not in excused:
                yield Misfit("field", path, "", str(field.type))
            continue
        if not _gives(offered.type, field.type):
            yield Misfit("field", path, str(offered.type), str(field.type))
        yield from _input_problems(path, "argument", field.args, offered.args)


def _input_problems(
    owner: str,
    word: str,
    expected: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    served: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
) -> Iterator[Misfit]:
    for name, value in expected.items():
        offered = served.get(name)
        if offered is None:
            yield Misfit(word, f"{owner}.{name}", "", str(value.type))
        elif not _takes(offered, value):
            yield Misfit(word, f"{owner}.{name}", str(offered.type), str(value.type))
    for name, value in served.items():
        if name not in expected and _is_required(value):
            yield Misfit(word, f"{owner}.{name}", _REQUIRED_UNKNOWN, "")


def _set_problems(owner: str, word: str, expected: Iterable[str], served: Iterable[str]) -> Iterator[Misfit]:
    expected, served = list(expected), list(served)
    yield from (Misfit(word, f"{owner}.{name}", "", name) for name in expected if name not in served)
    yield from (Misfit(word, f"{owner}.{name}", _UNKNOWN, "") for name in served if name not in expected)


def _gives(served: GraphQLType, expected: GraphQLType) -> bool:
    """Whether every value of the served type can be read as the expected one."""
    if isinstance(expected, GraphQLNonNull):
        return isinstance(served, GraphQLNonNull) and _gives(served.of_type, expected.of_type)
    if isinstance(served, GraphQLNonNull):
        return _gives(served.of_type, expected)
    if isinstance(expected, GraphQLList) and isinstance(served, GraphQLList):
        return _gives(served.of_type, expected.of_type)
    return str(served) == str(expected)


def _takes(served: GraphQLArgument | GraphQLInputField, expected: GraphQLArgument | GraphQLInputField) -> bool:
    """Whether the served input takes whatever the contract lets the hub send, or leave out."""
    if _is_required(served) and not _is_required(expected):
        return False
    return _gives(expected.type, served.type)


def _is_required(value: GraphQLArgument | GraphQLInputField) -> bool:
    if isinstance(value, GraphQLArgument):
        return is_required_argument(value)
    return is_required_input_field(value)


def _keys(served: GraphQLObjectType) -> list[str]:
    nodes = [served.ast_node, *served.extension_ast_nodes]
    return [
        getattr(argument.value, "value", "")
        for node in nodes
        if node is not None
        for directive in node.directives or ()
        if directive.name.value == "key"
        for argument in directive.arguments or ()
        if argument.name.value == "fields"
    ]


def _kind(named: GraphQLNamedType) -> str:
    return type(named).__name__.removeprefix("GraphQL").removesuffix("Type").lower()
