"""Equal questions that are under way are asked once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar, cast

A = TypeVar("A")


class _Flight:
    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task
        self.waiting = 0


class InFlight:
    """What is being asked now, by what is asked. Once answered it is forgotten: nothing is kept."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._flights

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, A]]) -> A:
        """The result of `start`, or of the equal call that is under way.

        Whoever is cancelled leaves the others waiting; when nobody waits any more the call is cancelled.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(start()))
            flight.task.add_done_callback(lambda _: self._land(key, flight))
        flight.waiting += 1
        try:
            return cast(A, await asyncio.shield(flight.task))
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                self._land(key, flight)
                flight.task.cancel()

    def _land(self, key: Hashable, flight: _Flight | None) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight is not None and flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # Taken note of, also when everybody has left.
