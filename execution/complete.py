"""The careful writer: depth first, value by value, with graphql-core's errors, in its order.

Levels in which nothing is wrong are still written by the fast one, so that one error costs its own level.
"""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, located_error
from msgspec import Struct

from execution.facts import How
from execution.kinds import NotIterable, is_null
from execution.leaves import NeedsCare
from execution.levels import Column, Level
from execution.plan import Step
from execution.reading import fill
from execution.write import rows

Path = tuple[Any, str | int] | None
"""The path above and the last key; None at the root."""

Place = tuple[Level, int]
"""Where an object is: its level and its number there."""


class Completion:
    """Completes the levels of a run and collects the errors of each request.

    Errors come in the order in which graphql-core finds them when all resolvers are synchronous: the
    order of the document, and nothing after an error that nulls what it stands in.
    """

    def __init__(self) -> None:
        self._errors: list[GraphQLError] = []
        self._rows: dict[Level, list[Struct] | None] = {}
        self._starts: dict[Column, list[list[int]]] = {}
        self._places: dict[Column, list[Place | Exception | None]] = {}

    def root(self, level: Level, number: int) -> tuple[dict[str, Any] | None, Sequence[GraphQLError]]:
        """The data of a root selection set, None if an error reached the root, and the errors."""
        errors = self._errors = []
        try:
            return self._fields(level, number, None), errors
        except GraphQLError as error:
            errors.append(error)
            return None, errors

    def _object(self, level: Level, number: int, path: Path) -> dict[str, Any] | Struct:
        """An object of a level; the fast writer's own if it finds nothing wrong in the whole level."""
        if level not in self._rows:
            try:
                self._rows[level] = rows(level)
            except NeedsCare:
                self._rows[level] = None
        done = self._rows[level]
        return self._fields(level, number, path) if done is None else done[number]

    def _fields(self, level: Level, number: int, path: Path) -> dict[str, Any]:
        fill(level)
        return {
            step.key: level.node.type.name
            if step.how is How.TYPENAME
            else self._field(column, number, (path, step.key))
            for step, column in zip(level.node.steps, level.columns, strict=True)
        }

    def _field(self, column: Column, parent: int, path: Path) -> Any:
        position = parent if column.index is None else column.index[parent]
        return self._guarded(column, 0, position, path)

    def _guarded(self, column: Column, layer: int, position: int, path: Path) -> Any:
        """A value with its errors: kept here if null is allowed here, else passed to what it stands in."""
        try:
            return self._value(column, layer, position, path)
        except Exception as error:  # noqa: BLE001  # whatever the author's code raised is located here
            located = located_error(error, column.step.nodes, path_list(path))
            if not column.step.nullable[layer]:
                raise located from None
            self._errors.append(located)
            return None

    def _value(self, column: Column, layer: int, position: int, path: Path) -> Any:
        step = column.step
        value: Any = None if position < 0 else column.layers[layer][position]
        if isinstance(value, Exception):
            raise _worded(value, step)
        if is_null(value):
            if not step.nullable[layer]:
                raise TypeError(f"Cannot return null for non-nullable field {step.parent}.{step.name}.")
            return None
        if layer < step.depth:
            start, size = self._starts_of(column)[layer][position], column.sizes[layer][position]
            return [self._guarded(column, layer + 1, start + number, (path, number)) for number in range(size)]
        return self._item(column, position, path) if step.leaf is None else step.leaf.value(value)

    def _item(self, column: Column, position: int, path: Path) -> dict[str, Any] | Struct:
        place = self._places_of(column)[position]
        if isinstance(place, Exception):
            raise place
        if place is None:
            raise RuntimeError(f"No object stands at {path_list(path)}.")
        return self._object(*place, path)

    def _starts_of(self, column: Column) -> list[list[int]]:
        if column not in self._starts:
            self._starts[column] = column.starts()
        return self._starts[column]

    def _places_of(self, column: Column) -> list[Place | Exception | None]:
        if column not in self._places:
            self._places[column] = places(column)
        return self._places[column]


def _worded(error: Exception, step: Step) -> Exception:
    if isinstance(error, NotIterable):
        return GraphQLError(f"Expected Iterable, but did not find one for field '{step.parent}.{step.name}'.")
    return error


def places(column: Column) -> list[Place | Exception | None]:
    """For each position of the innermost layer the object that stands there, or its error."""
    counts = [0] * len(column.levels)
    found: list[Place | Exception | None] = []
    item = 0
    for value in column.layers[-1]:
        if is_null(value) or isinstance(value, Exception):
            found.append(None)
            continue
        failure = column.failures.get(item)
        if failure is not None:
            found.append(failure)
        else:
            slot = 0 if column.slots is None else column.slots[item]
            found.append((column.levels[slot], counts[slot]))
            counts[slot] += 1
        item += 1
    return found


def path_list(path: Path) -> list[str | int]:
    """The keys from the root."""
    keys: list[str | int] = []
    while path is not None:
        path, key = path
        keys.append(key)
    return keys[::-1]
