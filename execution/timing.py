"""When the fields of a request ran, for those who ask to be told; otherwise nothing is noted.

A field runs once for all objects of its level, so it has one span: from when its level began until its values were there,
for a batch with the wait for it. Plain attributes are read when the response is written: their span is empty.
"""

from collections.abc import Mapping, Sequence
from time import perf_counter_ns
from typing import Any, Protocol

from execution.levels import EMPTY, Column, Level

Span = tuple[int, int]
"""Beginning and end on the clock of `now`, in nanoseconds."""

now = perf_counter_ns


class Times:
    """The spans of one request. `roots` are its levels at the top: one, or one for each field of a mutation."""

    __slots__ = ("_began", "_ended", "roots")

    def __init__(self) -> None:
        self.roots: list[Level] = []
        self._began: dict[Level, int] = {}
        self._ended: dict[Column, int] = {}

    def level_begins(self, level: Level) -> None:
        """The fields of a level are about to run."""
        if level.above is None:
            self.roots.append(level)
        self._began[level] = now()

    def column_is_there(self, column: Column) -> None:
        """The values of a field are there; it may be told again, when they have been waited for."""
        self._ended[column] = now()

    def span(self, level: Level, number: int) -> Span:
        """When the field of that number ran for the objects of the level."""
        began = self._began[level]
        column = level.columns[number]
        return began, began if column is EMPTY else self._ended.get(column, began)


class Watch(Protocol):
    """Watches one request, and has its say at the end of the response."""

    @property
    def times(self) -> Times:
        """Where the spans go; `roots` stays empty when graphql-core runs the operation."""
        ...

    def extensions(self, errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """What stands in the response under `extensions`; `errors` are as they stand there."""
        ...
