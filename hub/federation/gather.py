"""Asks many districts at the same time, each under its own deadline and budget, and all under one.

What a question goes through, from outside in: equal questions under way are joined; a place among all calls, then one
among those of the district; attempts, as far as the budget of retries goes; and in each attempt a second, hedged call
when the first is late. The circuit breaker stands in the transport.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Generic, TypeVar

import msgspec

from hub.domain.errors import Retriable, SourceError
from hub.federation.budget import Budget, Pace
from hub.federation.directory import Shard
from hub.federation.in_flight import InFlight
from hub.federation.questions import Question, Transport

A = TypeVar("A")

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


class Gather:
    """One for a process: its budgets are those of all requests together."""

    def __init__(self, transport: Transport, settings: GatherSettings | None = None) -> None:
        self.settings = settings or GatherSettings()
        self.counters = GatherCounters()
        self._transport = transport
        self._places = asyncio.Semaphore(self.settings.concurrency)
        self._own_places: dict[str, tuple[int, asyncio.Semaphore]] = {}
        self._in_flight = InFlight()
        self._hedges = Budget(self.settings.hedge_share, self.settings.saved)
        self._retries = Budget(self.settings.retry_share, self.settings.saved)
        self._paces: dict[str, Pace] = {}

    def deadline_at(self) -> float:
        """The end of an answer that is begun now, as time of the event loop."""
        return asyncio.get_running_loop().time() + self.settings.deadline

    async def ask_all(
        self, questions: Iterable[tuple[Shard, Question[A]]], deadline_at: float
    ) -> Mapping[str, Outcome[A]]:
        """The outcome of each district, by its regency code, at the latest at the deadline.

        When the caller is cancelled, so are the calls.
        """
        tasks = {shard.regency_code: asyncio.create_task(self._ask(shard, question)) for shard, question in questions}
        if not tasks:
            return {}
        try:
            await asyncio.wait(tasks.values(), timeout=deadline_at - asyncio.get_running_loop().time())
        finally:
            for task in tasks.values():
                task.cancel()
        return {code: self._outcome(code, task) for code, task in tasks.items()}

    def _outcome(self, code: str, task: "asyncio.Task[A]") -> Outcome[A]:
        if not task.done() or task.cancelled():
            return self.misbehaved("DEADLINE", f"District {code} did not answer before our deadline: ask again")
        error = task.exception()
        if error is None:
            return Answered(task.result())
        if not isinstance(error, SourceError):
            raise error
        return self.misbehaved(error.reason or error.code, error.message)

    def misbehaved(self, reason: str, message: str) -> Failed:
        """A district whose answer cannot be used, or that gave none; it is counted."""
        self.counters.failed[reason] += 1
        return Failed(reason, message)

    async def _ask(self, shard: Shard, question: Question[A]) -> A:
        key = (shard.regency_code, shard.endpoint, question)
        self.counters.asked[question.name] += 1
        self.counters.joined += key in self._in_flight
        return await self._in_flight.join(key, lambda: self._attempts(shard, question))

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
        first = asyncio.create_task(self._once(shard, question, deadline_at))
        calls = {first}
        self._hedges.earn()
        try:
            done, _ = await asyncio.wait(calls, timeout=self._pace(shard).late_after)
            if not done and not self._own(shard).locked() and self._hedges.take():
                self.counters.hedged += 1
                calls.add(asyncio.create_task(self._once(shard, question, deadline_at)))
            winner = await _first_good(calls)
            self.counters.hedges_won += winner is not first
            return winner.result()
        finally:
            for call in calls:
                call.cancel()

    async def _once(self, shard: Shard, question: Question[A], deadline_at: float) -> A:
        async with self._own_place(shard, deadline_at):
            loop = asyncio.get_running_loop()
            started = loop.time()
            answer = await self._transport.ask(shard, question, deadline_at)
            self._pace(shard).note(loop.time() - started)
            return answer

    @asynccontextmanager
    async def _own_place(self, shard: Shard, deadline_at: float) -> AsyncIterator[None]:
        own = self._own(shard)
        try:
            async with asyncio.timeout_at(deadline_at):
                await own.acquire()
        except TimeoutError:
            code = shard.regency_code
            message = f"District {code} is asked as much as it takes ({shard.concurrency} at a time): ask again"
            raise Retriable(code, message, reason="BUSY") from None
        try:
            yield
        finally:
            own.release()

    def _own(self, shard: Shard) -> asyncio.Semaphore:
        known = self._own_places.get(shard.regency_code)
        if known is None or known[0] != shard.concurrency:
            known = self._own_places[shard.regency_code] = (shard.concurrency, asyncio.Semaphore(shard.concurrency))
        return known[1]

    def _pace(self, shard: Shard) -> Pace:
        pace = self._paces.get(shard.regency_code)
        if pace is None:
            pace = self._paces[shard.regency_code] = Pace(self.settings.hedge_after)
        return pace


async def _first_good(calls: "set[asyncio.Task[A]]") -> "asyncio.Task[A]":
    """The first call that succeeds; when all fail, one of those that failed last."""
    waiting = set(calls)
    while True:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        good = [call for call in done if call.exception() is None]
        if good or not waiting:
            return good[0] if good else done.pop()
