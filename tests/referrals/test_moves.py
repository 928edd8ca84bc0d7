"""Every action on a referral of every status, for every role on every side: what is allowed happens with its history, and all
else changes nothing and says why.
"""

from dataclasses import replace

import pytest

from hub.domain.errors import CallerError, Conflict, Forbidden, NotFound
from hub.domain.referrals import (
    REFERRAL_TRANSITIONS,
    SIDE_OF,
    TARGET,
    ReferralAction,
    ReferralStatus,
    Side,
    Standing,
    next_statuses,
    sides_of,
)
from resolvers.referral_actions import ReferralStep, move_referral
from resolvers.referral_drafts import ReferralDraft, draft_referral
from tests.referrals.stage import Stage
from tests.schema.world import CALLERS, context
from tests.schema.world_records import person_of

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


async def test_within_a_regency_an_officer_of_no_agency_stands_on_both_sides(stage: Stage) -> None:
    referral = await stage.draft(to_party="35.10/DINAS_KESEHATAN")
    for action, status in WALK:
        moved = await stage.do(action, referral, "officer")
        assert moved.status == ("DELIVERED" if status == "SENT" else status)


WALK = (
    (ReferralAction.SEND, "SENT"),
    (ReferralAction.ACCEPT, "ACCEPTED"),
    (ReferralAction.BEGIN, "IN_SERVICE"),
    (ReferralAction.COMPLETE, "COMPLETED"),
    (ReferralAction.CLOSE, "CLOSED"),
)
SOCIAL, HEALTH, SECRETARIAT = "35.10/DINAS_SOSIAL", "35.10/DINAS_KESEHATAN", "35.10/KESRA"
_S, _R = frozenset({Side.SENDER}), frozenset({Side.RECEIVER})


@pytest.mark.parametrize(
    ("from_party", "to_party", "agency", "sides"),
    [
        (SOCIAL, HEALTH, None, _S | _R),
        (SOCIAL, HEALTH, SOCIAL, _S),
        (SOCIAL, HEALTH, HEALTH, _R),
        (SOCIAL, HEALTH, "35.10/DUKCAPIL", frozenset()),
        (SOCIAL, HEALTH, "35.10.01/UPT", frozenset()),
        (SOCIAL, HEALTH, SECRETARIAT, frozenset()),
        ("35.10", HEALTH, SECRETARIAT, _S),
        ("35.10", HEALTH, HEALTH, _R),
        ("35.10", HEALTH, SOCIAL, frozenset()),
        ("35.10", SECRETARIAT, SECRETARIAT, _R),
        ("35.10", "35.09", SECRETARIAT, _S),
        ("35.09", "35.10", SECRETARIAT, _R),
        ("35.09", "35.10", HEALTH, frozenset()),
        ("35.09/DINAS_KESEHATAN", HEALTH, HEALTH, _R),
        (HEALTH, "35.10.01/UPT", "35.10.01/UPT", _R),
    ],
)
def test_an_officer_of_an_agency_stands_where_the_agency_is_named(
    from_party: str, to_party: str, agency: str | None, sides: frozenset[Side]
) -> None:
    standing = Standing("R-1", ReferralStatus.DELIVERED, 2, from_party, to_party, from_party[:5], to_party[:5])
    officer = replace(CALLERS["officer"], agency_code=agency)
    assert sides_of(officer, standing) == sides
    system = replace(CALLERS["system"], regency_code="36.71")
    assert sides_of(system, standing) == frozenset()


@pytest.mark.parametrize(("agency", "sides"), [(None, _R), ("ID/KEMENSOS", _R), ("ID/BPJS_KESEHATAN", frozenset())])
def test_an_analyst_of_a_national_agency_stands_for_that_one(agency: str | None, sides: frozenset[Side]) -> None:
    standing = Standing("R-1", ReferralStatus.DELIVERED, 2, "35.10", "ID/KEMENSOS", "35.10", "ID")
    assert sides_of(replace(CALLERS["analyst"], agency_code=agency), standing) == sides


async def test_each_agency_of_a_regency_does_its_own_part_and_not_the_others(stage: Stage) -> None:
    social, health = (replace(CALLERS["officer"], client_id=code, agency_code=code) for code in (SOCIAL, HEALTH))
    case = await stage.case()
    draft = ReferralDraft(case.case_file_id, "HEALTH_TREATMENT", HEALTH, person_id=person_of("35.10", 1))
    referral = await draft_referral(context(stage.database, social), draft, "d")
    assert (referral.from_party, referral.to_party) == (SOCIAL, HEALTH)
    for number, (action, status) in enumerate(WALK):
        is_senders = SIDE_OF[action] is Side.SENDER
        right, wrong = (social, health) if is_senders else (health, social)
        step = ReferralStep(action, referral.referral_id, None, reason="selesai")
        whose = f"sender {SOCIAL}" if is_senders else f"receiver {HEALTH}"
        with pytest.raises(Forbidden, match=f"to {action.lower()} referral {referral.reference} is for its {whose}"):
            await move_referral(context(stage.database, wrong), step, f"wrong {number}")
        moved = await move_referral(context(stage.database, right), step, f"right {number}")
        assert moved.status == ("DELIVERED" if status == "SENT" else status)


async def test_nobody_refers_in_the_name_of_another_agency(stage: Stage) -> None:
    social = replace(CALLERS["officer"], client_id=SOCIAL, agency_code=SOCIAL)
    case = await stage.case()
    draft = ReferralDraft(case.case_file_id, "HEALTH_TREATMENT", "35.09", person_id=person_of("35.10", 1))
    for other in (HEALTH, "35.10"):
        with pytest.raises(Forbidden, match=f"^{other} refers for itself: you work for {SOCIAL}, leave fromParty out"):
            await draft_referral(context(stage.database, social), replace(draft, from_party=other), f"d {other}")
    secretariat = replace(social, client_id=SECRETARIAT, agency_code=SECRETARIAT)
    referral = await draft_referral(context(stage.database, secretariat), draft, "s")
    assert referral.from_party == "35.10"
