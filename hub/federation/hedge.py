"""A call, and a second one beside it when the first is late: the first good answer counts, and the other call ends."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar, cast

from hub.domain.errors import SourceError

A = TypeVar("A")


class Hedge(Generic[A]):
    """The second call; `start` makes it, or gives None when there may be none.

    The first call runs in the task of its caller, for it is nearly always the only one. So a second one that wins has to
    interrupt it, in the way in which `asyncio.timeout` does: by a cancellation that is taken back.
    """

    def __init__(self, start: Callable[[], Coroutine[Any, Any, A] | None]) -> None:
        self._start = start
        self._second: asyncio.Task[A] | None = None
        self._is_first_over = False
        self.has_won = False

    async def run(self, first: Coroutine[Any, Any, A], late_after: float) -> A:
        """The answer of `first`, or of the second call; when both fail, the error of the one that failed last."""
        self._owner = cast("asyncio.Task[Any]", asyncio.current_task())
        cancelled_before = self._owner.cancelling()
        clock = asyncio.get_running_loop().call_later(late_after, self._begin)
        try:
            return await first
        except asyncio.CancelledError:
            if self._second is None or not self.has_won or self._owner.uncancel() > cancelled_before:
                raise
            return self._second.result()
        except SourceError:
            self._is_first_over = True
            if self._second is None or _has_failed(self._second):
                raise
            answer = await self._second
            self.has_won = True
            return answer
        finally:
            self._is_first_over = True
            clock.cancel()
            if self._second is not None:
                self._second.cancel()

    def _begin(self) -> None:
        """The first call is late."""
        second = None if self._is_first_over else self._start()
        if second is not None:
            self._second = asyncio.create_task(second)
            self._second.add_done_callback(self._end)

    def _end(self, second: asyncio.Task[A]) -> None:
        if self._is_first_over or _has_failed(second):
            return
        self.has_won = True
        self._owner.cancel()


def _has_failed(call: asyncio.Task[Any]) -> bool:
    return call.done() and (call.cancelled() or call.exception() is not None)
