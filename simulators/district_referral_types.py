"""The types of schema/district.graphql for referrals, under Strawberry."""

from datetime import datetime
from enum import Enum

import strawberry


@strawberry.enum
class ReferralMoveKind(Enum):
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    REDIRECTED = "REDIRECTED"
    IN_SERVICE = "IN_SERVICE"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@strawberry.input
class ReferralFieldInput:
    field: str
    value: str | None = strawberry.UNSET


@strawberry.input
class ReferralInput:
    reference: strawberry.ID
    version: int
    status: str
    purpose_code: str
    from_party: str
    package: list[ReferralFieldInput]
    reason: str | None = strawberry.UNSET
    sent_at: datetime
    accept_by: datetime | None = strawberry.UNSET


@strawberry.type
class ReferralReceipt:
    reference: strawberry.ID
    is_accepted: bool
    reason: str | None
