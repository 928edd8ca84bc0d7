"""Asks many districts at the same time, each under its own deadline and budget, and all under one.

What a question goes through, from outside in: equal questions under way are joined; a place among all calls, then one
among those of the district; attempts, as far as the budget of retries goes; and in each attempt a second, hedged call
when the first is late. The circuit breaker stands in the transport.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from hub.domain.errors import Retriable, SourceError
from hub.federation.budget import Budget, Pace
from hub.federation.checks import Misbehaved
from hub.federation.directory import Shard
from hub.federation.hedge import Hedge
from hub.federation.in_flight import Flight, InFlight
from hub.federation.questions import Question, Transport

A = TypeVar("A")
C = TypeVar("C")
Q = TypeVar("Q", bound=Question[Any])

_NOT_AGAIN = frozenset({"CIRCUIT_OPEN", "DEADLINE", "BUSY"})


_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class GatherSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many districts are asked at the same time, and how long. Times are in seconds, shares are of the calls."""

    deadline: _Seconds = 10.0
    """For a whole answer, whatever it takes."""
    shard_deadline: _Seconds = 5.0
    """For one district, from the moment at which it is its turn."""
    concurrency: _Count = 600
    """Calls under way at the same time, to all districts and for all callers together."""
    hedge_after: _Seconds = 0.5
    """When a call counts as late while little is known of its district."""
    hedge_share: _Share = 0.05
    retry_share: _Share = 0.1
    retries: Annotated[int, msgspec.Meta(ge=0)] = 2
    retry_wait: _Seconds = 0.05
    saved: Annotated[float, msgspec.Meta(ge=0)] = 20.0
    """Extra attempts that can be saved up while all goes well."""


@dataclass(slots=True)
class GatherCounters:
    """What the person on duty wants to know; only grows."""

    asked: Counter[str] = field(default_factory=Counter)
    """By question: how many districts were asked."""
    failed: Counter[str] = field(default_factory=Counter)
    """By reason: how many of them did not answer."""
    joined: int = 0
    hedged: int = 0
    hedges_won: int = 0
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Answered(Generic[A]):
    """A district's answer."""

    value: A


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is none: a word of docs/reference/errors.md, and a sentence for people."""

    reason: str
    message: str


Outcome = Answered[A] | Failed


class _Known:
    """What this process knows of a district: its places for calls, and its pace."""

    __slots__ = ("concurrency", "pace", "places")

    def __init__(self, usual: float) -> None:
        self.pace = Pace(usual)
        self.concurrency = 0
        self.places = asyncio.Semaphore(0)

    def allow(self, concurrency: int) -> None:
        """So many calls at the same time, from now on."""
        if concurrency != self.concurrency:
            self.concurrency, self.places = concurrency, asyncio.Semaphore(concurrency)


class Gather:
    """One for a process: its budgets are those of all requests together."""

    def __init__(self, transport: Transport, settings: GatherSettings | None = None) -> None:
        self.settings = settings or GatherSettings()
        self.counters = GatherCounters()
        self._transport = transport
        self._places = asyncio.Semaphore(self.settings.concurrency)
        self._in_flight = InFlight()
        self._hedges = Budget(self.settings.hedge_share, self.settings.saved)
        self._retries = Budget(self.settings.retry_share, self.settings.saved)
        self._known: dict[str, _Known] = {}

    def deadline_at(self) -> float:
        """The end of an answer that is begun now, as time of the event loop."""
        return asyncio.get_running_loop().time() + self.settings.deadline

    async def ask_all(
        self, questions: Iterable[tuple[Shard, Q]], check: Callable[[Shard, Q, Any], C], deadline_at: float
    ) -> Mapping[str, Outcome[C]]:
        """The outcome of each district, by its regency code, at the latest at the deadline; the slowest are asked first.

        `check` makes of an answer what can be used of it, once and as soon as it is there, while others are waited for;
        Misbehaved says that this is nothing. When the caller is cancelled, so are the calls.
        """
        slowest_first = sorted(questions, key=lambda asked: self._knows(asked[0]).pace.late_after, reverse=True)
        flights = {shard.regency_code: self._board(shard, question, check) for shard, question in slowest_first}
        if not flights:
            return {}
        try:
            tasks = [flight.task for flight in flights.values()]
            await asyncio.wait(tasks, timeout=deadline_at - asyncio.get_running_loop().time())
        finally:
            for flight in flights.values():
                self._in_flight.leave(flight)
        return {code: self._outcome(code, flight.task) for code, flight in flights.items()}

    def _outcome(self, code: str, task: "asyncio.Task[C]") -> Outcome[C]:
        if not task.done() or task.cancelled():
            return self._failed("DEADLINE", f"District {code} did not answer before our deadline: ask again")
        error = task.exception()
        if error is None:
            return Answered(task.result())
        if isinstance(error, Misbehaved):
            return self._failed(error.reason, error.message)
        if not isinstance(error, SourceError):
            raise error
        return self._failed(error.reason or error.code, error.message)

    def _failed(self, reason: str, message: str) -> Failed:
        self.counters.failed[reason] += 1
        return Failed(reason, message)

    def _board(self, shard: Shard, question: Q, check: Callable[[Shard, Q, Any], C]) -> Flight[C]:
        self.counters.asked[question.name] += 1
        key = (shard.regency_code, shard.endpoint, question)
        flight = self._in_flight.board(key, lambda: self._checked(shard, question, check))
        self.counters.joined += flight.waiting > 1
        return flight

    async def _checked(self, shard: Shard, question: Q, check: Callable[[Shard, Q, Any], C]) -> C:
        return check(shard, question, await self._attempts(shard, question))

    async def _attempts(self, shard: Shard, question: Question[A]) -> A:
        async with self._places:
            loop = asyncio.get_running_loop()
            deadline_at = loop.time() + self.settings.shard_deadline
            self._retries.earn()
            for attempt in range(self.settings.retries + 1):
                try:
                    return await self._hedged(shard, question, deadline_at)
                except Retriable as error:
                    wait = error.retry_after or self.settings.retry_wait * 2**attempt
                    is_last = attempt == self.settings.retries or error.reason in _NOT_AGAIN
                    if is_last or loop.time() + wait >= deadline_at or not self._retries.take():
                        raise
                self.counters.retried += 1
                await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    async def _hedged(self, shard: Shard, question: Question[A], deadline_at: float) -> A:
        known = self._knows(shard)
        self._hedges.earn()

        def second() -> Coroutine[Any, Any, A] | None:
            if known.places.locked() or not self._hedges.take():
                return None
            self.counters.hedged += 1
            return self._once(known, shard, question, deadline_at)

        hedge = Hedge(second)
        try:
            return await hedge.run(self._once(known, shard, question, deadline_at), known.pace.late_after)
        finally:
            self.counters.hedges_won += hedge.has_won

    async def _once(self, known: _Known, shard: Shard, question: Question[A], deadline_at: float) -> A:
        places = known.places
        await _take_place(places, shard, deadline_at)
        try:
            loop = asyncio.get_running_loop()
            started = loop.time()
            answer = await self._transport.ask(shard, question, deadline_at)
            known.pace.note(loop.time() - started)
            return answer
        finally:
            places.release()

    def _knows(self, shard: Shard) -> _Known:
        known = self._known.get(shard.regency_code)
        if known is None:
            known = self._known[shard.regency_code] = _Known(self.settings.hedge_after)
        known.allow(shard.concurrency)
        return known


async def _take_place(places: asyncio.Semaphore, shard: Shard, deadline_at: float) -> None:
    """One of the places of a district; Retriable BUSY when none gets free before the deadline."""
    if not places.locked():
        await places.acquire()  # at once: no clock is needed
        return
    try:
        async with asyncio.timeout_at(deadline_at):
            await places.acquire()
    except TimeoutError:
        code = shard.regency_code
        message = f"District {code} is asked as much as it takes ({shard.concurrency} at a time): ask again"
        raise Retriable(code, message, reason="BUSY") from None
