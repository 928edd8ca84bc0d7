"""Lists without executing field by field: half a million households have to leave quickly, and 514 districts of a
test share two processors.

A query whose only root field is `changes` or `caseFileSearch` becomes a writer that reads all attributes of an object
at once. Whatever else a document holds (directives, other fields, errors) is left to Strawberry.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import graphql
import msgspec
from graphql.execution.values import get_argument_values, get_variable_values

from simulators.district import DistrictSystem
from simulators.district_scalars import read_moment
from simulators.district_schema import changes_of, refusal, search_of
from simulators.district_search import CaseFileFilter, Position

Writer = Callable[[Any], Any]
Arguments = Mapping[str, Any]
_CACHED_QUERIES = 64
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class _NotPlain(Exception):
    """The document holds something that is left to Strawberry."""


class ListWriter:
    """Answers plain queries for `changes` or `caseFileSearch` in bytes."""

    def __init__(self) -> None:
        contract = (resources.files("schema") / "district.graphql").read_text(encoding="utf-8")
        self._schema = graphql.build_schema(contract, assume_valid_sdl=True)
        self._plans: dict[str, _Plan | None] = {}

    def answer(
        self, system: DistrictSystem, query: str, variables: Mapping[str, Any], operation_name: str | None
    ) -> bytes | None:
        """The response body, or None when Strawberry has to answer; GraphQLError as changes_of and search_of."""
        if query not in self._plans:
            if len(self._plans) >= _CACHED_QUERIES:
                self._plans.clear()
            self._plans[query] = self._plan(query)
        plan = self._plans[query]
        if plan is None or operation_name not in {None, plan.operation_name}:
            return None
        root = _ROOTS[plan.root]
        arguments = plan.arguments(variables) if root.capability in system.capabilities else None
        if arguments is None:
            return None
        return msgspec.json.encode({"data": {plan.key: plan.write(root.page(system, arguments))}})

    def _plan(self, query: str) -> "_Plan | None":
        try:
            document = graphql.parse(query)
            if "@" in query or graphql.validate(self._schema, document):
                return None
            return _Plan(self._schema, document)
        except (graphql.GraphQLError, _NotPlain):
            return None


class _Root(NamedTuple):
    """A root field: what a district must be able to do for it, and how its page is found."""

    capability: str
    page: Callable[[DistrictSystem, Arguments], Any]


def _changes(system: DistrictSystem, arguments: Arguments) -> Any:
    return changes_of(system, arguments.get("after") or None, arguments["first"])


def _search(system: DistrictSystem, arguments: Arguments) -> Any:
    wanted, after = arguments["filter"], arguments.get("after")
    try:
        position = Position(read_moment(after["receivedAt"]), after.get("id")) if after else None
        return search_of(system, _filter(wanted), position, arguments["first"])
    except ValueError as error:
        raise refusal("BAD_REQUEST", str(error)) from error


def _filter(wanted: Arguments) -> CaseFileFilter:
    statuses, categories = wanted.get("statuses"), wanted.get("categories")
    start, end = wanted.get("receivedFrom"), wanted.get("receivedBefore")
    return CaseFileFilter(
        region_code=wanted.get("regionCode"),
        statuses=None if statuses is None else frozenset(statuses),
        categories=None if categories is None else frozenset(categories),
        received_from=None if start is None else read_moment(start),
        received_before=None if end is None else read_moment(end),
        number=wanted.get("number"),
        text=wanted.get("text"),
        is_sensitive=wanted.get("isSensitive"),
        order=wanted["order"],
    )


_ROOTS: Mapping[str, _Root] = MappingProxyType(
    {"changes": _Root("CHANGES", _changes), "caseFileSearch": _Root("CASE_FILES", _search)}
)


class _Plan:
    """One document: its arguments, and the writer of its page."""

    def __init__(self, schema: graphql.GraphQLSchema, document: graphql.DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, graphql.FragmentDefinitionNode)
        }
        operations = [node for node in document.definitions if isinstance(node, graphql.OperationDefinitionNode)]
        query_type = schema.query_type
        if len(operations) != 1 or operations[0].operation != graphql.OperationType.QUERY or query_type is None:
            raise _NotPlain
        self.operation_name = operations[0].name.value if operations[0].name else None
        self._variables = operations[0].variable_definitions or ()
        fields = self._fields(query_type, operations[0].selection_set)
        if len(fields) != 1:
            raise _NotPlain
        ((self.key, nodes),) = fields.items()
        self.root = nodes[0].name.value
        if len(nodes) != 1 or self.root not in _ROOTS:
            raise _NotPlain
        self._field = query_type.fields[self.root]
        self._node = nodes[0]
        self.write = self._writer(self._field.type, nodes)

    def arguments(self, given: Arguments) -> dict[str, Any] | None:
        """The coerced arguments, None when they are wrong."""
        coerced = get_variable_values(self._schema, self._variables, dict(given))
        if isinstance(coerced, list):
            return None
        try:
            return get_argument_values(self._field, self._node, coerced)
        except graphql.GraphQLError:
            return None

    def _fields(
        self, type_: graphql.GraphQLObjectType, selection: graphql.SelectionSetNode | None
    ) -> dict[str, list[graphql.FieldNode]]:
        """Field nodes by response key, fragments opened where they apply to the type."""
        found: dict[str, list[graphql.FieldNode]] = {}
        for node in selection.selections if selection else ():
            if isinstance(node, graphql.FieldNode):
                key = (node.alias or node.name).value
                found.setdefault(key, []).append(node)
                continue
            fragment = self._fragments[node.name.value] if isinstance(node, graphql.FragmentSpreadNode) else node
            if not isinstance(fragment, graphql.FragmentDefinitionNode | graphql.InlineFragmentNode):
                raise _NotPlain
            if self._applies(fragment.type_condition, type_):
                for key, nodes in self._fields(type_, fragment.selection_set).items():
                    found.setdefault(key, []).extend(nodes)
        return found

    def _applies(self, condition: graphql.NamedTypeNode | None, type_: graphql.GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == type_.name:
            return True
        named = self._schema.get_type(condition.name.value)
        return isinstance(named, graphql.GraphQLUnionType) and type_ in named.types

    def _writer(self, type_: graphql.GraphQLOutputType, nodes: Iterable[graphql.FieldNode]) -> Writer:
        """What turns a value of a type that has fields into what JSON takes."""
        nullable = graphql.get_nullable_type(type_)
        if isinstance(nullable, graphql.GraphQLList):
            write = self._writer(nullable.of_type, nodes)
            return lambda values: None if values is None else [write(value) for value in values]
        selection = graphql.SelectionSetNode(
            selections=tuple(inner for node in nodes if node.selection_set for inner in node.selection_set.selections)
        )
        if isinstance(nullable, graphql.GraphQLUnionType):
            writers = {possible.name: self._object_writer(possible, selection) for possible in nullable.types}
            return lambda value: writers[type(value).__name__](value)
        if isinstance(nullable, graphql.GraphQLObjectType):
            return self._object_writer(nullable, selection)
        raise _NotPlain

    def _object_writer(self, type_: graphql.GraphQLObjectType, selection: graphql.SelectionSetNode) -> Writer:
        keys: list[str] = []
        attributes: list[str] = []
        nested: list[tuple[str, Writer]] = []
        for key, nodes in self._fields(type_, selection).items():
            name = nodes[0].name.value
            keys.append(key)
            if name == "__typename":
                if type_.name.startswith("Change"):
                    raise _NotPlain
                attributes.append("__class__.__name__")
                continue
            attributes.append(_WORD.sub("_", name).lower())
            field_type = type_.fields[name].type
            if not graphql.is_leaf_type(graphql.get_named_type(field_type)):
                nested.append((key, self._writer(field_type, nodes)))
        return _reader(keys, attributes, nested)


def _reader(keys: list[str], attributes: list[str], nested: list[tuple[str, Writer]]) -> Writer:
    """Reads the attributes of an object into a dict in one call."""
    if not attributes:
        return lambda _: {}
    read = attrgetter(*attributes, attributes[0])

    def write(value: Any) -> dict[str, Any]:
        written = dict(zip(keys, read(value), strict=False))
        for key, write_nested in nested:
            written[key] = write_nested(written[key])
        return written

    return write
