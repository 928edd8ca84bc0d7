"""Whether the schema that a district serves fits the contract: a pure comparison of two SDL texts.

What a district serves beyond the contract does not matter, as long as the hub's queries stay valid and
every answer stays readable: outputs may promise more, inputs may demand less.
"""

from collections.abc import Iterable, Iterator, Mapping

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
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
)

_MAX_TOKENS = 50_000


class UnreadableSchema(Exception):
    """The SDL cannot be parsed, or does not hold together."""


def compare(contract_sdl: str, served_sdl: str) -> list[str]:
    """What is missing or incompatible, by name and in a stable order; empty when all fits.

    Raises UnreadableSchema for a served SDL that cannot be read.
    """
    contract, served = _schema(contract_sdl), _schema(served_sdl)
    return [
        problem
        for name, expected in contract.type_map.items()
        if not is_introspection_type(expected) and not is_specified_scalar_type(expected)
        for problem in _type_problems(name, expected, served.type_map.get(name))
    ]


def _schema(sdl: str) -> GraphQLSchema:
    try:
        # Without validation: directives of the federation need no definition.
        return build_ast_schema(parse(sdl, no_location=True, max_tokens=_MAX_TOKENS), assume_valid_sdl=True)
    except (GraphQLError, TypeError, ValueError, KeyError, RecursionError) as error:
        raise UnreadableSchema(type(error).__name__) from error


def _type_problems(name: str, expected: GraphQLNamedType, served: GraphQLNamedType | None) -> Iterable[str]:
    if served is None:
        return [f"type {name} is missing"]
    match expected, served:
        case GraphQLObjectType(), GraphQLObjectType():
            return _object_problems(expected, served)
        case GraphQLInputObjectType(), GraphQLInputObjectType():
            return _input_problems(name, "field", expected.fields, served.fields)
        case GraphQLEnumType(), GraphQLEnumType():
            return _set_problems(name, "value", expected.values, served.values)
        case GraphQLUnionType(), GraphQLUnionType():
            return _set_problems(name, "member", [t.name for t in expected.types], [t.name for t in served.types])
    if type(expected) is not type(served):
        return [f"type {name} is {_kind(served)}, and must be {_kind(expected)}"]
    return []


def _object_problems(expected: GraphQLObjectType, served: GraphQLObjectType) -> Iterator[str]:
    for key in _keys(expected):
        if key not in _keys(served):
            yield f'type {expected.name} lacks @key(fields: "{key}")'
    for field_name, field in expected.fields.items():
        path = f"{expected.name}.{field_name}"
        offered = served.fields.get(field_name)
        if offered is None:
            yield f"field {path} is missing"
            continue
        if not _gives(offered.type, field.type):
            yield f"field {path} is {offered.type}, and must be {field.type}"
        yield from _input_problems(path, "argument", field.args, offered.args)


def _input_problems(
    owner: str,
    word: str,
    expected: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    served: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
) -> Iterator[str]:
    for name, value in expected.items():
        offered = served.get(name)
        if offered is None:
            yield f"{word} {owner}.{name} is missing"
        elif not _takes(offered, value):
            yield f"{word} {owner}.{name} is {offered.type}, and must be {value.type}"
    for name, value in served.items():
        if name not in expected and _is_required(value):
            yield f"{word} {owner}.{name} is required, and the contract does not know it"


def _set_problems(owner: str, word: str, expected: Iterable[str], served: Iterable[str]) -> Iterator[str]:
    expected, served = list(expected), list(served)
    yield from (f"{word} {owner}.{name} is missing" for name in expected if name not in served)
    yield from (f"{word} {owner}.{name} is not in the contract" for name in served if name not in expected)


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
