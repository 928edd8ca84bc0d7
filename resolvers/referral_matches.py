"""Referrals to national systems are answered by what the match of their person or household says."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hub.domain.matches import ACTIVE, MatchStatus
from hub.domain.referrals import ReferralStatus, Side, outcome_of
from hub.store import referrals
from hub.store.database import Session
from hub.store.referrals import MatchAnswer, ReferralMove, ReferralMover
from hub.store.referrals_read import Referral
from resolvers.context import Clock
from resolvers.referral_moves import make_moves

STEP = 500
_R, _M = ReferralStatus, MatchStatus
_GOAL: Mapping[MatchStatus, ReferralStatus] = MappingProxyType(
    {
        **dict.fromkeys(ACTIVE, _R.ACCEPTED),
        _M.ACCEPTED: _R.IN_SERVICE,
        _M.ISSUED: _R.COMPLETED,
    }
)
"""How far a referral has come with its match; a match that ended otherwise fails it."""
_WAY = (_R.DELIVERED, _R.ACCEPTED, _R.IN_SERVICE, _R.COMPLETED)


async def answer_by_matches(session: Session, clock: Clock) -> int:
    """Bring every open referral as far as its match is; returns how many moves were made. Safe to repeat."""
    made = after_id = 0
    while answers := await referrals.list_answered_by_matches(session, after_id=after_id, first=STEP):
        async with session.transaction() as transaction:
            made += await _answer(transaction, {answer.referral_id: answer for answer in answers}, clock)
        after_id = answers[-1].referral_id
    return made


async def _answer(session: Session, answers: Mapping[int, MatchAnswer], clock: Clock) -> int:
    """Step by step, each for all that still have it before them: three at most."""
    made = 0
    for _ in _WAY:
        held = [r for r in await referrals.lock_referrals(session, sorted(answers)) if r is not None]
        before = {r.referral_id: r for r in held}
        moves = [move for r in held if (move := _move(r.referral_id, _R(r.status), answers[r.referral_id]))]
        made += len(await _make(session, before, moves, clock))
    return made


async def _make(
    session: Session, before: Mapping[int, Referral], moves: Sequence[ReferralMove], clock: Clock
) -> list[Referral]:
    return await make_moves(session, before, moves, ReferralMover("matches", "HUB", clock()))


def _move(referral_id: int, status: ReferralStatus, answer: MatchAnswer) -> ReferralMove | None:
    to = _next(status, MatchStatus(answer.match_status))
    if to is None:
        return None
    reason = f"match {answer.match_id} is {answer.match_status}"
    told = answer.national_reference if to is _R.COMPLETED else answer.reason_code
    return ReferralMove(
        referral_id=referral_id,
        to=to,
        side=Side.RECEIVER,
        key=f"match:{answer.match_id}:{to}",
        outcome=outcome_of(status, to),
        reason=None if to not in {_R.COMPLETED, _R.FAILED} else f"{reason}: {told}" if told else reason,
    )


def _next(status: ReferralStatus, match: MatchStatus) -> ReferralStatus | None:
    if status not in _WAY[:-1]:
        return None
    at, goal = _WAY.index(status), _GOAL.get(match, _R.FAILED)
    if goal is _R.FAILED:
        return _R.ACCEPTED if status is _R.DELIVERED else _R.FAILED
    return _WAY[at + 1] if at < _WAY.index(goal) else None
