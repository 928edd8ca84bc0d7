"""Checks of how a district takes referrals."""

from collections.abc import Sequence

import msgspec

from connectors.district.conformance.model import Check, Problem, Subject

_DELIVER = """
mutation HubReferrals($referrals: [ReferralInput!]!) { referralsDeliver(referrals: $referrals) { reference isAccepted } }
"""


class _Receipt(msgspec.Struct, rename="camel"):
    reference: str
    is_accepted: bool


class _Receipts(msgspec.Struct, rename="camel"):
    referrals_deliver: list[_Receipt]


async def takes_nothing(subject: Subject) -> Sequence[Problem]:
    """A delivery of no referral is answered with no receipt: the mutation is there, and nothing is written."""
    return await _deliver(subject, [])


async def takes_a_repeat(subject: Subject) -> Sequence[Problem]:
    """The same delivery twice is answered alike, once for each referral. Writes a referral that is closed and holds no person."""
    referral: dict[str, object] = {
        "reference": "slrt-hub-conformance-test",
        "version": 1,
        "status": "CLOSED",
        "purposeCode": "FOOD_AID",
        "fromParty": "ID/KEMENSOS",
        "package": [],
        "reason": None,
        "sentAt": "2026-01-01T00:00:00Z",
        "acceptBy": None,
    }
    return await _deliver(subject, [referral]) or await _deliver(subject, [referral, referral])


async def _deliver(subject: Subject, referrals: list[dict[str, object]]) -> Sequence[Problem]:
    receipts = (await subject.asker.ask(_DELIVER, {"referrals": referrals}, _Receipts)).referrals_deliver
    references = {referral["reference"] for referral in referrals}
    answers = {(receipt.reference, receipt.is_accepted) for receipt in receipts}
    if {reference for reference, _ in answers} == references and len(answers) == len(references):
        return []
    came = f"{len(receipts)} receipts with {len(answers)} different answers"
    mend = "answer each referral by its reference, and the same referral with the same answer"
    wanted = f"answers for {len(references)} referrals"
    return [Problem(f"`referralsDeliver` of {len(referrals)} referrals", came, wanted, mend)]


CHECKS = (
    Check(
        "referral.answers",
        "answers an empty delivery of referrals",
        takes_nothing,
        capability="REFERRALS",
        after=("access.answers",),
    ),
    Check(
        "referral.repeat",
        "answers a repeated delivery of referrals alike",
        takes_a_repeat,
        capability="REFERRALS",
        after=("referral.answers",),
        writes=True,
    ),
)
