"""Arguments of a field: constants coerced with the plan, variables taken from the request."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    VariableNode,
    get_argument_values,
    is_required_argument,
)
from graphql.execution.values import VariableValues
from graphql.language import Visitor, visit
from graphql.pyutils import Undefined
from graphql.utilities import coerce_input_literal
from graphql.utilities.coerce_input_value import coerce_default_value

Arguments = Callable[[VariableValues], dict[str, Any]]
"""Python arguments of a field for a request; raises GraphQLError in graphql-core's words."""


def prepare(field: GraphQLField, node: FieldNode) -> Arguments | None:
    """How to make the arguments of `node`; None if the field has none.

    A constant is coerced once only if its value cannot be changed by a resolver. Whatever is out of
    the ordinary (a variable inside an object, a null that is not allowed) is left to graphql-core.
    """
    if not field.args:
        return None
    given = {argument.name.value: argument for argument in node.arguments or ()}
    entries = []
    for name, definition in field.args.items():
        entry = _entry(name, definition, given.get(name))
        if entry is None:
            return lambda variables: get_argument_values(field, node, variables)
        entries.append(entry)
    return _Prepared(field, node, entries)


def is_constant(arguments: Arguments | None) -> bool:
    """Whether arguments are the same for every request."""
    return arguments is None or (isinstance(arguments, _Prepared) and arguments.is_constant)


class _Entry:
    """One argument: the variable that gives it (or none), and the value it has otherwise."""

    __slots__ = ("constant", "name", "nullable", "variable")

    def __init__(self, name: str, variable: str | None, nullable: bool, constant: Any) -> None:
        self.name = name
        self.variable = variable
        self.nullable = nullable
        self.constant = constant


class _Prepared:
    """Arguments of constants and of variables that stand alone."""

    __slots__ = ("_entries", "_field", "_node")

    def __init__(self, field: GraphQLField, node: FieldNode, entries: list[_Entry]) -> None:
        self._field = field
        self._node = node
        self._entries = entries

    @property
    def is_constant(self) -> bool:
        """Whether no variable is in them."""
        return all(entry.variable is None and entry.constant is not _MISSING for entry in self._entries)

    def __call__(self, variables: VariableValues) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        coerced = variables.coerced
        for entry in self._entries:
            if entry.variable is not None and entry.variable in coerced:
                value = coerced[entry.variable]
                if value is None and not entry.nullable:
                    return get_argument_values(self._field, self._node, variables)
            else:
                value = entry.constant
                if value is _MISSING:
                    return get_argument_values(self._field, self._node, variables)
            if value is not Undefined:
                arguments[entry.name] = value
        return arguments


_MISSING = object()
"""No variable and no default, yet required: graphql-core words the error."""


def _entry(name: str, definition: GraphQLArgument, given: ArgumentNode | None) -> _Entry | None:
    out_name = definition.out_name or name
    nullable = not isinstance(definition.type, GraphQLNonNull)
    if given is None or isinstance(given.value, VariableNode):
        default = _MISSING if is_required_argument(definition) else coerce_default_value(definition)
        variable = given.value.name.value if given else None  # type: ignore[attr-defined]  # above
        return _Entry(out_name, variable, nullable, default) if _is_frozen(default) else None
    if _has_variables(given):
        return None
    constant = coerce_input_literal(given.value, definition.type)
    if constant is Undefined or not _is_frozen(constant):
        return None
    return _Entry(out_name, None, nullable, constant)


def _is_frozen(value: Any) -> bool:
    return value is Undefined or value is _MISSING or value is None or isinstance(value, (str, int, float, bool, Enum))


class _FindVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, *_: Any) -> None:
        self.found = True


def _has_variables(node: ArgumentNode) -> bool:
    finder = _FindVariables()
    visit(node, finder)
    return finder.found
