"""Carries messages about referrals to a district's own system. The package is read when it is sent, and goes nowhere else."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain.referral_exchange import ReferralDelivery, ReferralReceipt
from hub.domain.referral_package import Value, text_of
from hub.domain.referrals import OPEN, ReferralOutcome, ReferralStatus, Side
from hub.domain.source import Connector
from hub.store import referrals, referrals_read
from hub.store.database import Session
from hub.store.outbox import Settled, Waiting
from hub.store.referrals import ReferralMove, ReferralMover
from hub.store.referrals_read import Referral
from resolvers.referral_moves import make_moves

_REASON_MAX = 400


async def carry_referrals(
    session: Session, connector: Connector, messages: Sequence[Waiting], now: datetime
) -> Sequence[Settled]:
    """Tell the district how each referral stands now; what it takes in is DELIVERED, what it does not FAILED."""
    ids = list(dict.fromkeys(message.subject_id for message in messages))
    found = {r.referral_id: r for r in await referrals_read.find_referrals(session, ids) if r is not None}
    told = [found[number] for number in ids if number in found]
    receipts = await connector.deliver_referrals([delivery_of(referral) for referral in told])
    answers = dict(zip((referral.referral_id for referral in told), receipts, strict=True))
    await _note(session, answers, now)
    return [_settled(message, answers.get(message.subject_id)) for message in messages]


def delivery_of(referral: Referral) -> ReferralDelivery:
    """What the district is told; nothing of a person once it is over."""
    is_open = referral.status in OPEN
    return ReferralDelivery(
        reference=referral.reference,
        version=referral.version,
        status=referral.status if not is_open else ReferralStatus.SENT.value,
        purpose_code=referral.purpose_code,
        from_party=referral.from_party,
        package={name: text_of(value) for name, value in _ordered(referral.package)} if is_open else {},
        reason=None if is_open else referral.reason,
        sent_at=referral.sent_at or referral.created_at,
        accept_by=referral.accept_by,
    )


async def _note(session: Session, answers: dict[int, ReferralReceipt], now: datetime) -> None:
    held = await referrals.lock_referrals(session, sorted(answers))
    sent = {r.referral_id: r for r in held if r is not None and r.status == ReferralStatus.SENT}
    moves = [_move(referral, answers[number]) for number, referral in sent.items()]
    await make_moves(session, sent, moves, ReferralMover("hub", "HUB", now))


def _move(referral: Referral, receipt: ReferralReceipt) -> ReferralMove:
    if receipt.is_accepted:
        return ReferralMove(referral_id=referral.referral_id, to=ReferralStatus.DELIVERED, side=Side.HUB, key="deliver")
    return ReferralMove(
        referral_id=referral.referral_id,
        to=ReferralStatus.FAILED,
        side=Side.HUB,
        key="deliver",
        outcome=ReferralOutcome.FAILED,
        reason=f"the system of {referral.to_party} does not take it in: {_shown(receipt)}",
    )


def _settled(message: Waiting, receipt: ReferralReceipt | None) -> Settled:
    if receipt is None or receipt.is_accepted:
        return Settled(message.message_id, "DELIVERED")
    return Settled(message.message_id, "REFUSED", _shown(receipt))


def _shown(receipt: ReferralReceipt) -> str:
    return (receipt.reason or "REFUSED")[:_REASON_MAX]


def _ordered(package: dict[str, Value]) -> list[tuple[str, Value]]:
    return sorted(package.items())
