"""The circuit breaker of one outside system, on purgatory.

What purgatory leaves to its user, and is added here: only one call at a time tries a half-open circuit,
a cancelled call says nothing about the system, and only outages count.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import CLOSED, OPENED, OpenedState
from purgatory.service._async.circuitbreaker import AsyncCircuitBreaker

from connectors.errors import Failure, of_condition

T = TypeVar("T")


class Breaker:
    """Closed: calls pass. Open: they fail at once. Half-open: one call tries, and decides."""

    def __init__(self, name: str, *, threshold: int, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._is_probing = False
        self._factory = AsyncCircuitBreakerFactory(threshold, seconds)
        self._circuit: AsyncCircuitBreaker | None = None

    async def run(self, call: Callable[[], Awaitable[T]], deadline_at: float) -> T:
        """Run the call unless the circuit is open (Failure CIRCUIT_OPEN).

        A call that is cancelled at `deadline_at` (time of the event loop) counts as an outage.
        """
        circuit = await self._admit()
        is_probe = circuit.context.state != CLOSED
        self._is_probing = self._is_probing or is_probe
        try:
            result = await call()
        except Failure as failure:
            await _report(circuit, failure if failure.rule.is_outage else None)
            raise
        except asyncio.CancelledError:
            if asyncio.get_running_loop().time() >= deadline_at:
                await _report(circuit, of_condition("DEADLINE"))
            raise
        else:
            await _report(circuit, None)
            return result
        finally:
            if is_probe:
                self._is_probing = False

    async def _admit(self) -> AsyncCircuitBreaker:
        if self._circuit is None:
            self._circuit = await self._factory.get_breaker(self._name)
        circuit = self._circuit
        if self._is_probing:
            raise of_condition("CIRCUIT_OPEN", retry_after=self._seconds)
        try:
            await circuit.__aenter__()
        except OpenedState as opened:
            # The library raises one and the same object each time: its traceback would grow.
            opened.with_traceback(None)
            left = max(0.0, opened.opened_at + self._seconds - time.time())
            raise of_condition("CIRCUIT_OPEN", retry_after=left) from None
        return circuit


async def _report(circuit: AsyncCircuitBreaker, failure: Failure | None) -> None:
    if circuit.context.state == OPENED:
        return  # Another call opened it while this one ran.
    if failure is None:
        await circuit.__aexit__(None, None, None)
    else:
        await circuit.__aexit__(type(failure), failure, None)
