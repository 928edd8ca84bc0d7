"""Every action on a referral of every status, for every role on every side: what is allowed happens with its history, and all
else changes nothing and says why.
"""

import pytest

from hub.domain.errors import CallerError, Conflict, Forbidden, NotFound
from hub.domain.referrals import (
    REFERRAL_TRANSITIONS,
    SIDE_OF,
    TARGET,
    ReferralAction,
    ReferralStatus,
    Side,
    next_statuses,
)
from tests.referrals.stage import Stage

SIDE_OF_CALLER = {
    "officer": Side.SENDER,
    "system": Side.SENDER,
    "foreign-officer": Side.RECEIVER,
    "foreign-system": Side.RECEIVER,
}
"""Of a referral from 35.10 to 35.09."""


@pytest.mark.parametrize("caller", sorted(SIDE_OF_CALLER))
@pytest.mark.parametrize("status", list(ReferralStatus))
async def test_each_action_of_a_party_moves_the_referral_or_says_why_not(
    stage: Stage, status: ReferralStatus, caller: str
) -> None:
    for action in ReferralAction:
        referral = await stage.walk(status)
        before = await stage.history(referral)
        side, to = SIDE_OF_CALLER[caller], TARGET[action]
        is_seen = side is Side.SENDER or status is not ReferralStatus.DRAFT
        if is_seen and side is SIDE_OF[action] and side in REFERRAL_TRANSITIONS.get((status, to), ()):
            await stage.do(action, referral, caller)
            added = (await stage.history(referral))[len(before) :]
            assert (added[0].from_status, added[0].to_status, added[0].side) == (status, to, side)
            assert (added[0].version, added[0].actor) == (referral.version + 1, stage.as_(caller).principal.client_id)
            assert [(event.to_status, event.side) for event in added[1:]] in ([], [("DELIVERED", "HUB")])
        else:
            with pytest.raises(CallerError) as refused:
                await stage.do(action, referral, caller)
            assert (type(refused.value), refused.value.message) == _why_not(
                referral.reference, status, action, side, is_seen=is_seen, id_=referral.id
            )
            assert await stage.read(referral) == referral
            assert await stage.history(referral) == before


def _why_not(
    reference: str, status: ReferralStatus, action: ReferralAction, side: Side, *, is_seen: bool, id_: str
) -> tuple[type[CallerError], str]:
    if not is_seen:
        return NotFound, f"there is no referral {id_!r} that you may see"
    if side is not SIDE_OF[action]:
        whose = "sender 35.10" if side is Side.RECEIVER else "receiver 35.09"
        return Forbidden, f"to {action.lower()} referral {reference} is for its {whose}, and not for you"
    ways = ", ".join(next_statuses(status)) or "nothing else"
    return Conflict, f"referral {reference} is {status} and can move to {ways}, not {TARGET[action]}"


@pytest.mark.parametrize("caller", ["analyst", "approver", "partner", "router", "bare-router", "third-officer"])
@pytest.mark.parametrize("status", list(ReferralStatus))
async def test_who_is_no_party_moves_nothing(stage: Stage, status: ReferralStatus, caller: str) -> None:
    referral = await stage.walk(status)
    before = await stage.history(referral)
    for action in ReferralAction:
        with pytest.raises(NotFound if caller == "third-officer" else Forbidden):
            await stage.do(action, referral, caller)
    assert await stage.read(referral) == referral
    assert await stage.history(referral) == before


@pytest.mark.parametrize("action", list(ReferralAction))
async def test_the_ministry_receives_for_the_nation(stage: Stage, action: ReferralAction) -> None:
    referral = await stage.draft(purpose_code="SHELTER", to_party="ID/KEMENSOS")
    referral = await stage.do(ReferralAction.SEND, referral)
    if SIDE_OF[action] is Side.SENDER:
        with pytest.raises(Forbidden, match=r"is for its sender 35\.10, and not for you"):
            await stage.do(action, referral, "analyst")
    elif action in {ReferralAction.ACCEPT, ReferralAction.DECLINE}:
        assert (await stage.do(action, referral, "analyst")).status == TARGET[action]
    elif action is ReferralAction.REDIRECT:
        moved = await stage.do(action, referral, "analyst", to_party="35.09/DINAS_SOSIAL")
        assert (moved.status, moved.redirected_to) == ("REDIRECTED", "35.09/DINAS_SOSIAL")
    else:
        with pytest.raises(Conflict, match="is DELIVERED and can move to ACCEPTED, CLOSED, DECLINED, REDIRECTED, not"):
            await stage.do(action, referral, "analyst")
    with pytest.raises(Forbidden if SIDE_OF[action] is Side.RECEIVER else Conflict):
        await stage.do(action if action is not ReferralAction.CLOSE else ReferralAction.SEND, referral, "officer")


async def test_within_a_regency_one_officer_stands_on_both_sides(stage: Stage) -> None:
    referral = await stage.draft(to_party="35.10/DINAS_KESEHATAN")
    for action, status in (
        (ReferralAction.SEND, "SENT"),
        (ReferralAction.ACCEPT, "ACCEPTED"),
        (ReferralAction.BEGIN, "IN_SERVICE"),
        (ReferralAction.COMPLETE, "COMPLETED"),
        (ReferralAction.CLOSE, "CLOSED"),
    ):
        moved = await stage.do(action, referral, "officer")
        assert moved.status == ("DELIVERED" if status == "SENT" else status)
