"""The way to one outside system: every call of every connector goes through here.

A call waits for its turn (concurrency, rate), passes the circuit breaker, is sent, read up to a limit and
decoded; what is safe to repeat is repeated with back-off. All of it under one deadline.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from typing import TypeVar

import httpx2
import msgspec
import stamina
import structlog
from pyrate_limiter import Duration, Limiter, Rate, StateBucket, TokenBucket
from pyrate_limiter.limiter import SingleBucketFactory

from connectors.breaker import Breaker
from connectors.errors import (
    Action,
    Failure,
    System,
    of_condition,
    of_exception,
    of_status,
    source_error,
)
from connectors.line import Answer, Call, Line, number
from connectors.settings import HttpSettings
from hub.domain.errors import SourceError

T = TypeVar("T")

_ERROR_CODE = re.compile(r"[A-Za-z][A-Za-z_]{0,39}")
_QUIET = frozenset({"OK", "CANCELLED"})
"""Ends of a call that say nothing against the system: a caller left, or another attempt was faster."""
_log = structlog.get_logger(__name__)


Observer = Callable[[str, SourceError | None], None]
"""Told how each call to a system (its code) ended: None when it was answered."""


def unobserved(_code: str, _error: SourceError | None) -> None:
    """Nobody wants to know."""


class Channel:
    """The connection to one system. `read` turns a good body into the answer or raises Failure."""

    def __init__(self, system: System, line: Line, settings: HttpSettings, observe: Observer = unobserved) -> None:
        self.system = system
        self._line = line
        self._observe = observe
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.max_concurrent)
        self._limiter = _limiter(settings.calls_per_second)
        self._breaker = Breaker(system.code, threshold=settings.breaker_threshold, seconds=settings.breaker_seconds)

    def deadline_at(self) -> float:
        """The end of a call that starts now, as time of the event loop."""
        return asyncio.get_running_loop().time() + self._settings.deadline

    async def send(self, call: Call, read: Callable[[bytes], T], deadline_at: float | None = None) -> T:
        """The answer; SourceError by the table of errors otherwise, at the latest at the deadline."""
        try:
            answer = await self._send(call, read, deadline_at)
        except SourceError as error:
            self._observe(self.system.code, error)
            raise
        self._observe(self.system.code, None)
        return answer

    async def _send(self, call: Call, read: Callable[[bytes], T], deadline_at: float | None) -> T:
        run = _Run(self._settings, call, self.deadline_at() if deadline_at is None else deadline_at)
        try:
            async with asyncio.timeout_at(run.deadline_at):
                return await self._attempts(run, read)
        except TimeoutError:
            raise source_error(self.system, run.last or of_condition("DEADLINE")) from None
        except Failure as failure:
            raise source_error(self.system, failure) from failure

    async def aclose(self) -> None:
        """Give back connections."""
        await self._line.aclose()
        if self._limiter is not None:
            self._limiter.close()

    async def _attempts(self, run: "_Run", read: Callable[[bytes], T]) -> T:
        if self._settings.attempts == 1:
            return await self._attempt(run, read, 1)
        retries = stamina.retry_context(
            on=run.decide,
            attempts=self._settings.attempts,
            timeout=None,
            wait_initial=self._settings.wait_initial,
            wait_max=self._settings.wait_max,
            wait_jitter=self._settings.wait_jitter,
        )
        async for attempt in retries:
            with attempt:
                return await self._attempt(run, read, attempt.num)
        raise AssertionError("stamina ends with a result or an error")

    async def _attempt(self, run: "_Run", read: Callable[[bytes], T], number: int) -> T:
        async with self._slots:
            if self._limiter is not None:
                await self._limiter.try_acquire_async(self.system.code)
            run.last = None
            started = asyncio.get_running_loop().time()
            outcome = "CANCELLED"
            try:
                result = await self._breaker.run(lambda: self._exchange(run.call, read), run.deadline_at)
                outcome = "OK"
            except Failure as failure:
                outcome = failure.rule.kind
                raise
            finally:
                self._record(run, outcome, number, started)
            return result

    def _record(self, run: "_Run", outcome: str, number: int, started: float) -> None:
        now = asyncio.get_running_loop().time()
        if outcome == "CANCELLED" and now >= run.deadline_at:
            outcome = "DEADLINE"
        _log.log(
            logging.DEBUG if outcome in _QUIET else logging.WARNING,
            "outside_call",
            system=self.system.code,
            operation=run.call.operation,
            status=outcome,
            duration=round(now - started, 4),
            attempt=number,
        )

    async def _exchange(self, call: Call, read: Callable[[bytes], T]) -> T:
        try:
            answer = await self._line.exchange(call, self._settings.max_response_bytes)
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeEncodeError) as error:
            raise of_exception(error) from error
        if not answer.is_success:
            raise _refusal(answer)
        return read(self._body(answer))

    def _body(self, answer: Answer) -> bytes:
        """The body of a success, if it is what was asked for."""
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise of_condition("ENCODED")
        if not answer.is_whole:
            raise of_condition("TOO_LARGE", f"{self._settings.max_response_bytes} bytes")
        if answer.headers.get("content-type", "").startswith("text/html"):
            raise of_condition("HTML")
        return answer.body


class _Run:
    """One call under way: decides after each failure whether another attempt makes sense."""

    def __init__(self, settings: HttpSettings, call: Call, deadline_at: float) -> None:
        self.call = call
        self.deadline_at = deadline_at
        self.last: Failure | None = None
        self._cap = settings.retry_after_cap

    def decide(self, error: Exception) -> bool | float:
        """False to give up, True for the usual back-off, or the seconds that the system asked for."""
        if not isinstance(error, Failure) or not self.call.is_repeatable:
            return False
        self.last = error
        if error.rule.action is not Action.RETRY or error.rule.kind == "CIRCUIT_OPEN":
            return False
        if error.retry_after is None:
            return True
        left = self.deadline_at - asyncio.get_running_loop().time()
        return error.retry_after if error.retry_after <= min(self._cap, left) else False


def _limiter(calls_per_second: int | None) -> Limiter | None:
    if calls_per_second is None:
        return None
    # A token bucket holds a few numbers, so that no thread of the library has to clean up after it.
    bucket = StateBucket([Rate(calls_per_second, Duration.SECOND)], algorithm=TokenBucket())
    return Limiter(SingleBucketFactory(bucket, schedule_leak=False), buffer_ms=1)


def _refusal(answer: Answer) -> Failure:
    retry_after = number(answer.headers.get("retry-after"))
    return of_status(answer.status, code=_error_code(answer.body), retry_after=retry_after)


class _ErrorBody(msgspec.Struct):
    error: str


def _error_code(body: bytes) -> str:
    try:
        code = msgspec.json.decode(body, type=_ErrorBody).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return code if _ERROR_CODE.fullmatch(code) else ""
