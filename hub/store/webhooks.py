"""Endpoints of webhooks: what each has taken, and what it never took."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from hub.domain.events import Interest, Topic, event_name
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.store.database import Session, Transaction
from hub.store.events import Event
from hub.store.queries import query
from hub.store.rows import by_key, grouped, read

_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint that is registered."""

    client_id: str
    url: str
    interest: Interest
    credential: str


class Endpoint(msgspec.Struct, frozen=True):
    """An endpoint as it stands."""

    endpoint_id: int
    client_id: str
    url: str
    topics: list[str]
    region_from: str
    region_to: str
    with_sensitive: bool
    credential: str
    former_credential: str | None
    former_until: datetime | None
    status: str
    reason: str | None
    position: int
    attempts: int
    next_attempt_at: datetime
    failing_since: datetime | None
    created_at: datetime

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.WEBHOOK, self.endpoint_id)

    @property
    def region_code(self) -> str | None:
        """The province or regency whose events it gets; None: all."""
        return self.region_from or None

    @property
    def interest(self) -> Interest:
        """Which events are for it."""
        regions = RegionRange(self.region_from, self.region_to)
        return Interest(frozenset(map(Topic, self.topics)), regions, self.with_sensitive)

    def credentials(self, now: datetime) -> list[str]:
        """Where the secrets are with which a message is signed now."""
        former = self.former_credential
        is_valid = former is not None and self.former_until is not None and now < self.former_until
        return [self.credential, former] if former is not None and is_valid else [self.credential]


class DeadLetter(msgspec.Struct, frozen=True):
    """An event that an endpoint never took."""

    endpoint_id: int
    event_id: int
    position: int
    topic: str
    kind: str
    subject_id: int
    regency_code: str
    other_regency_code: str | None
    is_sensitive: bool
    payload: dict[str, object]
    occurred_at: datetime
    attempts: int
    reason: str
    died_at: datetime
    asked_again_at: datetime | None

    @property
    def event(self) -> Event:
        """The event."""
        return Event(
            self.event_id,
            self.position,
            self.topic,
            self.kind,
            self.subject_id,
            self.regency_code,
            self.other_regency_code,
            self.is_sensitive,
            self.payload,
            self.occurred_at,
        )

    @property
    def event_name(self) -> str:
        """What names the event for good."""
        return event_name(self.event_id)


async def put_endpoint(session: Session, new: NewEndpoint, now: datetime) -> int:
    """Register; returns the endpoint's id."""
    endpoint_id: int = await session.fetch_value(
        query("webhooks", "put_endpoint"),
        client_id=new.client_id,
        url=new.url,
        topics=sorted(new.interest.topics),
        region_from=new.interest.regions.start,
        region_to=new.interest.regions.end,
        with_sensitive=new.interest.with_sensitive,
        credential=new.credential,
        now=now,
    )
    return endpoint_id


async def count_endpoints(session: Session, client_id: str) -> int:
    """How many a client has that are delivered to."""
    count: int = await session.fetch_value(query("webhooks", "count_endpoints"), client_id=client_id)
    return count


async def list_endpoints(session: Session, *, after_id: int, first: int) -> list[Endpoint]:
    """Those that the caller may see, in the order in which they were registered."""
    return read(Endpoint, await session.fetch(query("webhooks", "list_endpoints"), after_id=after_id, first=first))


async def find_endpoints(session: Session, endpoint_ids: Sequence[int]) -> list[Endpoint | None]:
    """The endpoint of each id."""
    found = read(Endpoint, await session.fetch(query("webhooks", "find_endpoints"), endpoint_ids=list(endpoint_ids)))
    return by_key(endpoint_ids, ((endpoint.endpoint_id, endpoint) for endpoint in found))


async def rotate_secret(session: Session, endpoint_id: int, credential: str, until: datetime) -> None:
    """Sign with another secret, and until then with the one before, too. Again, it changes nothing."""
    await session.execute(
        query("webhooks", "rotate_secret"), endpoint_id=endpoint_id, credential=credential, until=until
    )


async def disable(session: Session, endpoint_id: int, reason: str) -> None:
    """Deliver nothing any more."""
    await session.execute(query("webhooks", "disable_endpoint"), endpoint_id=endpoint_id, reason=reason)


async def enable(session: Session, endpoint_id: int, now: datetime) -> None:
    """Deliver again, from the event at which it stood."""
    await session.execute(query("webhooks", "enable_endpoint"), endpoint_id=endpoint_id, now=now)


async def retry(session: Session, endpoint_id: int, now: datetime) -> None:
    """Send at once what comes next."""
    await session.execute(query("webhooks", "retry_endpoint"), endpoint_id=endpoint_id, now=now)


async def ask_again(
    session: Session, endpoint_id: int, event_ids: Sequence[int] | None, now: datetime
) -> frozenset[int]:
    """Have dead letters delivered once more, all or those named; returns the events of those there are."""
    named = None if event_ids is None else list(event_ids)
    rows = await session.fetch(query("webhooks", "ask_again"), endpoint_id=endpoint_id, event_ids=named, now=now)
    return frozenset(row["event_id"] for row in rows)


async def count_dead_letters(session: Session, endpoint_ids: Sequence[int]) -> dict[int, int]:
    """How many dead letters each endpoint has that has any."""
    rows = await session.fetch(query("webhooks", "count_dead_letters"), endpoint_ids=list(endpoint_ids))
    return {row["endpoint_id"]: row["letters"] for row in rows}


async def list_dead_letters(
    session: Session, endpoint_ids: Sequence[int], *, after_id: int, first: int
) -> list[list[DeadLetter]]:
    """What each endpoint never took, the oldest first."""
    rows = await session.fetch(
        query("webhooks", "list_dead_letters"), endpoint_ids=list(endpoint_ids), after_id=after_id, first=first
    )
    return grouped(endpoint_ids, ((letter.endpoint_id, letter) for letter in read(DeadLetter, rows)))


async def list_due(jobs: Session, now: datetime, first: int) -> list[int]:
    """Endpoints to which something may have to be delivered."""
    return [row["endpoint_id"] for row in await jobs.fetch(query("webhooks", "list_due"), now=now, first=first)]


async def list_asked_again(jobs: Session, endpoint_id: int, first: int) -> list[DeadLetter]:
    """Dead letters that are to be delivered once more."""
    return read(
        DeadLetter, await jobs.fetch(query("webhooks", "list_asked_again"), endpoint_id=endpoint_id, first=first)
    )


async def note_taken(jobs: Session, endpoint_id: int, position: int, now: datetime) -> None:
    """It took everything up to a position."""
    await jobs.execute(query("webhooks", "note_taken"), endpoint_id=endpoint_id, position=position, now=now)


async def note_passed(jobs: Session, endpoint_id: int, position: int) -> None:
    """Nothing up to a position was for it."""
    await jobs.execute(query("webhooks", "note_passed"), endpoint_id=endpoint_id, position=position)


async def note_failed(
    jobs: Session, endpoint_id: int, reason: str, next_attempt_at: datetime, now: datetime
) -> datetime:
    """It did not take the next event; returns since when it fails."""
    row = await jobs.fetch_row(
        query("webhooks", "note_failed"),
        endpoint_id=endpoint_id,
        reason=reason,
        next_attempt_at=next_attempt_at,
        now=now,
    )
    return now if row is None else row["failing_since"]


async def give_up(jobs: Session, endpoint_id: int, event: Event, attempts: int, why: tuple[str, datetime]) -> None:
    """Keep the event as a dead letter, with the reason and the moment, and go on after it."""
    reason, now = why
    values = {name: getattr(event, name) for name in Event.__struct_fields__}
    await jobs.execute(
        query("webhooks", "give_up"), endpoint_id=endpoint_id, attempts=attempts, reason=reason, now=now, **values
    )


async def settle_dead_letter(jobs: Session, letter: DeadLetter, reason: str | None) -> None:
    """A dead letter was delivered once more: it goes when it was taken, or stays with the reason why not."""
    values = {"endpoint_id": letter.endpoint_id, "event_id": letter.event_id}
    if reason is None:
        await jobs.execute(query("webhooks", "remove_dead_letter"), **values)
    else:
        await jobs.execute(query("webhooks", "keep_dead_letter"), reason=reason, **values)


class Claims:
    """Which endpoints this process delivers to now; the database lets them go when the process ends, however that comes."""

    def __init__(self, session: Transaction) -> None:
        self._session = session
        self._one_at_a_time = asyncio.Lock()

    async def claim(self, endpoint_id: int) -> bool:
        """Whether the endpoint is now this process's own; not to be asked for one that it is already."""
        async with self._one_at_a_time:
            has_it: bool = await self._session.fetch_value(query("webhooks", "claim_endpoint"), endpoint_id=endpoint_id)
        return has_it

    async def release(self, endpoint_id: int) -> None:
        """Let others deliver to it."""
        async with self._one_at_a_time:
            await self._session.execute(query("webhooks", "release_endpoint"), endpoint_id=endpoint_id)


@asynccontextmanager
async def claiming(url: str) -> AsyncIterator[Claims]:
    """A connection of its own, which holds what is claimed."""
    connection = await asyncpg.connect(
        url, timeout=_CONNECT_SECONDS, server_settings={"application_name": "slrt-hub webhooks"}
    )
    try:
        yield Claims(Transaction(connection))
    finally:
        connection.terminate()
