"""Delivering to webhooks: each endpoint in the order of events, each event until it was taken or has to be given up."""

from collections import Counter
from typing import Protocol

from hub.domain.webhooks import DeliveryPolicy, Refusal, WebhookStatus
from hub.store import webhooks
from hub.store.database import Session
from hub.store.events import Event, find_head, list_events
from hub.store.webhooks import Endpoint
from resolvers.context import Clock

STRETCH = 500
"""Positions in one turn; others have theirs then."""
_LETTERS = 100
GONE = "GONE"
FAILED_TOO_LONG = "FAILED_TOO_LONG"


class Sender(Protocol):
    """Carries one event to one endpoint (connectors.webhook)."""

    async def send(self, endpoint: Endpoint, event: Event) -> Refusal | None:
        """None: it was taken."""
        ...


class Courier:
    """Delivers. Whoever calls sees to it that nobody else delivers to the same endpoint meanwhile."""

    def __init__(self, jobs: Session, clock: Clock, sender: Sender, policy: DeliveryPolicy) -> None:
        self._jobs = jobs
        self._clock = clock
        self._sender = sender
        self._policy = policy
        self.counters: Counter[str] = Counter()
        """Events that were taken, refused and given_up since the start."""

    async def deliver(self, endpoint_id: int) -> None:
        """One turn: dead letters that somebody asked for again, then what comes next, until one event is not taken."""
        (endpoint,) = await webhooks.find_endpoints(self._jobs, [endpoint_id])
        if endpoint is None or endpoint.status != WebhookStatus.ACTIVE:
            return
        for letter in await webhooks.list_asked_again(self._jobs, endpoint_id, _LETTERS):
            refusal = await self._send(endpoint, letter.event)
            await webhooks.settle_dead_letter(self._jobs, letter, None if refusal is None else refusal.reason)
        if endpoint.next_attempt_at <= self._clock():
            await self._go_on(endpoint)

    async def _go_on(self, endpoint: Endpoint) -> None:
        head = await find_head(self._jobs)
        begin = max(endpoint.position, head.removed_through)  # what is older is gone
        upto = min(begin + STRETCH, head.last_position)
        attempts = endpoint.attempts
        for event in await list_events(self._jobs, begin, upto):
            if not endpoint.interest.covers(event.topic, event.regency_codes, is_sensitive=event.is_sensitive):
                continue
            refusal = await self._send(endpoint, event)
            if refusal is not None:
                await self._refused(endpoint, event, attempts + 1, refusal)
                return
            await webhooks.note_taken(self._jobs, endpoint.endpoint_id, event.position, self._clock())
            attempts = 0
        await webhooks.note_passed(self._jobs, endpoint.endpoint_id, upto)

    async def _send(self, endpoint: Endpoint, event: Event) -> Refusal | None:
        refusal = await self._sender.send(endpoint, event)
        self.counters["taken" if refusal is None else "refused"] += 1
        return refusal

    async def _refused(self, endpoint: Endpoint, event: Event, attempts: int, refusal: Refusal) -> None:
        jobs, now = self._jobs, self._clock()
        if refusal.is_gone:
            await webhooks.disable(jobs, endpoint.endpoint_id, GONE)
            return
        next_attempt_at = self._policy.next_attempt(attempts, now, refusal.retry_after)
        since = await webhooks.note_failed(jobs, endpoint.endpoint_id, refusal.reason, next_attempt_at or now, now)
        if next_attempt_at is None:
            self.counters["given_up"] += 1
            await webhooks.give_up(jobs, endpoint.endpoint_id, event, attempts, (refusal.reason, now))
        if now - since >= self._policy.failing_for:
            await webhooks.disable(jobs, endpoint.endpoint_id, FAILED_TOO_LONG)
