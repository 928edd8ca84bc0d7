"""Moves of households as callers see them, and a person's word on one that is not proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import msgspec

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.store.database import Row, Session, Transaction
from hub.store.queries import query
from hub.store.rows import by_key, grouped


class MoveEvidence(msgspec.Struct, frozen=True, rename="camel"):
    """What speaks for a move."""

    shared_niks: int
    members: int
    has_same_family_card: bool
    is_named: bool
    has_move_out_letter: bool
    has_move_in_letter: bool


class HouseholdMove(msgspec.Struct, frozen=True):
    """A household, or one of its members, that moved from one regency to another, or may have."""

    move_id: int
    household_id: int
    arrived_household_id: int
    from_regency_code: str
    to_regency_code: str
    status: str
    cause: str
    evidence: MoveEvidence
    moved_on: date | None
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    moved_at: datetime | None
    person_id: int | None = None
    """Who moved alone, from one household into the other; None: the whole household."""
    arrived_person_id: int | None = None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.HOUSEHOLD_MOVE, self.move_id)

    @property
    def household_reference(self) -> str:
        """The opaque id of the household: it stays the same, also for those who see the household no more."""
        return opaque_id(Kind.HOUSEHOLD, self.household_id)

    @property
    def person_reference(self) -> str | None:
        """The same of who moved alone."""
        return None if self.person_id is None else opaque_id(Kind.PERSON, self.person_id)


@dataclass(frozen=True, slots=True)
class MoveDecision:
    """A person's word on a move."""

    status: Literal["CONFIRMED", "REJECTED"]
    decided_by: str
    decided_at: datetime
    reason: str


async def find_household_moves(session: Session, move_ids: Sequence[int]) -> list[HouseholdMove | None]:
    """The move of each id."""
    rows = await session.fetch(query("household_moves", "find_household_moves"), move_ids=list(move_ids))
    return by_key(move_ids, ((move.move_id, move) for move in _read(rows)))


async def list_household_moves(
    session: Session, regencies: RegionRange, status: str | None, *, after_id: int, first: int
) -> list[HouseholdMove]:
    """Moves out of or into a range of regencies, the first found first."""
    rows = await session.fetch(
        query("household_moves", "list_household_moves"),
        region_from=regencies.start,
        region_to=regencies.end,
        status=status,
        after_id=after_id,
        first=first,
    )
    return _read(rows)


async def list_moves_of(session: Session, household_ids: Sequence[int]) -> list[list[HouseholdMove]]:
    """The moves that each household made, the first one first."""
    rows = await session.fetch(query("household_moves", "list_moves_of"), household_ids=list(household_ids))
    return grouped(household_ids, ((move.household_id, move) for move in _read(rows)))


async def decide_move(transaction: Transaction, move_id: int, decision: MoveDecision) -> bool:
    """Keep a person's word; False when the move waits for none."""
    decided = await transaction.fetch_value(
        query("household_moves", "decide_move"),
        move_id=move_id,
        status=decision.status,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        reason=decision.reason,
    )
    return decided is not None


def _read(rows: Sequence[Row]) -> list[HouseholdMove]:
    return [HouseholdMove(**{**dict(row), "evidence": msgspec.convert(row["evidence"], MoveEvidence)}) for row in rows]
