"""The clocks of referrals run on the calendar of their receivers, and both sides see them."""

from datetime import UTC, date, datetime, timedelta

from hub.domain.referrals import ReferralAction, ReferralStatus
from hub.store.calendar import DayOff, merge_days_off
from hub.store.referral_clocks import follow_running_referrals
from hub.store.referrals_read import Referral
from resolvers import referrals
from resolvers.referrals import ReferralClocks
from tests.referrals.stage import ELSEWHERE, RECEIVER, SENDER, Stage
from tests.schema.world_records import FOREIGN, NOW, OWN, person_of

_A, _S = ReferralAction, ReferralStatus
# NOW is a Sunday, 15:00 in Java
OFFICE_HOURS = (
    "insert into sla_policy (regency_code, version, valid_from, first_response_minutes, first_response_hours, office_opens,"
    " office_closes, information_days, regular_days, oversight_days, at_risk_percent, regency_percent, province_percent,"
    " ministry_percent, reason, set_by, set_at) values ($1, 1, $2, 240, 'OFFICE_HOURS', '07:00', '13:00', 5, 14, 60, 50, 75,"
    " 100, 150, 'x', 'x', $2)"
)


async def clocks_of(stage: Stage, referral: Referral, caller: str) -> ReferralClocks:
    [found] = await referrals.clocks_of(stage.as_(caller), [referral.times])
    return found


async def test_they_go_by_the_policy_of_purpose_and_receiver_in_working_days(stage: Stage) -> None:
    await stage.execute(
        "insert into referral_policy values ('HEALTH_TREATMENT', $1, $2, 8, 3), ('HEALTH_TREATMENT', $1, $3, 1, 1)",
        FOREIGN,
        NOW - timedelta(days=1),
        NOW + timedelta(days=1),
    )
    accepted = await stage.walk(_S.ACCEPTED)
    assert (accepted.accept_by, accepted.accept_at_risk_at) == (NOW + timedelta(hours=8), NOW + timedelta(hours=6))
    wednesday_at_four = datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert accepted.complete_by == wednesday_at_four
    assert accepted.complete_at_risk_at == datetime(2026, 3, 4, 3, tzinfo=UTC)
    elsewhere = await stage.walk(
        _S.DELIVERED, to_party="35.10/DUKCAPIL", purpose_code="CIVIL_REGISTRATION", person_id=person_of(OWN, 1)
    )
    assert elsewhere.accept_by == NOW + timedelta(hours=24)


async def test_where_first_responses_are_given_in_office_hours_answers_are_too(stage: Stage) -> None:
    await stage.execute(OFFICE_HOURS, ELSEWHERE, NOW - timedelta(days=1))
    sent = await stage.do(_A.SEND, await stage.draft(to_party=ELSEWHERE))
    referral = await stage.do(_A.ACCEPT, sent, "third-officer")
    monday = datetime(2026, 3, 2, tzinfo=UTC)  # 07:00 in Java
    assert (referral.accept_at_risk_at, referral.accept_by) == (
        monday + timedelta(hours=2),
        monday + timedelta(hours=4),
    )
    assert referral.complete_by == datetime(2026, 3, 6, 6, tzinfo=UTC), "five days of six hours"


async def test_both_sides_see_the_same_clocks_and_nobody_else_any(stage: Stage) -> None:
    referral = await stage.walk(_S.ACCEPTED)
    sender, receiver = [await clocks_of(stage, referral, who) for who in (SENDER, RECEIVER)]
    assert sender == receiver
    assert sender.acceptance is not None
    assert sender.completion is not None
    assert (sender.acceptance.due_at, sender.completion.due_at) == (referral.accept_by, referral.complete_by)
    assert [state.state for state in (sender.acceptance, sender.completion)] == ["OK", "OK"]
    for who, is_seen in ((SENDER, True), (RECEIVER, True), ("third-officer", False)):
        [found] = await referrals.referrals_by_id(stage.as_(who), [referral.referral_id])
        assert (found is not None) == is_seen


async def test_a_day_off_that_is_loaded_late_moves_clocks_that_run_and_no_others(stage: Stage) -> None:
    running, waiting = await stage.walk(_S.ACCEPTED), await stage.walk(_S.DELIVERED)
    over = await stage.walk(_S.COMPLETED)
    assert running.complete_by == datetime(2026, 3, 6, 9, tzinfo=UTC)
    await merge_days_off(stage.database.jobs, [DayOff(FOREIGN, date(2026, 3, 3), "REGIONAL", "Hari jadi", "Perbup 1")])
    assert await follow_running_referrals(stage.database.jobs, batch=1) == 2
    assert (await stage.read(running)).complete_by == datetime(2026, 3, 9, 9, tzinfo=UTC)
    [[due_at]] = await stage.fetch("select due_at from referral where referral_id = $1", running.referral_id)
    assert due_at == datetime(2026, 3, 9, 9, tzinfo=UTC)
    for unmoved in (waiting, over):
        assert await stage.read(unmoved) == unmoved


async def test_the_nation_works_by_its_own_policy_and_the_zone_of_its_capital(stage: Stage) -> None:
    referral = await stage.draft(purpose_code="SHELTER", to_party="ID/KEMENSOS")
    await stage.do(_A.SEND, referral)
    accepted = await stage.do(_A.ACCEPT, referral, "analyst")
    assert (accepted.accept_by, accepted.complete_by) == (NOW + timedelta(hours=4), datetime(2026, 3, 6, 9, tzinfo=UTC))
