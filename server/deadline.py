"""One deadline per request, in two spans: until the request is there, and until it is answered."""

import asyncio
from types import TracebackType


class Deadline:
    """Cancels the task that enters it when time is up, and then raises TimeoutError, as asyncio.timeout does.

    It costs a third of two of those: one timer is set per request, and whoever is in time never sets another.
    """

    __slots__ = (
        "_answer_seconds",
        "_cancelling",
        "_ends_at",
        "_handle",
        "_is_over",
        "_loop",
        "_request_seconds",
        "_task",
    )

    def __init__(self, request_seconds: float, answer_seconds: float) -> None:
        self._request_seconds = request_seconds
        self._answer_seconds = answer_seconds
        self._is_over = False

    def __enter__(self) -> "Deadline":
        """Start the first span."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline is for a task")
        self._task = task
        self._cancelling = task.cancelling()
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + self._request_seconds
        self._handle = self._loop.call_later(min(self._request_seconds, self._answer_seconds), self._look)
        return self

    def request_is_there(self) -> None:
        """Start the second span."""
        self._ends_at = self._loop.time() + self._answer_seconds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise TimeoutError if the block was cancelled by this deadline and by nobody else."""
        self._handle.cancel()
        if self._is_over and self._task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    def _look(self) -> None:
        left = self._ends_at - self._loop.time()
        if left > 0:  # the second span has begun meanwhile
            self._handle = self._loop.call_later(left, self._look)
        else:
            self._is_over = True
            self._task.cancel()
