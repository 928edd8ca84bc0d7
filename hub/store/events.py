"""The log of events: given their positions, read by stretches, removed when they are old."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from hub.domain.errors import CursorTooOld
from hub.domain.events import cursor_of, event_name, subject_name
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import read

CHANNEL = "hub_event"
"""What the database tells when events were written."""
PLACED_MAX = 10_000
"""Events that get their positions in one transaction."""
REMOVED_MAX = 10_000


class Event(msgspec.Struct, frozen=True):
    """What happened. Its payload holds ids, statuses and codes, never personal data."""

    event_id: int
    position: int
    topic: str
    kind: str
    subject_id: int
    regency_code: str
    other_regency_code: str | None
    is_sensitive: bool
    payload: dict[str, Any]
    occurred_at: datetime

    @property
    def id(self) -> str:
        """What names it for good."""
        return event_name(self.event_id)

    @property
    def cursor(self) -> str:
        """From where telling goes on after it."""
        return cursor_of(self.position)

    @property
    def regency_codes(self) -> tuple[str, ...]:
        """Whom it concerns."""
        other = self.other_regency_code
        return (self.regency_code,) if other is None else (self.regency_code, other)

    @property
    def subject(self) -> str:
        """The opaque id of what it is about."""
        return subject_name(self.topic, self.subject_id)

    @property
    def version(self) -> int:
        """Number of the line in the history of what it is about."""
        return int(self.payload["version"])

    @property
    def from_status(self) -> str | None:
        """Before."""
        return self.payload.get("fromStatus")

    @property
    def to_status(self) -> str | None:
        """After."""
        return self.payload.get("toStatus")

    @property
    def reason_code(self) -> str | None:
        """Why, where a code says so."""
        return self.payload.get("reasonCode")

    @property
    def field_group(self) -> str | None:
        """Which part of a case file."""
        return self.payload.get("fieldGroup")

    @property
    def agency_code(self) -> str | None:
        """Which agency."""
        return self.payload.get("agencyCode")


@dataclass(frozen=True, slots=True)
class Head:
    """How far events have positions, and through which they are gone."""

    last_position: int
    removed_through: int

    def require_after(self, position: int) -> None:
        """Raise CursorTooOld when events after this position are gone."""
        if position < self.removed_through:
            raise CursorTooOld(
                "events after this cursor were removed, being old: read what you follow anew, and subscribe without `after`"
            )


async def find_head(session: Session) -> Head:
    """The head as it is now."""
    row = await session.fetch_row(query("events", "find_event_head"))
    return Head(0, 0) if row is None else Head(*row)


async def give_positions(jobs: Session, now: datetime, most: int = PLACED_MAX) -> int:
    """Give committed events their positions; returns the last of all. Sees everything that was committed before it began."""
    placed = most
    last = 0
    while placed == most:
        async with jobs.transaction() as transaction:
            await transaction.execute(query("events", "hold_event_head"))
            row = await transaction.fetch_row(query("events", "give_positions"), now=now, most=most)
        last, placed = (0, 0) if row is None else row
    return last


async def list_events(session: Session, after: int, through: int) -> list[Event]:
    """Events with positions after `after` up to `through`, in order; those that the session may see."""
    return read(Event, await session.fetch(query("events", "list_events"), after=after, through=through))


async def remove_events(jobs: Session, before: datetime, most: int = REMOVED_MAX) -> int:
    """Remove what got its position before a moment; returns how many."""
    removed, count = 0, most
    while count == most:
        async with jobs.transaction() as transaction:
            await transaction.execute(query("events", "hold_event_head"))
            count = await transaction.fetch_value(query("events", "remove_events"), before=before, most=most)
        removed += count
    return removed
