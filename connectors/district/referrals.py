"""Referrals to a district in the words of its contract."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from connectors.decode import by_key
from connectors.district.graphql import read_data
from hub.domain.referral_exchange import ReferralDelivery, ReferralReceipt

MAX_REFERRALS = 100
"""In one call, by the contract."""
DELIVER = """
mutation HubReferrals($referrals: [ReferralInput!]!) {
  referralsDeliver(referrals: $referrals) { reference isAccepted reason }
}
"""


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names in camel case."""


class FieldInput(_Wire, frozen=True, kw_only=True):
    """A field of a package."""

    field: str
    value: str | None


class ReferralInput(_Wire, frozen=True, kw_only=True):
    """The input of a referral."""

    reference: str
    version: int
    status: str
    purpose_code: str
    from_party: str
    package: list[FieldInput]
    reason: str | None
    sent_at: datetime
    accept_by: datetime | None


class _Receipt(_Wire, frozen=True, kw_only=True):
    reference: str
    is_accepted: bool
    reason: str | None = None


class _Receipts(_Wire, frozen=True):
    referrals_deliver: list[_Receipt]


def referral_input(referral: ReferralDelivery) -> ReferralInput:
    """The referral as the contract has it."""
    return ReferralInput(
        reference=referral.reference,
        version=referral.version,
        status=referral.status,
        purpose_code=referral.purpose_code,
        from_party=referral.from_party,
        package=[FieldInput(field=name, value=value) for name, value in referral.package.items()],
        reason=referral.reason,
        sent_at=referral.sent_at,
        accept_by=referral.accept_by,
    )


def read_receipts(body: bytes, references: Sequence[str]) -> list[ReferralReceipt]:
    """One receipt for each reference, in their order."""
    receipts = read_data(body, _Receipts).referrals_deliver
    found = (
        ReferralReceipt(reference=one.reference, is_accepted=one.is_accepted, reason=one.reason) for one in receipts
    )
    return by_key(references, ((one.reference, one) for one in found))
