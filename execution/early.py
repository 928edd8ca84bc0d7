"""Batches that begin before the object above them is there, because its key is known (see `batch.Ahead`)."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from execution.batch import Ahead, Batch
from execution.batching import ask
from execution.joint import Joint
from execution.kinds import is_awaitable
from execution.plan import Step

Result = asyncio.Future[Any]
"""What a batch function gives in the end; an exception that it raised may be the result, too."""

Join = Callable[[Joint[Any], Callable[[Any], None]], None]
"""Has a joint asked together with others, and its outcome told."""


class Early:
    """The batches of one request that were begun early, each with the key it was begun for."""

    __slots__ = ("_begun", "_context")

    def __init__(self, context: Any) -> None:
        self._context = context
        self._begun: dict[Step, tuple[Hashable, Result]] = {}

    def start(self, ahead: Ahead, step: Step, arguments: Mapping[str, Any], join: Join) -> None:
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
            self._begun[below] = (key, self._begin(batch, below, key, join))

    def _begin(self, batch: Batch, step: Step, key: Hashable, join: Join) -> Result:
        given = ask(batch, self._context, [key], {}, step.selection if batch.wants_selection else None)
        result: Result
        if is_awaitable(given) and type(given) is not Joint:
            result = asyncio.ensure_future(given)
            return result
        result = asyncio.get_running_loop().create_future()
        if type(given) is Joint:
            join(given, partial(_tell, result))
        else:
            result.set_result(given)
        return result

    def take(self, step: Step, keys: Sequence[Hashable]) -> Result | None:
        """What was asked for early, if it was asked for these keys."""
        begun = self._begun.get(step)
        if begun is None or list(keys) != [begun[0]]:
            return None
        del self._begun[step]
        return begun[1]

    def stop(self) -> None:
        """Let go of what nobody asked for, and of the errors in it."""
        for _, result in self._begun.values():
            if not result.cancel() and not result.cancelled():
                result.exception()
        self._begun.clear()


def _tell(result: Result, value: Any) -> None:
    if not result.done():
        result.set_result(value)
