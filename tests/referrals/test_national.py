"""A referral to a national system is answered by what the match of its person says."""

import pytest

from hub.domain.matches import MatchStatus
from hub.domain.referrals import ReferralAction
from hub.store.case_files import CaseFile
from hub.store.matches import Move, Mover, move_matches
from hub.store.referrals_read import Referral
from resolvers.referral_matches import answer_by_matches
from tests.referrals.stage import Stage
from tests.schema.world import clock
from tests.schema.world_records import NOW, OWN, person_of

_M = MatchStatus


async def _referred(stage: Stage) -> tuple[Referral, CaseFile, int]:
    """A referral to KIS of somebody whose match is offered."""
    [[match_id, household_id, person_id]] = await stage.fetch(
        "select match_id, household_id, person_id from match where programme_code = 'KIS_PBI' and status = 'OFFERED'"
        " and regency_code = $1 order by match_id desc limit 1",
        OWN,
    )
    case = await stage.case()
    await stage.execute(
        "update case_file set household_id = $1 where case_file_id = $2", household_id, case.case_file_id
    )
    draft = await stage.draft(case, purpose_code="ENROLMENT", to_party="KIS", person_id=person_id)
    return await stage.do(ReferralAction.SEND, draft), case, match_id


async def _move(stage: Stage, match_id: int, to: MatchStatus, **about: str) -> None:
    [moved] = await move_matches(stage.database.jobs, to, [Move(match_id, f"to {to}", **about)], Mover("test", NOW))
    assert moved.result == "MOVED"


async def test_an_offer_accepts_it_and_an_issued_card_completes_it(stage: Stage) -> None:
    referral, case, match_id = await _referred(stage)
    assert referral.status == "DELIVERED"
    assert await answer_by_matches(stage.database.jobs, clock) == 1
    assert (await stage.read(referral)).status == "ACCEPTED"
    assert await answer_by_matches(stage.database.jobs, clock) == 0
    await _move(stage, match_id, _M.ACCEPTED)
    await _move(stage, match_id, _M.ISSUED, national_reference="KIS-1")
    assert await answer_by_matches(stage.database.jobs, clock) == 2
    found = await stage.read(referral)
    assert (found.status, found.reason) == ("COMPLETED", f"match {match_id} is ISSUED: KIS-1")
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"


@pytest.mark.parametrize(("way", "last"), [((_M.DECLINED,), "DECLINED"), ((_M.ACCEPTED, _M.REJECTED), "REJECTED")])
async def test_a_match_that_comes_to_nothing_fails_it(stage: Stage, way: tuple[MatchStatus, ...], last: str) -> None:
    referral, case, match_id = await _referred(stage)
    for to in way:
        await _move(stage, match_id, to, reason_code="NOT_WANTED")
    assert await answer_by_matches(stage.database.jobs, clock) == 2
    found = await stage.read(referral)
    assert (found.status, found.reason) == ("FAILED", f"match {match_id} is {last}: NOT_WANTED")
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"


async def test_without_a_match_it_waits_for_the_ministry(stage: Stage) -> None:
    draft = await stage.draft(purpose_code="ENROLMENT", to_party="PKH", person_id=person_of(OWN, 1))
    referral = await stage.do(ReferralAction.SEND, draft)
    await stage.execute("update referral set household_id = 1 where referral_id = $1", referral.referral_id)
    assert await answer_by_matches(stage.database.jobs, clock) == 0
    declined = await stage.do(ReferralAction.DECLINE, referral, "analyst")
    assert declined.status == "DECLINED"
