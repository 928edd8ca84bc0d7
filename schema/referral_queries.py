"""Root fields that read referrals."""

from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from resolvers import referrals
from resolvers.paging import FIRST
from resolvers.referrals import ReferralList
from schema.arguments import Id, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First
from schema.types.referral import Referral, ReferralPurpose
from schema.types.referral_words import ReferralDirection, ReferralStatus

_Direction = Annotated[
    ReferralDirection | None, strawberry.argument(description="Only what came in, or what went out. Left out: both.")
]
_Status = Annotated[ReferralStatus | None, strawberry.argument(description="Only referrals of this status.")]
_Party = Annotated[
    str | None,
    strawberry.argument(description="Only those of this party at the caller's end: the inbox or outbox of one agency."),
]
_Overdue = Annotated[
    bool,
    strawberry.argument(description="Only those whose running clock has ended: nobody answered, or served, in time."),
]


@strawberry.type
class ReferralQueries:
    """Referrals and what they can be for."""

    @asked(Referral | None, "A referral [rujukan] by its id; null when there is none that the caller may see.")
    async def referral(self, info: Info, object_id: Id) -> Any:
        return await info.context.load(referrals.referrals_by_id, number_of(Kind.REFERRAL, object_id))

    @asked(
        Connection[Referral],
        "Referrals of the caller's regency, or of the nation, in the order in which they were made.",
    )
    async def referrals(  # noqa: PLR0913 -- each is a word that callers use
        self,
        info: Info,
        direction: _Direction = None,
        status: _Status = None,
        party_code: _Party = None,
        overdue: _Overdue = False,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = ReferralList(direction, None if status is None else status.value, party_code, overdue)
        return await referrals.list_referrals(info.context, wanted, first, after)

    @asked(list[ReferralPurpose], "What a referral can be for now.")
    async def referral_purposes(self, info: Info) -> Any:
        return await referrals.list_purposes(info.context)
