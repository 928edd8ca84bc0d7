"""Selection sets merged into one list of fields for a concrete type (CollectFields of the specification)."""

from collections.abc import Iterable, Mapping, Sequence

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from execution.facts import How
from execution.index import SchemaIndex

Fields = dict[str, list[FieldNode]]


class Collector:
    """Collects the fields of one operation under one outcome of its @skip and @include variables."""

    def __init__(
        self,
        index: SchemaIndex,
        fragments: Mapping[str, FragmentDefinitionNode],
        outcome: Mapping[str, bool],
    ) -> None:
        self.index = index
        self.fragments = fragments
        self.outcome = outcome

    def fields(self, type_: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode]) -> Fields:
        """Response key -> the field nodes that are merged under it, in the order of the document."""
        fields: Fields = {}
        names = self.index.names(type_)
        visited: set[str] = set()
        for selection_set in selection_sets:
            self._visit(selection_set, names, visited, fields)
        return fields

    def names(self, nodes: Iterable[FieldNode]) -> dict[str, list[FieldNode]]:
        """Field name -> nodes below `nodes`, over every concrete type: what a selection asks for."""
        fields: Fields = {}
        visited: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._visit(node.selection_set, None, visited, fields)
        by_name: Fields = {}
        for found in fields.values():
            for node in found:
                by_name.setdefault(node.name.value, []).append(node)
        return by_name

    def _visit(
        self,
        selection_set: SelectionSetNode,
        names: frozenset[str] | None,
        visited: set[str],
        fields: Fields,
    ) -> None:
        for selection in selection_set.selections:
            if selection.directives and not self.included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                fields.setdefault(key, []).append(selection)
                continue
            fragment = self._fragment(selection, visited)
            if fragment is None:
                continue
            condition = fragment.type_condition
            if names is None or condition is None or condition.name.value in names:
                if isinstance(selection, FragmentSpreadNode):
                    visited.add(selection.name.value)
                self._visit(fragment.selection_set, names, visited, fields)

    def _fragment(
        self, selection: SelectionNode, visited: set[str]
    ) -> FragmentDefinitionNode | InlineFragmentNode | None:
        if isinstance(selection, InlineFragmentNode):
            return selection
        if isinstance(selection, FragmentSpreadNode) and selection.name.value not in visited:
            return self.fragments.get(selection.name.value)
        return None

    def included(self, node: SelectionNode) -> bool:
        """Whether @skip and @include let `node` through."""
        for directive in node.directives or ():
            name = directive.name.value
            if name == "skip" and self._condition(directive):
                return False
            if name == "include" and not self._condition(directive):
                return False
        return True

    def _condition(self, directive: DirectiveNode) -> bool:
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                return self.outcome[argument.value.name.value]
            if isinstance(argument.value, BooleanValueNode):
                return argument.value.value
        raise ValueError(f"@{directive.name.value} has no condition: the document is not valid.")


class Selection:
    """What an operation asks for below a field, by names of the schema, over every concrete type.

    >>> "members" in fields and "nik" in fields.below("members")   # doctest: +SKIP
    """

    __slots__ = ("_attributes", "_fields", "_lower", "_names", "collector", "nodes")

    def __init__(self, collector: Collector, nodes: Iterable[FieldNode]) -> None:
        self.collector = collector
        self.nodes = tuple(nodes)
        self._fields: dict[str, list[FieldNode]] | None = None
        self._names: frozenset[str] | None = None
        self._lower: dict[str, Selection] = {}
        self._attributes: dict[str, frozenset[str] | None] = {}

    def _below(self) -> dict[str, list[FieldNode]]:
        if self._fields is None:
            self._fields = self.collector.names(self.nodes)
        return self._fields

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields that are asked for; empty below a leaf."""
        if self._names is None:
            self._names = frozenset(self._below())
        return self._names

    def __contains__(self, name: str) -> bool:
        return name in self._below()

    def below(self, name: str) -> "Selection":
        """What is asked for below the field `name`; empty if it is not asked for."""
        lower = self._lower.get(name)
        if lower is None:
            lower = self._lower[name] = Selection(self.collector, self._below().get(name, ()))
        return lower

    def attributes(self, type_name: str) -> frozenset[str] | None:
        """What is read of objects of this type for the fields that are asked for: attributes, and the keys of batches.

        None if that cannot be told: a resolver, or a key that is a function, may read anything.
        """
        if type_name not in self._attributes:
            self._attributes[type_name] = self._read_of(type_name)
        return self._attributes[type_name]

    def _read_of(self, type_name: str) -> frozenset[str] | None:
        index = self.collector.index
        type_ = index.schema.type_map[type_name]
        read = set()
        for name in self.names:
            if not isinstance(type_, GraphQLObjectType) or name not in type_.fields:
                continue  # __typename, or a field of another type that may stand here
            facts = index.facts(type_, name)
            attribute = facts.attribute if facts.batch is None else facts.batch.key
            if facts.how not in (How.ATTRIBUTE, How.BATCH) or not isinstance(attribute, str):
                return None
            read.add(attribute)
        return frozenset(read)


def merged(selections: Sequence[Selection]) -> Selection:
    """What several fields of one operation ask for together."""
    if len(selections) == 1:
        return selections[0]
    nodes = [node for selection in selections for node in selection.nodes]
    return Selection(selections[0].collector, nodes)
