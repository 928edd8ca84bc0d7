"""The types of schema/district.graphql for referrals, under Strawberry."""

from datetime import datetime
from enum import Enum
from typing import cast

import strawberry
from strawberry import federation

from simulators import records
from simulators.district_scalars import Info, Revision


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


@federation.type(keys=["key"])
class ReferralUpdate:
    key: strawberry.ID
    revision: Revision
    observed_at: datetime
    reference: strawberry.ID
    move: ReferralMoveKind
    reason: str | None
    to_party: str | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, records.ReferralUpdate)

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "ReferralUpdate | None":
        return cast("ReferralUpdate | None", info.context.referral_desk.updates.get(key["key"]))
