"""What other systems still have to be told. A message is put in the transaction of the change that it tells of."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import RegionPage, read


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message. `destination` is a source code; `key` makes it the same message when it is put again."""

    destination: str
    kind: str
    subject_id: int
    key: str
    payload: dict[str, Any]
    regency_code: str


async def put(session: Session, messages: Sequence[NewMessage], now: datetime) -> None:
    """Put messages; each destination gets its own in this order."""
    await session.execute(
        query("outbox", "put_messages"),
        destinations=[m.destination for m in messages],
        kinds=[m.kind for m in messages],
        subject_ids=[m.subject_id for m in messages],
        keys=[m.key for m in messages],
        payloads=[m.payload for m in messages],
        regency_codes=[m.regency_code for m in messages],
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message whose turn it is."""

    message_id: int
    kind: str
    key: str
    subject_id: int
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message: DELIVERED, REFUSED by the destination, or DEAD: it is tried no more."""

    message_id: int
    status: Literal["DELIVERED", "REFUSED", "DEAD"]
    reason_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Postponed:
    """A message that is tried again, and why it was not delivered now."""

    message_id: int
    next_attempt_at: datetime
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the destination's feed says of a message; `refusal` None: it was taken."""

    key: str
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that is not delivered, without its contents."""

    message_id: int
    destination: str
    kind: str
    subject_id: int
    regency_code: str
    status: str
    attempts: int
    next_attempt_at: datetime
    reason_code: str | None
    reason: str | None
    created_at: datetime
    settled_at: datetime | None

    @property
    def case_file_id(self) -> int | None:
        """The case file that it is about, when it is about one."""
        return self.subject_id if self.kind == "CASE_UPDATE" else None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages of a destination are not delivered."""

    destination: str
    pending: int
    refused: int
    dead: int
    oldest_at: datetime | None


async def list_waiting_destinations(
    session: Session, destinations: Sequence[str], kinds: Sequence[str], now: datetime
) -> list[str]:
    """Those of the destinations that have a message of these kinds to be tried now."""
    rows = await session.fetch(
        query("outbox", "list_waiting_destinations"), destinations=list(destinations), kinds=list(kinds), now=now
    )
    return [row["destination"] for row in rows]


async def try_to_hold(transaction: Session, destination: str) -> bool:
    """Whether this transaction is the one that delivers to the destination; it holds it until it ends."""
    held: bool = await transaction.fetch_value(query("outbox", "try_to_hold_destination"), destination=destination)
    return held


async def list_next(session: Session, destination: str, kinds: Sequence[str], first: int) -> list[Waiting]:
    """The next messages of these kinds for a destination, in order."""
    rows = await session.fetch(
        query("outbox", "list_next_messages"), destination=destination, kinds=list(kinds), first=first
    )
    return read(Waiting, rows)


async def settle(session: Session, settled: Sequence[Settled], now: datetime) -> None:
    """Note what became of messages."""
    await session.execute(
        query("outbox", "settle_messages"),
        message_ids=[one.message_id for one in settled],
        statuses=[one.status for one in settled],
        reason_codes=[one.reason_code for one in settled],
        reasons=[one.reason for one in settled],
        now=now,
    )


async def postpone(session: Session, postponed: Postponed) -> None:
    """Try a message again later: those behind it wait with it."""
    await session.execute(query("outbox", "postpone_message"), **asdict(postponed))


async def note_answers(session: Session, destination: str, answers: Sequence[Answer], now: datetime) -> None:
    """Settle messages as the feed of their destination says."""
    await session.execute(
        query("outbox", "note_answers"),
        destination=destination,
        keys=[answer.key for answer in answers],
        refusals=[answer.refusal for answer in answers],
        now=now,
    )


async def list_unanswered(
    session: Session, destination: str, subject_ids: Sequence[int]
) -> list[tuple[int, dict[str, Any]]]:
    """(case file id, payload) of changes made here that the destination's feed has not told of, in order."""
    rows = await session.fetch(
        query("outbox", "list_unanswered"), destination=destination, subject_ids=list(subject_ids)
    )
    return [(row["subject_id"], row["payload"]) for row in rows]


async def list_undelivered(session: Session, page: RegionPage, statuses: Sequence[str] | None) -> list[Undelivered]:
    """A page of what is not delivered, in the order of regencies."""
    rows = await session.fetch(
        query("outbox", "list_undelivered"), **page.values(), statuses=None if statuses is None else list(statuses)
    )
    return read(Undelivered, rows)


async def is_destination(session: Session, destination: str) -> bool:
    """Whether messages are put for it: it is a district of the directory, or has some."""
    known: bool = await session.fetch_value(query("outbox", "is_destination"), destination=destination)
    return known


async def list_others(
    session: Session, destination: str, message_ids: Sequence[int], statuses: Sequence[str]
) -> list[int]:
    """Those of the numbers that are no message of the destination in one of these statuses."""
    rows = await session.fetch(
        query("outbox", "list_other_messages"),
        destination=destination,
        message_ids=list(message_ids),
        statuses=list(statuses),
    )
    return [row["message_id"] for row in rows]


async def retry(session: Session, destination: str, message_ids: Sequence[int] | None, now: datetime) -> int:
    """Make waiting and dead messages of a destination due now, all or those named; returns how many."""
    ids = None if message_ids is None else list(message_ids)
    count: int = await session.fetch_value(
        query("outbox", "retry_messages"), destination=destination, message_ids=ids, now=now
    )
    return count


async def give_up(session: Session, destination: str, message_ids: Sequence[int], reason: str) -> int:
    """Give dead messages up for good; returns how many."""
    count: int = await session.fetch_value(
        query("outbox", "give_messages_up"), destination=destination, message_ids=list(message_ids), reason=reason
    )
    return count


async def count_undelivered(session: Session) -> list[Backlog]:
    """The backlog of each destination that has one."""
    return read(Backlog, await session.fetch(query("outbox", "count_undelivered")))
