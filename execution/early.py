"""Batches that begin before the object above them is there, because its key is known (see `batch.Ahead`)."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from execution.batch import Ahead
from execution.batching import values_of
from execution.plan import Step

_Values = asyncio.Task[list[Any]]


class Early:
    """The batches of one request that were begun early, each with the key it was begun for."""

    __slots__ = ("_begun", "_context")

    def __init__(self, context: Any) -> None:
        self._context = context
        self._begun: dict[Step, tuple[Hashable, _Values]] = {}

    def start(self, ahead: Ahead, step: Step, arguments: Mapping[str, Any]) -> None:
        """Begin the batches right below `step` that go by the attribute that is known, and take no arguments."""
        node = step.children.get(step.type.name)
        if node is None or step.depth > 0:
            return
        try:
            key = ahead.key(**arguments)
        except Exception:  # noqa: BLE001  # the call itself says what is wrong with the arguments
            return
        for numbers in node.batches:
            below = node.steps[numbers[0]]
            batch = below.batch
            if batch is None or batch.key != ahead.attribute or len(numbers) > 1 or below.arguments is not None:
                continue
            selection = below.selection if batch.wants_selection else None
            values = asyncio.create_task(values_of(batch, self._context, [key], {}, selection))
            self._begun[below] = (key, values)

    def take(self, step: Step, keys: Sequence[Hashable]) -> _Values | None:
        """The values that were asked for early, if they are of these keys."""
        begun = self._begun.get(step)
        if begun is None or list(keys) != [begun[0]]:
            return None
        del self._begun[step]
        return begun[1]

    def stop(self) -> None:
        """Let go of what nobody asked for."""
        for _, values in self._begun.values():
            values.cancel()
        self._begun.clear()
