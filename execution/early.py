"""Batches that begin before the objects above them are there, because their keys are known (see `batch.Lookup`)."""

import asyncio
from collections.abc import Hashable, Sequence
from typing import Any

from execution.batching import ask
from execution.joint import Joint
from execution.kinds import is_awaitable
from execution.plan import Step
from execution.waiting import Receive, Waiting


class Early:
    """The batches of a run that were begun early, each with the keys it was begun for."""

    __slots__ = ("_begun", "_context", "_waiting")

    def __init__(self, context: Any, waiting: Waiting) -> None:
        self._context = context
        self._waiting = waiting
        self._begun: dict[Step, _Begun] = {}

    def start(self, step: Step, keys: Sequence[Hashable]) -> None:
        """Begin the batches right below `step` that go by the keys of its objects."""
        for below in step.early:
            batch = below.batch
            if batch is None:
                continue
            result = ask(batch, self._context, keys, {}, below.selection if batch.wants_selection else None)
            begun = self._begun[below] = _Begun(keys)
            if is_awaitable(result) and type(result) is not Joint:
                begun.future = asyncio.ensure_future(result)
            else:
                self._waiting.add(result, begun.tell)

    def take(self, step: Step, keys: Sequence[Hashable], receive: Receive) -> bool:
        """Go on with what was asked for early, if it was asked for these keys."""
        begun = self._begun.get(step)
        if begun is None or list(keys) != begun.keys:
            return False
        del self._begun[step]
        future = begun.future
        if future is None:
            begun.pass_on(receive)
        elif future.done() and not future.cancelled():
            receive(future.exception() or future.result())
        else:
            self._waiting.add(future, receive)
        return True

    def stop(self) -> None:
        """Let go of what nobody asked for, and of the errors in it."""
        for begun in self._begun.values():
            future = begun.future
            if future is not None and not future.cancel() and not future.cancelled():
                future.exception()
        self._begun.clear()


class _Begun:
    """A batch that was begun early: its task, or what came of it, which may be an exception."""

    __slots__ = ("_is_told", "_receive", "_result", "future", "keys")

    def __init__(self, keys: Sequence[Hashable]) -> None:
        self.keys = keys
        self.future: asyncio.Future[Any] | None = None
        self._is_told = False
        self._result: Any = None
        self._receive: Receive | None = None

    def tell(self, result: Any) -> None:
        """It is there."""
        if self._receive is None:
            self._is_told, self._result = True, result
        else:
            self._receive(result)

    def pass_on(self, receive: Receive) -> None:
        """Somebody wants it."""
        if self._is_told:
            receive(self._result)
        else:
            self._receive = receive
