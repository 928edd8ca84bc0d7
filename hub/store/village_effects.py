"""What follows from completed village services: newborn candidates, freed slots, households handed over; once each, in sets."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from hub.domain.matches import MatchStatus
from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Session, Transaction
from hub.store.matches import Move, Mover, move_matches
from hub.store.moves import apply_moves
from hub.store.queries import query
from hub.store.rows import by_key, read

ACTOR = "hub:death-letter"


class ServiceEffect(msgspec.Struct, frozen=True):
    """What a completed service brought about."""

    village_service_id: int
    effect: str
    household_id: int | None
    person_id: int | None
    move_id: int | None
    slots_freed: int
    applied_at: datetime

    @property
    def move_reference(self) -> str | None:
        """The opaque id of the move, where it was one."""
        return None if self.move_id is None else opaque_id(Kind.HOUSEHOLD_MOVE, self.move_id)


@dataclass(frozen=True, slots=True)
class Applied:
    """How much followed from the services that were completed since."""

    moved: int
    newborns: int
    deaths: int
    slots_freed: int


async def apply_services(session: Session, now: datetime) -> Applied:
    """Let follow what follows from the letters that came in; safe to repeat, and each letter has its effect once."""
    moved = await apply_moves(session, now)
    async with session.transaction() as transaction:
        newborns: int = await transaction.fetch_value(query("village_effect", "note_newborns"), now=now)
        deaths, slots_freed = await _note_deaths(transaction, now)
    return Applied(moved, newborns, deaths, slots_freed)


async def find_effects_of(session: Session, service_ids: Sequence[int]) -> list[ServiceEffect | None]:
    """The effect of each service that had one."""
    rows = await session.fetch(query("village_effect", "find_effects_of"), service_ids=list(service_ids))
    return by_key(service_ids, ((effect.village_service_id, effect) for effect in read(ServiceEffect, rows)))


async def _note_deaths(transaction: Transaction, now: datetime) -> tuple[int, int]:
    letters = await transaction.fetch(query("village_effect", "list_new_deaths"))
    if not letters:
        return 0, 0
    person_ids = sorted({row["person_id"] for row in letters})
    await transaction.execute(query("village_effect", "note_deceased"), person_ids=person_ids)
    matches = await transaction.fetch(query("village_effect", "list_matches_of_deceased"), person_ids=person_ids)
    letter_of = {row["person_id"]: row["village_service_id"] for row in reversed(letters)}
    moves = [Move(m["match_id"], f"death-letter:{letter_of[m['person_id']]}", "DECEASED") for m in matches]
    await move_matches(transaction, MatchStatus.RELEASED, moves, Mover(ACTOR, now))
    freed = Counter(letter_of[m["person_id"]] for m in matches if m["holds_slot"])
    await transaction.execute(
        query("village_effect", "add_death_effects"),
        service_ids=[row["village_service_id"] for row in letters],
        are_known=[row["is_known"] for row in letters],
        slots_freed=[freed[row["village_service_id"]] for row in letters],
        now=now,
    )
    return len(letters), freed.total()
