"""What the hub and a district's own system tell each other of referrals."""

from datetime import datetime

import msgspec


class ReferralDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """What a district is told of a referral to it: `package` has text values under the names of its fields."""

    reference: str
    version: int
    status: str
    purpose_code: str
    from_party: str
    package: dict[str, str | None]
    reason: str | None
    sent_at: datetime
    accept_by: datetime | None


class ReferralReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the district took it in; `reason` when it did not."""

    reference: str
    is_accepted: bool
    reason: str | None = None
