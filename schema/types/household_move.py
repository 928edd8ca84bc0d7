"""Households that move from one regency to another."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.principal import Scope
from hub.store import household_moves as rows
from resolvers.regions import regions_of
from resolvers.registry import households_of, persons_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape, words
from schema.types.region import Region

if TYPE_CHECKING:
    from schema.types.registry import Household, Person

_Person = Annotated["Person", strawberry.lazy("schema.types.registry")]
_Household = Annotated["Household", strawberry.lazy("schema.types.registry")]


@words(
    "Where a move of a household stands.",
    REVIEW="A person has to look: it is not proven.",
    REJECTED="A person said that these are two households.",
    MOVED="The household is in its new regency, with its matches and slots.",
)
class HouseholdMoveStatus(StrEnum):
    """Where a move stands."""

    REVIEW = "REVIEW"
    REJECTED = "REJECTED"
    MOVED = "MOVED"


@words(
    "Why a household is held to have moved, or why a person has to look.",
    LETTERS="Completed letters of both sides and equal numbers prove it.",
    PERSON="A person said so.",
    ONE_LETTER="The numbers are equal, but only one side gave a letter.",
    NO_LETTER="The numbers are equal and the old district removed the household, but no side gave a letter.",
    NUMBERS_DIFFER="The letters of both sides name each other, but the numbers are not equal.",
    AMBIGUOUS="More than one household could be the one.",
    BOTH_ISSUED="The household holds one entitlement in both regencies: one has to be revoked first.",
)
class HouseholdMoveCause(StrEnum):
    """Why a household is held to have moved, or not."""

    LETTERS = "LETTERS"
    PERSON = "PERSON"
    ONE_LETTER = "ONE_LETTER"
    NO_LETTER = "NO_LETTER"
    NUMBERS_DIFFER = "NUMBERS_DIFFER"
    AMBIGUOUS = "AMBIGUOUS"
    BOTH_ISSUED = "BOTH_ISSUED"


@words("What a person says of a move in review.", CONFIRM="It is the same household.", REJECT="They are two.")
class HouseholdMoveDecision(StrEnum):
    """What a person says of a move in review."""

    CONFIRM = "CONFIRM"
    REJECT = "REJECT"


@shape(rows.MoveEvidence, Scope.REGISTRY_READ, "What speaks for a move.")
class HouseholdMoveEvidence:
    """What speaks for a move."""

    shared_niks: int = plain("How many NIKs both records have.")
    members: int = plain("How many NIKs the smaller of both records has.")
    has_same_family_card: bool = plain("Whether a family card [KK] of one is that of the other.")
    is_named: bool = plain("Whether a letter names the household of the other side by its id.")
    has_move_out_letter: bool = plain("Whether the old regency gave a letter [surat pindah keluar].")
    has_move_in_letter: bool = plain("Whether the new regency gave a letter [surat pindah datang].")


@entity(
    rows.HouseholdMove,
    Scope.REGISTRY_READ,
    "A move of a household, or of one of its members, to another regency [pindah domisili].",
)
class HouseholdMove(Node):
    """A move of a household."""

    status: HouseholdMoveStatus = plain("Where it stands.")
    cause: HouseholdMoveCause = plain("Why it is held to be one, or why a person has to look.")
    evidence: HouseholdMoveEvidence = plain("What speaks for it.")
    household_reference: strawberry.ID = plain("The household's `id`, which stays the same wherever it lives.")
    household: _Household | None = batched(
        households_of,
        key="household_id",
        of="Household",
        description="The household, or the one that a member left alone; null for those who do not see where it lives now.",
    )
    arrived_household: _Household | None = batched(
        households_of,
        key="arrived_household_id",
        of="Household",
        description="In review: the record of the new regency that may be the same; where a member moved alone, the household "
        "that he or she joined. Null when it is not the caller's.",
    )
    person_reference: strawberry.ID | None = plain(
        "Who moved alone, by the `id` that stays the same; null: the whole household."
    )
    person: _Person | None = batched(
        persons_of,
        key="person_id",
        description="Who moved alone; null for those who do not see where he or she lives now.",
    )
    arrived_person: _Person | None = batched(
        persons_of,
        key="arrived_person_id",
        description="In review: the new regency's record of who may have moved alone. Null when it is not the caller's.",
    )
    from_region: Region | None = batched(regions_of, key="from_regency_code", description="The old regency.")
    to_region: Region | None = batched(regions_of, key="to_regency_code", description="The new regency.")
    moved_on: date | None = plain("Day of the move, as the letters say.")
    moved_at: datetime | None = plain("When the hub handed it over.")
    found_at: datetime = plain("When it was found.")
    decided_by: str | None = plain("Client of the person who decided, where one did.")
    decided_at: datetime | None = plain("When.")
    reason: str | None = plain("Why.")
