"""An operation of a document: its variables, its conditions, and the rule that says which way it goes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    VariableNode,
)

from execution.variables import Signature


class Reason(Enum):
    """Why an operation goes to graphql-core and not to a plan; the values are the names of counters."""

    SUBSCRIPTION = "subscription"
    INTROSPECTION = "introspection"
    INCREMENTAL = "incremental"  # @defer or @stream: answered at once, as the specification allows
    ERROR_PROPAGATION = "error_propagation"  # @experimental_disableErrorPropagation
    NO_ROOT_TYPE = "no_root_type"
    NULL_CONDITION = "null_condition"  # a variable of @skip or @include is null or missing
    TOO_LARGE = "too_large"  # more fields than a plan may have once fragments are written out
    TOO_DEEP = "too_deep"


DIRECTIVES = {
    "defer": Reason.INCREMENTAL,
    "stream": Reason.INCREMENTAL,
    "experimental_disableErrorPropagation": Reason.ERROR_PROPAGATION,
}
FIELDS = {"__schema": Reason.INTROSPECTION, "__type": Reason.INTROSPECTION}


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a valid document. `conditions` are the variables of its @skip and @include."""

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    signature: Signature
    conditions: tuple[str, ...] = ()
    reason: Reason | None = None
    name: str | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.node.name.value if self.node.name else None)

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation


def analyse(
    schema: GraphQLSchema,
    node: OperationDefinitionNode,
    fragments: dict[str, FragmentDefinitionNode],
) -> Operation:
    """Read an operation once; linear in the document, whatever its fragments expand to."""
    conditions: dict[str, None] = {}
    reason = _reason_of_operation(schema, node)
    for selection in _selections(node, fragments):
        if isinstance(selection, FieldNode):
            reason = reason or FIELDS.get(selection.name.value)
        for directive in selection.directives or ():
            reason = reason or DIRECTIVES.get(directive.name.value)
            if directive.name.value in ("skip", "include"):
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        conditions[argument.value.name.value] = None
    signature = Signature(schema, node.variable_definitions or ())
    return Operation(node, fragments, signature, tuple(conditions), reason)


def _reason_of_operation(schema: GraphQLSchema, node: OperationDefinitionNode) -> Reason | None:
    if node.operation is OperationType.SUBSCRIPTION:
        return Reason.SUBSCRIPTION
    if schema.get_root_type(node.operation) is None:
        return Reason.NO_ROOT_TYPE
    for directive in node.directives or ():
        if directive.name.value in DIRECTIVES:
            return DIRECTIVES[directive.name.value]
    return None


def _selections(
    node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[SelectionNode]:
    """Every selection that the operation reaches, those of a fragment once."""
    visited: set[str] = set()
    stack = [node.selection_set]
    while stack:
        for selection in stack.pop().selections:
            yield selection
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name not in visited and name in fragments:
                    visited.add(name)
                    stack.append(fragments[name].selection_set)
            elif (below := getattr(selection, "selection_set", None)) is not None:
                stack.append(below)
