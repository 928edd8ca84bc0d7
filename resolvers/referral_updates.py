"""What a district's own system tells of referrals to it, by its feed: each move in effect once, or refused with its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from hub.domain.errors import CallerError
from hub.domain.parties import Party
from hub.domain.records import ReferralUpdateRecord
from hub.domain.referrals import (
    NEEDS_REASON,
    TARGET,
    ReferralAction,
    ReferralStatus,
    Side,
    check_move,
    outcome_of,
)
from hub.store import referrals
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.referrals import ReferralMove, ReferralMover
from hub.store.referrals_read import Referral
from resolvers.case_changes import note_changes
from resolvers.referral_moves import make_moves
from resolvers.referral_redirects import find_next_receivers

_REASON_MAX = 500
_NO_REASON = "no reason was given"
_ACTION: dict[str, ReferralAction] = {
    TARGET[action].value: action
    for action in ReferralAction
    if action not in {ReferralAction.SEND, ReferralAction.CLOSE}
}

Refused = tuple[Referral, ReferralUpdateRecord, str]


async def move_as_told(
    session: Session, source_code: str, updates: Sequence[ReferralUpdateRecord], now: datetime
) -> int:
    """Make a district's moves in its order; returns how many were made. Moves of referrals to others are passed over.

    Each round makes the next move of every referral, so the number of statements goes by the moves of one referral at most.
    """
    mover = ReferralMover(f"district:{source_code}", "DISTRICT_SYSTEM", now)
    references = sorted({update.reference for update in updates})
    held = await referrals.lock_by_references(session, source_code, references)
    made = 0
    for turn in _rounds(update for update in updates if update.reference in held):
        made += await _make_round(session, held, turn, mover)
        held = await referrals.lock_by_references(session, source_code, sorted(held))
    return made


def _rounds(updates: Iterable[ReferralUpdateRecord]) -> list[list[ReferralUpdateRecord]]:
    rounds: list[list[ReferralUpdateRecord]] = []
    turns: dict[str, int] = {}
    for update in sorted(updates, key=lambda one: one.revision):
        turn = turns.get(update.reference, 0)
        turns[update.reference] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(update)
    return rounds


async def _make_round(
    session: Session, held: dict[str, Referral], turn: Sequence[ReferralUpdateRecord], mover: ReferralMover
) -> int:
    asked = [(held[update.reference].referral_id, _key(mover, update)) for update in turn]
    known = await referrals.find_keys(session, asked)
    fresh = [update for update, key in zip(turn, asked, strict=True) if key not in known]
    held = await _delivered(session, held, [held[update.reference] for update in fresh], mover)
    redirects = [(held[u.reference], u.to_party or "") for u in fresh if u.move == ReferralStatus.REDIRECTED]
    found = await find_next_receivers(session, redirects)
    receivers = {referral.reference: party for (referral, _), party in zip(redirects, found, strict=True)}
    moves: list[ReferralMove] = []
    refused: list[Refused] = []
    for update in fresh:
        referral = held[update.reference]
        try:
            moves.append(_move(referral, update, receivers.get(update.reference), mover))
        except CallerError as error:
            refused.append((referral, update, error.message))
    await make_moves(session, {referral.referral_id: referral for referral in held.values()}, moves, mover)
    await _note_refusals(session, refused, mover)
    return len(moves)


async def _delivered(
    session: Session, held: dict[str, Referral], moving: Sequence[Referral], mover: ReferralMover
) -> dict[str, Referral]:
    """Whoever answers has got it, even if the receipt was lost on its way."""
    sent = [referral for referral in moving if referral.status == ReferralStatus.SENT]
    deliveries = [
        ReferralMove(referral_id=r.referral_id, to=ReferralStatus.DELIVERED, side=Side.HUB, key="deliver") for r in sent
    ]
    hub = ReferralMover("hub", "HUB", mover.now)
    moved = await make_moves(session, {r.referral_id: r for r in sent}, deliveries, hub)
    return held | {referral.reference: referral for referral in moved}


def _move(
    referral: Referral, update: ReferralUpdateRecord, receiver: Party | CallerError | None, mover: ReferralMover
) -> ReferralMove:
    action = _ACTION[update.move]
    check_move(referral.standing, action, {Side.RECEIVER}, None)
    if isinstance(receiver, CallerError):
        raise receiver
    reason = (update.reason or "")[:_REASON_MAX].strip() or None
    return ReferralMove(
        referral_id=referral.referral_id,
        to=TARGET[action],
        side=Side.RECEIVER,
        key=_key(mover, update),
        outcome=outcome_of(ReferralStatus(referral.status), TARGET[action]),
        reason=reason or (_NO_REASON if action in NEEDS_REASON else None),
        redirected_to=None if receiver is None else receiver.code,
    )


async def _note_refusals(session: Session, refused: Sequence[Refused], mover: ReferralMover) -> None:
    """A move that came too late or makes no sense stands in the sender's case file, with what spoke against it."""
    if not refused:
        return
    await referrals.lock_cases(session, sorted({referral.case_file_id for referral, _, _ in refused}))
    line = NewCaseEvent(
        case_file_id=0,
        event_key="",
        field_group="REFERRAL",
        outcome="REFUSED",
        happened_at=mover.now,
        actor=mover.actor,
        actor_role=mover.role,
    )
    events = [
        replace(
            line,
            case_file_id=referral.case_file_id,
            event_key=f"referral:{referral.reference}:{_key(mover, update)}",
            item=referral.reference,
            from_value=referral.status,
            to_value=update.move,
            reason=reason,
            agency_code=referral.to_party,
        )
        for referral, update, reason in refused
    ]
    await note_changes(session, events, mover.now)


def _key(mover: ReferralMover, update: ReferralUpdateRecord) -> str:
    return f"{mover.actor}:{update.source_record_id}"
