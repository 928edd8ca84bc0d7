"""Federated tracing, version 1: Apollo's Trace message with the time of each field, for a router that asks for it.

Every object of a level has the times of the level: a field runs once for all of them (execution.timing). No argument, no
value and no message of an error is in it.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice, repeat
from typing import Any

from msgspec.json import encode

from execution.facts import How
from execution.kinds import is_null
from execution.levels import EMPTY, Column, Level
from execution.plan import Step
from execution.timing import Span, Times, now
from schema.protobuf import message, number, text, timestamp

# Numbers of fields in Apollo's reports.proto.
_END, _START, _DURATION, _ROOT, _IS_INCOMPLETE = 3, 4, 11, 14, 33
_RESPONSE_NAME, _INDEX, _TYPE, _NODE_START, _NODE_END = 1, 2, 3, 8, 9
_ERROR, _CHILD, _PARENT_TYPE, _FIELD_NAME = 11, 12, 13, 14
_MESSAGE, _LOCATION, _JSON = 1, 2, 4

_Key = tuple[str | int, ...]


class Trace:
    """The trace of one request, from now on. `clock` tells the time of day."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._began_at = clock()
        self._began = now()
        self.times = Times()

    def extensions(self, errors: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """`ftv1`: the message in base64. Of an operation that graphql-core ran there are no fields in it."""
        duration = now() - self._began
        roots = self.times.roots
        tree = _Tree(self.times, self._began, _by_field(errors if roots else [{**e, "path": None} for e in errors]))
        written = (
            timestamp(_START, self._began_at)
            + timestamp(_END, self._clock())
            + number(_DURATION, duration)
            + message(_ROOT, b"".join([*tree.errors_at(()), *(tree.objects(level)[0] for level in roots)]))
            + number(_IS_INCOMPLETE, not roots)
        )
        return {"ftv1": b64encode(written).decode()}


class _Tree:
    """Writes levels, bottom up. What is the same for all objects of a level is written once."""

    def __init__(self, times: Times, began: int, errors: Mapping[_Key, Sequence[bytes]]) -> None:
        self._times = times
        self._began = began
        self._errors = errors

    def errors_at(self, path: _Key) -> Sequence[bytes]:
        return self._errors.get(path, ())

    def objects(self, level: Level) -> list[bytes]:
        """For each object of a level the nodes of its fields."""
        numbers = [n for n, step in enumerate(level.node.steps) if step.how is not How.TYPENAME]
        fields = [self._field(level, n) for n in numbers]
        return [b"".join(parts) for parts in zip(*fields, strict=True)] if fields else [b""] * len(level.objects)

    def _field(self, level: Level, n: int) -> Sequence[bytes]:
        """For each object of a level the node of one field."""
        step, column = level.node.steps[n], level.columns[n]
        head = self._head(step, self._times.span(level, n))
        has_levels = column is not EMPTY and bool(column.levels)
        if not self._errors and not has_levels:
            return [message(_CHILD, head)] * len(level.objects)
        below = self._below(column) if has_levels else [b""] * len(level.objects)
        heads = [head] * len(level.objects)
        if self._errors:
            heads = [head + b"".join(self.errors_at(tuple(path.as_list()))) for path in level.field_paths(step)]
        return [message(_CHILD, head + inner) for head, inner in zip(heads, below, strict=True)]

    def _head(self, step: Step, span: Span) -> bytes:
        return (
            text(_RESPONSE_NAME, step.key)
            + (b"" if step.key == step.name else text(_FIELD_NAME, step.name))
            + text(_TYPE, str(step.definition.type))
            + text(_PARENT_TYPE, step.parent.name)
            + number(_NODE_START, span[0] - self._began)
            + number(_NODE_END, span[1] - self._began)
        )

    def _below(self, column: Column) -> Sequence[bytes]:
        """For each parent what stands below a field of objects: nodes of fields, in nodes of lists' places."""
        values: Sequence[bytes] = self._items(column)
        for sizes in reversed(column.sizes):
            following = iter(values)
            values = [_places(list(islice(following, max(0, size)))) for size in sizes]
        return values if column.index is None else [b"" if i < 0 else values[i] for i in column.index]

    def _items(self, column: Column) -> Sequence[bytes]:
        """For each value of the innermost layer the nodes of its fields; none for a null or an error."""
        done = [iter(self.objects(level)) for level in column.levels]
        slots = repeat(0) if column.slots is None else iter(column.slots)
        items = []
        for value in column.layers[-1]:
            slot = -1 if is_null(value) or isinstance(value, Exception) else next(slots)
            items.append(b"" if slot < 0 else next(done[slot]))
        return items


def _places(items: Sequence[bytes]) -> bytes:
    """A node for each item that has fields; the place of the first is 0, which must be written all the same."""
    return b"".join(
        message(_CHILD, _INDEX_0 + item if i == 0 else number(_INDEX, i) + item) for i, item in enumerate(items) if item
    )


_INDEX_0 = bytes([_INDEX << 3, 0])


def _by_field(errors: Sequence[Mapping[str, Any]]) -> Mapping[_Key, Sequence[bytes]]:
    """The errors by the path of the field that they are in: that of an item of its list stands with it."""
    found: dict[_Key, list[bytes]] = {}
    for error in errors:
        path = list(error.get("path") or ())
        while path and isinstance(path[-1], int):
            path.pop()
        found.setdefault(tuple(path), []).append(_error(error))
    return found


def _error(error: Mapping[str, Any]) -> bytes:
    """The code in place of the message, which may name values."""
    code = error["extensions"]["code"]
    locations = (number(1, place["line"]) + number(2, place["column"]) for place in error.get("locations") or ())
    masked = encode({"message": code, "extensions": {"code": code}}).decode()
    return message(
        _ERROR,
        text(_MESSAGE, code) + b"".join(message(_LOCATION, place) for place in locations) + text(_JSON, masked),
    )
