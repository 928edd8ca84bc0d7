"""Root fields with which people decide about moves of households."""

from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from resolvers import household_moves
from resolvers.household_moves import MoveWord
from schema.context import Info
from schema.fields import plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.household_move import HouseholdMove, HouseholdMoveDecision


@strawberry.input(description="What you say of a move in review.")
class HouseholdMoveDecideInput:
    """What you say of a move in review."""

    id: strawberry.ID = plain("The move's `id`.")
    decision: HouseholdMoveDecision = plain("Whether both records are one household.")
    reason: str = plain("Why, in 1 to 500 characters; it stays. No names or numbers of persons.")
    idempotency_key: str = plain(
        "Makes the request safe to repeat: the same key with the same input gives the first answer again."
    )


@strawberry.type(description="A move as it stands now.")
class HouseholdMovePayload:
    """A move as it stands now."""

    household_move: HouseholdMove | None = plain("The move; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type
class VillageMutations:
    """Decisions about moves."""

    @mutation(
        Scope.LINK_WRITE,
        HouseholdMovePayload,
        "Say of a move in review whether it is one. What is confirmed is handed over at once.",
    )
    async def household_move_decide(self, info: Info, what: Annotated[HouseholdMoveDecideInput, Input]) -> Any:
        ctx = info.context
        word = MoveWord(what.decision is HouseholdMoveDecision.CONFIRM, what.reason)
        return await attempt(
            HouseholdMovePayload,
            "household_move",
            lambda: household_moves.decide_household_move(
                ctx, number_of(Kind.HOUSEHOLD_MOVE, what.id), word, what.idempotency_key
            ),
        )
