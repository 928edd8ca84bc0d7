"""Root fields that read moves of households."""

from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from resolvers import household_moves
from resolvers.paging import FIRST
from schema.arguments import Id, RegionCode, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First
from schema.types.household_move import HouseholdMove, HouseholdMoveStatus

_Status = Annotated[HouseholdMoveStatus | None, strawberry.argument(description="Only moves of this status.")]


@strawberry.type
class VillageQueries:
    """Moves of households."""

    @asked(HouseholdMove | None, "A move of a household by its id.")
    async def household_move(self, info: Info, object_id: Id) -> Any:
        return await info.context.load(household_moves.household_moves_by_id, number_of(Kind.HOUSEHOLD_MOVE, object_id))

    @asked(
        Connection[HouseholdMove],
        "Households that moved out of or into a region, or may have, in the order in which they were found.",
    )
    async def household_moves(
        self,
        info: Info,
        region_code: RegionCode = None,
        status: _Status = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = None if status is None else status.value
        return await household_moves.list_household_moves(info.context, region_code, wanted, first, after)
