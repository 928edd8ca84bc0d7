"""Matches and their slots: every move goes through here, in sets, and is safe to repeat by its key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from hub.domain.matches import SLOT_STATE_OF, MatchStatus
from hub.domain.source import MatchDelivery
from hub.store.database import Session
from hub.store.queries import query


@dataclass(frozen=True, slots=True)
class Move:
    """One match that is to move. `key` names the cause: the same cause moves it once."""

    match_id: int
    key: str
    reason_code: str | None = None
    national_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one move. `from_status` is the status that was found."""

    match_id: int
    result: Literal["MOVED", "REPLAY", "REFUSED", "KEY_REUSED", "NOT_FOUND"]
    from_status: str | None


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves, when, and until when an offer stands."""

    actor: str
    now: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A match with what a connector needs of it."""

    match_id: int
    household_id: int
    person_id: int | None
    programme_code: str
    nik: str | None
    kk_number: str | None
    name: str | None
    birth_date: date | None
    pool_region_code: str | None


async def move_matches(session: Session, to: MatchStatus, moves: Sequence[Move], mover: Mover) -> list[Moved]:
    """Move a set of matches to one status, slots and journal with them; one answer for each, in order."""
    if not moves:
        return []
    async with session.transaction() as transaction:
        match_ids = [move.match_id for move in moves]
        await transaction.fetch(query("match", "lock_matches"), match_ids=match_ids)
        rows = await transaction.fetch(
            query("match", "move_matches"),
            match_ids=match_ids,
            keys=[move.key for move in moves],
            reason_codes=[move.reason_code for move in moves],
            national_references=[move.national_reference for move in moves],
            to_status=to.value,
            slot_state=SLOT_STATE_OF.get(to),
            expires_at=mover.expires_at,
            actor=mover.actor,
            now=mover.now,
        )
    return [Moved(row["match_id"], row["result"], row["from_status"]) for row in rows]


async def list_work(
    session: Session, status: MatchStatus, *, programme_code: str | None, after_id: int, first: int
) -> list[Work]:
    """Matches of a status, oldest first, after a match."""
    rows = await session.fetch(
        query("match", "list_work"), status=status.value, programme_code=programme_code, after_id=after_id, first=first
    )
    return [Work(**{name: row[name] for name in Work.__slots__}) for row in rows]


async def list_expired(session: Session, now: datetime, *, after_id: int, first: int) -> list[int]:
    """Offers whose time is over."""
    rows = await session.fetch(query("match", "list_expired"), now=now, after_id=after_id, first=first)
    return [row["match_id"] for row in rows]


async def list_undelivered(session: Session, regency_code: str, *, after_id: int, first: int) -> list[MatchDelivery]:
    """What a district has not been told yet."""
    rows = await session.fetch(
        query("match", "list_undelivered"), regency_code=regency_code, after_id=after_id, first=first
    )
    return [
        MatchDelivery(
            match_reference=str(row["match_id"]),
            household_record_id=row["household_record_id"],
            person_record_id=row["person_record_id"],
            programme_code=row["programme_code"],
            status=row["status"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]


async def note_delivered(session: Session, deliveries: Sequence[MatchDelivery]) -> None:
    """The district took these."""
    await session.execute(
        query("match", "note_delivered"),
        match_ids=[int(delivery.match_reference) for delivery in deliveries],
        statuses=[delivery.status for delivery in deliveries],
    )


async def list_confirmed(session: Session, programme_code: str, *, after_id: int, first: int) -> list[tuple[int, str]]:
    """Accepted matches that the national roster shows by now, with the roster's reference."""
    rows = await session.fetch(
        query("match", "confirm_by_roster"), programme_code=programme_code, after_id=after_id, first=first
    )
    return [(row["match_id"], row["national_reference"]) for row in rows]


async def list_programmes_of(session: Session, source_code: str) -> list[str]:
    """The programmes whose roster a national system keeps."""
    rows = await session.fetch(query("match", "list_programmes_of"), source_code=source_code)
    return [row["programme_code"] for row in rows]
