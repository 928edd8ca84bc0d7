"""Batches that begin before the object above them is there, because its key is known (see `batch.Ahead`)."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from execution.batch import Ahead
from execution.batching import ask
from execution.joint import Joint
from execution.kinds import is_awaitable
from execution.plan import Step
from execution.waiting import Receive, Waiting


class Early:
    """The batches of one request that were begun early, each with the key it was begun for."""

    __slots__ = ("_begun", "_context", "_waiting")

    def __init__(self, context: Any, waiting: Waiting) -> None:
        self._context = context
        self._waiting = waiting
        self._begun: dict[Step, _Begun] = {}

    def start(self, ahead: Ahead, step: Step, arguments: Mapping[str, Any]) -> None:
        """Begin the batches right below `step` that go by the attribute that is known."""
        try:
            key = ahead.key(**arguments)
        except Exception:  # noqa: BLE001  # the call itself says what is wrong with the arguments
            return
        for below in step.early:
            batch = below.batch
            if batch is None:
                continue
            result = ask(batch, self._context, [key], {}, below.selection if batch.wants_selection else None)
            begun = self._begun[below] = _Begun(key)
            if is_awaitable(result) and type(result) is not Joint:
                begun.future = asyncio.ensure_future(result)
            else:
                self._waiting.add(result, begun.tell)

    def take(self, step: Step, keys: Sequence[Hashable], receive: Receive) -> bool:
        """Go on with what was asked for early, if it was asked for these keys."""
        begun = self._begun.get(step)
        if begun is None or len(keys) != 1 or keys[0] != begun.key:
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

    __slots__ = ("_is_told", "_receive", "_result", "future", "key")

    def __init__(self, key: Hashable) -> None:
        self.key = key
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
