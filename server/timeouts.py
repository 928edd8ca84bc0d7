"""Many things that time out after the same while, and one timer for all of them.

A timer of the event loop costs more than some requests do. What begins last ends last, so only the oldest is watched.
"""

import asyncio
from types import TracebackType
from typing import Protocol


class Expiring(Protocol):
    """What can time out; told by identity."""

    def expire(self) -> None:
        """Time is up."""
        ...


class Timeouts:
    """Tells each of those that are started, and not stopped before, that `seconds` are over. For one event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[Expiring, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self, thing: Expiring) -> None:
        """From now on; what was started before starts anew."""
        loop = asyncio.get_running_loop()
        self._ends.pop(thing, None)
        ends_at = self._ends[thing] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(ends_at, self._look)

    def stop(self, thing: Expiring) -> None:
        """In time; of what was not started nothing is said."""
        self._ends.pop(thing, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._ends:
            oldest, ends_at = next(iter(self._ends.items()))
            if ends_at > loop.time():
                self._timer = loop.call_at(ends_at, self._look)
                return
            del self._ends[oldest]
            oldest.expire()


class Deadline:
    """Cancels the task that enters it when its time is up, and then raises TimeoutError, as asyncio.timeout does."""

    __slots__ = ("_cancelling", "_is_over", "_task", "_timeouts")

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._is_over = False

    def __enter__(self) -> None:
        """Start."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline is for a task")
        self._task = task
        self._cancelling = task.cancelling()
        self._timeouts.start(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise TimeoutError if the block was cancelled by this deadline and by nobody else."""
        self._timeouts.stop(self)
        if self._is_over and self._task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    def expire(self) -> None:
        """Time is up."""
        self._is_over = True
        self._task.cancel()
