"""Delivers what other systems have to be told: for each destination in order, by one process at a time, until it is taken.

A destination that is away is tried again, ever more rarely, for as long as it takes; what it refuses is settled with its reason;
what it cannot be told at all, whatever is tried, is dead and waits for a person, and with it what follows about the same subject.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from hub.domain.errors import SourceError
from hub.domain.records import CaseUpdate
from hub.domain.source import Capability, Connector
from hub.store import outbox
from hub.store.database import Session
from hub.store.outbox import Backlog, Postponed, Settled, Waiting
from resolvers import case_outbox
from resolvers.context import Clock
from resolvers.referral_delivery import carry_referrals
from resolvers.referral_moves import MESSAGE_KIND

BATCH = 100
UNTOLD = 500
"""Case files that were opened before their district took changes, in one pass."""
_AT_ONCE = 4
"""Destinations at the same time: each holds a connection to the database while its system is asked."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=10)
_OF_THE_MESSAGE = frozenset({"BAD_REQUEST", "REFUSED", "WRONG_SHAPE", "TOO_DEEP"})
"""Failures for which a message itself may be the cause: it is sent alone, and given up after `MOST_ATTEMPTS`."""
MOST_ATTEMPTS = 12

Carry = Callable[[Session, Connector, Sequence[Waiting], datetime], Awaitable[Sequence[Settled]]]
"""Hands messages of one kind over in their order: what became of each, which is noted in the session."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """How messages of one kind are handed over, and what a system must be able to do for it."""

    capability: Capability
    carry: Carry


@dataclass(slots=True)
class OutboxCounters:
    """What was delivered since the process began, by destination; `backlog` as the last pass left it."""

    delivered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    backlog: tuple[Backlog, ...] = ()


async def deliver_outbox(
    session: Session, connectors: Mapping[str, Connector], clock: Clock, counters: OutboxCounters | None = None
) -> OutboxCounters:
    """One pass: every destination that is due and can be told, until it has no more or fails. Safe in several processes.

    First it puts what a district is owed that takes changes since lately, some case files in each pass.
    """
    await case_outbox.tell_untold(session, clock(), UNTOLD)
    counts = OutboxCounters() if counters is None else counters
    able = [code for code, connector in connectors.items() if _kinds_for(connector)]
    room = asyncio.Semaphore(_AT_ONCE)

    async def deliver(code: str) -> None:
        async with room:
            while await _deliver_some(session, connectors[code], clock, counts):
                pass

    due = await outbox.list_waiting_destinations(session, able, sorted(_CARRIERS), clock())
    async with asyncio.TaskGroup() as group:
        for code in due:
            group.create_task(deliver(code))
    counts.backlog = tuple(await outbox.count_undelivered(session))
    return counts


async def _deliver_some(session: Session, connector: Connector, clock: Clock, counts: OutboxCounters) -> bool:
    """One call to a destination; whether it may have more. The hold ends with the transaction, however that ends."""
    code, kinds = connector.code, _kinds_for(connector)
    async with session.transaction() as transaction:
        if not await outbox.try_to_hold(transaction, code):
            return False
        if not await outbox.list_waiting_destinations(transaction, [code], kinds, clock()):
            return False
        messages = _alike(await outbox.list_next(transaction, code, kinds, BATCH))
        if not messages:  # the feed answered them meanwhile
            return False
        try:
            settled = await _CARRIERS[messages[0].kind].carry(transaction, connector, messages, clock())
        except SourceError as error:
            await _note_failure(transaction, messages, error, clock(), counts)
            return False
        await outbox.settle(transaction, settled, clock())
    counts.delivered[code] += sum(one.status == "DELIVERED" for one in settled)
    counts.refused[code] += sum(one.status == "REFUSED" for one in settled)
    return True


def _alike(messages: Sequence[Waiting]) -> list[Waiting]:
    """Those that go out in one call: of one kind, and one alone when it was refused with others before."""
    if messages and messages[0].attempts:
        return [messages[0]]
    other = next((at for at, message in enumerate(messages) if message.kind != messages[0].kind), len(messages))
    return list(messages[:other])


async def _note_failure(
    session: Session, messages: Sequence[Waiting], error: SourceError, now: datetime, counts: OutboxCounters
) -> None:
    head, code = messages[0], error.source
    counts.failed[code] += 1
    if error.reason in _OF_THE_MESSAGE and head.attempts + 1 >= MOST_ATTEMPTS:
        counts.dead[code] += 1
        await outbox.settle(session, [Settled(head.message_id, "DEAD", error.reason, error.message)], now)
        return
    wait = min(_FIRST_WAIT * 2 ** min(head.attempts, 16), _LONGEST_WAIT)
    await outbox.postpone(session, Postponed(head.message_id, now + wait, error.reason, error.message))


async def _carry_case_updates(
    _session: Session, connector: Connector, messages: Sequence[Waiting], _now: datetime
) -> Sequence[Settled]:
    updates = [msgspec.convert(message.payload, CaseUpdate) for message in messages]
    answers = await connector.deliver_case_updates(updates)
    return [
        Settled(message.message_id, "DELIVERED" if answer.is_accepted else "REFUSED", answer.refusal)
        for message, answer in zip(messages, answers, strict=True)
    ]


_CARRIERS: Mapping[str, Carrier] = MappingProxyType(
    {
        case_outbox.KIND: Carrier(Capability.CASE_UPDATES, _carry_case_updates),
        MESSAGE_KIND: Carrier(Capability.REFERRALS, carry_referrals),
    }
)


def _kinds_for(connector: Connector) -> list[str]:
    """The kinds of messages that a system can be told."""
    return sorted(kind for kind, carrier in _CARRIERS.items() if carrier.capability in connector.capabilities)
