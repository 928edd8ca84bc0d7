"""A plan: the tree of selection sets and steps that an operation comes to, without any value in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, GraphQLObjectType, OperationType
from graphql.execution.values import VariableValues
from msgspec import Struct, defstruct

from execution.arguments import is_constant, prepare
from execution.batch import Lookup
from execution.codegen import Writer, source_of
from execution.collect import Collector, Fields, Selection
from execution.facts import Facts, How
from execution.index import SchemaIndex
from execution.operation import Operation, Reason
from execution.response import body_of

OBJECTS_TOGETHER = 16
LISTS_TOGETHER = 8
"""More gain little, and all wait for the last of them."""


class TooMuch(Exception):
    """The operation expands to more than a plan may hold; `reason` is the rule that sends it on."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


_NOBODY: frozenset[type] = frozenset()


class Step:
    """One field of a selection set: what the schema says of it, and what the operation does.

    `read` reads what it goes by from a parent: an attribute, or the key of its batch. `child` is the selection set below
    it, if all its objects are of one type; those of the Python classes `classes` (None: of any class) are so without asking.
    `early` are the batches right below a lookup that begin with it (`batch.Lookup`).
    """

    __slots__ = (
        "arguments",
        "attribute",
        "batch",
        "call",
        "child",
        "children",
        "classes",
        "definition",
        "depth",
        "early",
        "how",
        "is_plain",
        "key",
        "leaf",
        "level",
        "lookup",
        "name",
        "nodes",
        "nullable",
        "parent",
        "read",
        "selection",
        "type",
    )

    def __init__(self, key: str, nodes: list[FieldNode], facts: Facts, selection: Selection, level: int) -> None:
        self.key = key
        self.nodes = nodes
        self.selection = selection
        self.level = level
        self.arguments = prepare(facts.definition, nodes[0])
        self.child: Node | None = None
        self.children: dict[str, Node] = {}
        self.classes: frozenset[type] | None = _NOBODY
        self.name = facts.name
        self.how = facts.how
        self.definition = facts.definition
        self.parent = facts.parent
        self.type = facts.type
        self.nullable = facts.nullable
        self.depth = facts.depth
        self.leaf = facts.leaf
        self.batch = facts.batch
        self.call = facts.call
        self.lookup = facts.lookup
        self.attribute = facts.attribute
        self.read = facts.read
        self.is_plain = facts.is_plain
        self.early: Sequence[Step] = ()

    def given(self, variables: VariableValues) -> dict[str, Any]:
        """The arguments for a request; raises GraphQLError in graphql-core's words."""
        return {} if self.arguments is None else self.arguments(variables)


class Node:
    """A selection set on one object type: its steps, and the struct that is written.

    `plain` are the numbers of the leaves that need nothing but reading, and `active` those of the other steps,
    except for those of `__typename`: the `called` ones, the `lookups`, and the `batches` (those of one field together).
    """

    __slots__ = ("_struct", "active", "batches", "called", "lookups", "plain", "resolves", "steps", "type", "writer")

    def __init__(self, type_: GraphQLObjectType, steps: list[Step]) -> None:
        self.type = type_
        self.steps = steps
        self.plain: list[int] = []
        self.called: list[int] = []
        self.lookups: list[int] = []
        self.active: list[int] = []
        self.resolves = False
        batches: dict[str, list[int]] = {}
        for number, step in enumerate(steps):
            if step.is_plain:
                self.plain.append(number)
                continue
            if step.how is How.TYPENAME:
                continue
            self.active.append(number)
            if step.lookup is not None:
                self.lookups.append(number)
            elif step.batch is None:
                self.called.append(number)
            else:
                batches.setdefault(step.name, []).append(number)
            self.resolves = self.resolves or _resolves(step)
        self.batches = list(batches.values())
        self.writer = Writer()
        self._struct: type[Struct] | None = None

    @property
    def struct(self) -> type[Struct]:
        """What an object of this selection set is written from: one field per step, in their order."""
        if self._struct is None:
            names = [f"c{number}" for number in range(len(self.steps))]
            keys = {name: step.key for name, step in zip(names, self.steps, strict=True)}
            self._struct = defstruct(self.type.name, names, rename=keys, gc=False)
        return self._struct


def _resolves(step: Step) -> bool:
    """Whether something is called for each object: this field, the type of what it gives, or a field below it."""
    return (
        step.how in (How.RESOLVER, How.CALL)
        or (step.leaf is None and not isinstance(step.type, GraphQLObjectType))
        or any(child.resolves for child in step.children.values())
    )


def _is_same_for_all(node: Node) -> bool:
    """Whether nothing below depends on the request, but on the objects alone."""
    return all(
        step.how in (How.ATTRIBUTE, How.BATCH, How.TYPENAME)
        and is_constant(step.arguments)
        and (step.leaf is not None or isinstance(step.type, GraphQLObjectType))
        and all(map(_is_same_for_all, step.children.values()))
        for step in node.steps
    )


def _most_together(step: Step) -> int:
    """How many requests may run together for a root field: more for single objects than for lists."""
    joins = step.how is How.LOOKUP or (step.call is not None and step.call.joins is not None)
    if step.how is How.TYPENAME or (joins and all(map(_is_same_for_all, step.children.values()))):
        return LISTS_TOGETHER if step.call else OBJECTS_TOGETHER
    return 1


def _joins(step: Step, variables: VariableValues) -> bool:
    joins = step.call.joins if step.call else None
    try:
        return joins is not None and joins(**step.given(variables))
    except Exception:  # noqa: BLE001  # the field tells it, alone
        return False


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The root selection set of a query, or one per root field of a mutation (they run in turn)."""

    operation: Operation
    nodes: tuple[Node, ...]
    serial: bool
    planner: "Planner"
    body: bytes | None = field(init=False)
    """The answer, if no value of a request is in it (nothing is asked for but the name of the root type)."""

    most_together: int = field(init=False)
    """How many requests may run together, if what tells them apart are the arguments of root fields alone; else one."""

    def __post_init__(self) -> None:
        steps = [(step, node) for node in self.nodes for step in node.steps]
        object.__setattr__(
            self, "most_together", 1 if self.serial else min([_most_together(step) for step, _ in steps], default=1)
        )
        is_constant = all(step.how is How.TYPENAME for step, _ in steps)
        data = {step.key: node.type.name for step, node in steps} if is_constant else None
        object.__setattr__(self, "body", body_of(data, ()) if is_constant else None)

    def may_join(self, variables: VariableValues) -> bool:
        """Whether a request with these variables may run together with others."""
        return self.most_together > 1 and all(_joins(step, variables) for step in self.nodes[0].steps if step.call)

    @property
    def size(self) -> int:
        """How many fields the plan has, fragments written out."""
        return max(1, self.planner.size)

    @property
    def source(self) -> str:
        """The generated Python of the plan, for people."""
        return "\n".join(source_of(node) for node in walk(self.nodes))


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every selection set of a plan that has been built so far."""
    for node in nodes:
        yield node
        for step in node.steps:
            yield from walk(list(step.children.values()))


@dataclass(slots=True)
class Planner:
    """Builds the nodes of one plan. `max_fields` and `max_depth` bound what fragments expand to."""

    index: SchemaIndex
    collector: Collector
    max_fields: int
    max_depth: int
    size: int = 0

    def plan(self, operation: Operation) -> Plan:
        """Plan an operation. Raises TooMuch."""
        root = self.index.schema.get_root_type(operation.type)
        if root is None:
            raise TooMuch(Reason.NO_ROOT_TYPE)
        fields = self.collector.fields(root, [operation.node.selection_set])
        serial = operation.type is OperationType.MUTATION
        groups = [{key: nodes} for key, nodes in fields.items()] if serial else [fields]
        nodes = tuple(self._node(root, group, 1) for group in groups)
        return Plan(operation, nodes, serial, self)

    def child(self, step: Step, type_: GraphQLObjectType) -> Node:
        """The selection set below `step` for one concrete type; those of abstract types are built when met."""
        node = step.children.get(type_.name)
        if node is None:
            sets = [node.selection_set for node in step.nodes if node.selection_set is not None]
            fields = self.collector.fields(type_, sets)
            node = step.children[type_.name] = self._node(type_, fields, step.level + 1)
        return node

    def _node(self, type_: GraphQLObjectType, fields: Fields, depth: int) -> Node:
        self.size += len(fields)
        if self.size > self.max_fields:
            raise TooMuch(Reason.TOO_LARGE)
        if depth > self.max_depth:
            raise TooMuch(Reason.TOO_DEEP)
        steps = [self._step(type_, key, nodes, depth) for key, nodes in fields.items()]
        return Node(type_, steps)

    def _step(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], depth: int) -> Step:
        facts = self.index.facts(parent, nodes[0].name.value)
        step = Step(key, nodes, facts, Selection(self.collector, nodes), depth)
        if isinstance(facts.type, GraphQLObjectType):
            step.child = self.child(step, facts.type)
            step.classes = None if facts.type.is_type_of is None else self.index.known_classes(facts.type)
        if facts.lookup is not None:
            step.early = _early(step, facts.lookup)
        return step


def _early(step: Step, lookup: Lookup) -> list[Step]:
    """The batches right below that go by the attribute that is known, and take no arguments."""
    node = step.child
    if node is None or step.depth > 0:
        return []
    alone = [node.steps[numbers[0]] for numbers in node.batches if len(numbers) == 1]
    return [below for below in alone if below.batch and below.batch.key == lookup.batch.key and below.arguments is None]
