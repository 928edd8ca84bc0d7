"""What a document costs and which scopes it needs: one walk, each fragment once, before anything is validated or run.

The walk knows no variables, so its result is kept with the document: a page whose size is a variable counts as the
largest page. A document that is not valid may be measured too; what it says about unknown fields is left to validation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_list_type,
    is_non_null_type,
    visit,
)
from strawberry.federation.schema_directives import RequiresScopes

from hub.domain.errors import Forbidden, Invalid
from hub.domain.principal import Principal, Scope
from resolvers.paging import FIRST_MAX

LIST_ASSUMED = 5
ALL_ASSUMED = 100
_CAP = 10**9
_INTROSPECTION = frozenset({"__schema", "__type", "__typename"})
_IN_VARIABLES_ONLY = frozenset({"nik", "kkNumber", "previousKkNumbers", "identity"})
_DEFINITION = "strawberry-definition"
"""GraphQL keeps no schema directives at run time, Strawberry does, under this extension."""

SCOPES = "schema.scopes"
"""Extension of a field that no directive can stand on: the scopes that it needs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one operation may ask for. `cost` is in objects that it could bring up."""

    depth: int = 15
    fields: int = 1_000
    aliases: int = 100
    directives: int = 50
    roots: int = 20
    cost: int = 100_000


@dataclass(slots=True)
class Measure:
    """What a selection adds up to; `scopes` are all that are needed. `is_safe`: an operation that only reads, and has no
    identity number among its arguments, so that it may stand in a URL. `has_entities`: it asks for entities, and its cost
    is that of 100 of them.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    scopes: frozenset[Scope] = frozenset()
    is_safe: bool = False
    has_entities: bool = False
    is_subscription: bool = False

    def add(self, other: "Measure", times: int = 1, *, below: bool = False) -> None:
        """Count another selection in, `times` over what it costs; `below`: it hangs one level deeper."""
        self.depth = max(self.depth, other.depth + below)
        self.fields = min(_CAP, self.fields + other.fields)
        self.aliases = min(_CAP, self.aliases + other.aliases)
        self.directives = min(_CAP, self.directives + other.directives)
        self.cost = min(_CAP, self.cost + other.cost * times)
        self.scopes |= other.scopes
        self.has_entities |= other.has_entities


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a field counts for: its scopes, how many objects it brings, and the type of these."""

    scopes: frozenset[Scope]
    size: int
    is_paged: bool
    type: GraphQLNamedType
    is_leaf: bool


class Guard:
    """Measures the documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits | None = None) -> None:
        self._schema = schema
        self._limits = limits or Limits()
        self._rules = {
            (type_.name, name): _rule(schema, type_, name)
            for type_ in schema.type_map.values()
            if not type_.name.startswith("__")
            for name in getattr(type_, "fields", ())
            if not hasattr(type_, "out_type")
        }

    def measure(self, document: DocumentNode) -> dict[str | None, Measure]:
        """What each operation adds up to, by its name; raises Invalid when one is beyond the limits."""
        has_secrets = _find_secrets(document)
        walk = _Walk(self._schema, self._rules, document)
        measures: dict[str | None, Measure] = {}
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                measure = walk.operation(definition)
                self._check(measure, definition)
                measure.is_safe = definition.operation is OperationType.QUERY and not has_secrets
                measure.is_subscription = definition.operation is OperationType.SUBSCRIPTION
                measures[definition.name.value if definition.name else None] = measure
        return measures

    def require_affordable(self, measure: Measure, variables: Mapping[str, object]) -> None:
        """Raise Invalid when the entities that are asked for cost too much: how many there are stands in the variables."""
        count = max((len(value) for value in variables.values() if isinstance(value, list)), default=0)
        cost, allowed = measure.cost * count // ALL_ASSUMED, self._limits.cost
        if cost > allowed:
            raise Invalid(f"the cost of {count} entities is {cost}, and {allowed} is allowed: ask for less at a time")

    def _check(self, measure: Measure, operation: OperationDefinitionNode) -> None:
        limits = self._limits
        found = {
            "depth": (measure.depth, limits.depth),
            "number of fields": (measure.fields, limits.fields),
            "number of aliases": (measure.aliases, limits.aliases),
            "number of directives": (measure.directives, limits.directives),
            "number of root fields": (len(operation.selection_set.selections), limits.roots),
            "cost": (measure.cost, limits.cost),
        }
        for what, (asked, allowed) in found.items():
            if asked > allowed:
                raise Invalid(f"the query's {what} is {asked}, and {allowed} is allowed: ask for less at a time")


def require_scopes(measure: Measure, principal: Principal) -> None:
    """Raise Forbidden when the token lacks a scope that the operation needs."""
    if not measure.scopes <= principal.scopes:
        missing = sorted(scope.value for scope in measure.scopes - principal.scopes)
        raise Forbidden(f"this needs the scope {' and '.join(missing)}: ask for a token with it, or for less")


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    rules: Mapping[tuple[str, str], _Rule]
    document: DocumentNode
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    measured: dict[str, Measure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fragments = {d.name.value: d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode)}

    def operation(self, node: OperationDefinitionNode) -> Measure:
        total = Measure(directives=_count(node.directives))
        total.add(self.selections(node.selection_set, self.schema.get_root_type(node.operation)))
        return total

    def selections(self, node: SelectionSetNode | None, type_: GraphQLNamedType | None) -> Measure:
        total = Measure()
        for selection in node.selections if node else ():
            total.directives += _count(selection.directives)
            if isinstance(selection, FieldNode):
                self.field(selection, type_, total)
            elif isinstance(selection, FragmentSpreadNode):
                total.add(self.fragment(selection.name.value))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                on = self.schema.get_type(condition.name.value) if condition else type_
                inner = self.selections(selection.selection_set, on)
                inner.scopes |= _scopes_of(on)
                total.add(inner)
        return total

    def field(self, node: FieldNode, type_: GraphQLNamedType | None, total: Measure) -> None:
        total.fields += 1
        total.aliases += node.alias is not None
        name = node.name.value
        if name in _INTROSPECTION:  # bounded by its own validation rule
            return
        total.has_entities |= name == "_entities"
        rule = self.rules.get((type_.name, name)) if type_ is not None else None
        inner = self.selections(node.selection_set, rule.type if rule else None)
        if rule is None:
            total.add(inner, below=True)
            return
        size = _page_size(node.arguments) if rule.is_paged else rule.size
        inner.cost += 0 if rule.is_leaf else 1
        inner.scopes |= rule.scopes
        total.add(inner, size, below=True)

    def fragment(self, name: str) -> Measure:
        known = self.measured.get(name)
        if known is not None:
            return known
        self.measured[name] = Measure()  # a fragment within itself counts as nothing: validation refuses it
        definition = self.fragments.get(name)
        if definition is None:
            return self.measured[name]
        on = self.schema.get_type(definition.type_condition.name.value)
        measure = self.selections(definition.selection_set, on)
        measure.directives += _count(definition.directives)
        measure.scopes |= _scopes_of(on)
        self.measured[name] = measure
        return measure


def _rule(schema: GraphQLSchema, type_: GraphQLNamedType, name: str) -> _Rule:
    definition = type_.fields[name]  # type: ignore[attr-defined]  # the caller looked
    named = get_named_type(definition.type)
    scopes = _declared(definition.extensions) | _scopes_of(named)
    inner = definition.type.of_type if is_non_null_type(definition.type) else definition.type
    is_paged = "first" in definition.args
    is_page_part = "pageInfo" in type_.fields  # type: ignore[attr-defined]  # as above; the page itself was counted
    size = LIST_ASSUMED if is_list_type(inner) and not is_page_part else 1
    if is_list_type(inner) and type_ is schema.query_type:
        size = ALL_ASSUMED
    return _Rule(scopes, size, is_paged, named, not hasattr(named, "fields") and not hasattr(named, "types"))


def _scopes_of(type_: GraphQLNamedType | None) -> frozenset[Scope]:
    """The scopes of a type; a page of objects needs those of the objects, even if none is looked at."""
    if not isinstance(type_, GraphQLObjectType):
        return frozenset()
    scopes = _declared(type_.extensions)
    for name in ("nodes", "node"):
        if name in type_.fields:
            scopes |= _declared(get_named_type(type_.fields[name].type).extensions)
    return scopes


def _declared(extensions: Mapping[str, object]) -> frozenset[Scope]:
    directives: Iterable[object] = getattr(extensions.get(_DEFINITION), "directives", None) or ()
    own: frozenset[Scope] = extensions.get(SCOPES, frozenset())  # type: ignore[assignment]  # ours
    return own | frozenset(
        Scope(name)
        for directive in directives
        if isinstance(directive, RequiresScopes)
        for alternative in directive.scopes
        for name in alternative
    )


def _page_size(arguments: Sequence[ArgumentNode] | None) -> int:
    for argument in arguments or ():
        if argument.name.value == "first" and isinstance(argument.value, IntValueNode):
            return min(FIRST_MAX, abs(int(argument.value.value[:4])))
    return FIRST_MAX


def _count(directives: Sequence[Node] | None) -> int:
    return len(directives or ())


class _Secrets(Visitor):
    """Finds identity numbers, and refuses those that stand in the text of a query: they would reach logs and caches."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        self._look(node)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        self._look(node)

    def _look(self, node: ArgumentNode | ObjectFieldNode) -> None:
        if node.name.value not in _IN_VARIABLES_ONLY:
            return
        self.found = True
        if not isinstance(node.value, VariableNode):
            raise Invalid(
                f"{node.name.value} must be given in a variable: identity numbers do not belong into a query's text"
            )


def _find_secrets(document: DocumentNode) -> bool:
    secrets = _Secrets()
    visit(document, secrets)
    return secrets.found
