"""Equal questions that are under way are asked once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar, cast

A = TypeVar("A")


class Flight(Generic[A]):
    """A question under way, and how many wait for its answer."""

    __slots__ = ("has_landed", "key", "task", "waiting")

    def __init__(self, key: Hashable, task: "asyncio.Task[A]") -> None:
        self.key = key
        self.task = task
        self.waiting = 0
        self.has_landed = False


class InFlight:
    """What is being asked now, by what is asked. Once answered it is forgotten: nothing is kept."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight[Any]] = {}

    def board(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, A]]) -> Flight[A]:
        """The call that is under way for an equal question, or else `start`; each who boards leaves."""
        flight = cast("Flight[A] | None", self._flights.get(key))
        if flight is None:
            flight = self._flights[key] = Flight(key, asyncio.create_task(start()))
            flight.task.add_done_callback(lambda _: self._land(flight))
        flight.waiting += 1
        return flight

    def leave(self, flight: Flight[Any]) -> None:
        """Wait no more: the others go on waiting, and when nobody does the call is cancelled."""
        flight.waiting -= 1
        if flight.waiting == 0 and not flight.task.done():
            self._land(flight)
            flight.task.cancel()

    def _land(self, flight: Flight[Any]) -> None:
        if not flight.has_landed:
            flight.has_landed = True
            del self._flights[flight.key]
        if flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # Taken note of, also when everybody has left.
