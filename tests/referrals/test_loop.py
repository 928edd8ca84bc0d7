"""The loop is closed: what becomes of a referral stands in the sender's case file, with who, when and why."""

from typing import Any

import pytest

from hub.domain.referrals import ReferralAction, ReferralStatus
from hub.store import referrals_read
from hub.store.case_history import CaseEvent
from tests.referrals.stage import Stage
from tests.schema.world_records import FOREIGN, OWN, household_of, person_of

_A, _S = ReferralAction, ReferralStatus


def _lines(events: list[CaseEvent], group: str) -> list[tuple[Any, ...]]:
    return [
        (event.from_value, event.to_value, event.actor, event.reason) for event in events if event.field_group == group
    ]


async def test_a_completed_referral_refers_the_case_file_and_brings_it_back_with_the_result(stage: Stage) -> None:
    case = await stage.case()
    referral = await stage.draft(case)
    assert await stage.case_status(case.case_file_id) == "ASSIGNED"
    await stage.do(_A.SEND, referral)
    assert await stage.case_status(case.case_file_id) == "REFERRED"
    await stage.do(_A.ACCEPT, referral, reason=None)
    await stage.do(_A.BEGIN, referral, reason=None)
    assert await stage.case_status(case.case_file_id) == "REFERRED"
    await stage.do(_A.COMPLETE, referral, reason="operasi berhasil")
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"
    closed = await stage.do(_A.CLOSE, referral, reason=None)
    assert (closed.status, closed.outcome, closed.reason) == ("CLOSED", "COMPLETED", "operasi berhasil")
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"

    events = await stage.case_history(case.case_file_id)
    assert _lines(events, "REFERRAL") == [
        ("DRAFT", "SENT", "officer", None),
        ("SENT", "DELIVERED", "hub", None),
        ("DELIVERED", "ACCEPTED", "foreign", None),
        ("ACCEPTED", "IN_SERVICE", "foreign", None),
        ("IN_SERVICE", "COMPLETED", "foreign", "operasi berhasil"),
        ("COMPLETED", "CLOSED", "officer", None),
    ]
    assert {event.item for event in events if event.field_group == "REFERRAL"} == {referral.reference}
    assert _lines(events, "STATUS")[-2:] == [
        ("ASSIGNED", "REFERRED", "officer", f"referral {referral.reference}"),
        ("REFERRED", "IN_PROGRESS", "foreign", f"referral {referral.reference}"),
    ]


@pytest.mark.parametrize(("status", "outcome"), [(_S.DECLINED, "DECLINED"), (_S.FAILED, "FAILED")])
async def test_a_referral_that_comes_to_nothing_brings_the_case_file_back_too(
    stage: Stage, status: ReferralStatus, outcome: str
) -> None:
    case = await stage.case()
    referral = await stage.walk(status, case)
    assert (referral.outcome, referral.reason) == (outcome, "tidak ada dokter")
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"


async def test_a_case_file_stays_referred_while_another_of_its_referrals_is_open(stage: Stage) -> None:
    case = await stage.case()
    first = await stage.walk(_S.DELIVERED, case)
    second = await stage.walk(_S.ACCEPTED, case, to_party="35.09/DINAS_KESEHATAN")
    await stage.do(_A.DECLINE, first)
    assert await stage.case_status(case.case_file_id) == "REFERRED"
    await stage.do(_A.FAIL, second)
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"


async def test_what_was_sent_can_be_taken_back_with_a_reason_until_it_is_accepted(stage: Stage) -> None:
    case = await stage.case()
    referral = await stage.walk(_S.DELIVERED, case)
    closed = await stage.do(_A.CLOSE, referral, reason="sudah sembuh")
    assert (closed.status, closed.outcome, closed.reason) == ("CLOSED", "WITHDRAWN", "sudah sembuh")
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"


async def test_a_draft_that_is_thrown_away_leaves_no_trace_in_the_case_file(stage: Stage) -> None:
    case = await stage.case()
    before = await stage.case_history(case.case_file_id)
    closed = await stage.do(_A.CLOSE, await stage.draft(case), reason=None)
    assert (closed.status, closed.outcome) == ("CLOSED", "WITHDRAWN")
    assert await stage.case_history(case.case_file_id) == before


async def test_a_redirected_referral_goes_on_as_a_new_leg_and_the_chain_closes_as_one(stage: Stage) -> None:
    case = await stage.case()
    first = await stage.walk(_S.DELIVERED, case)
    first = await stage.do(_A.REDIRECT, first, to_party="35.09/DINAS_KESEHATAN", reason="bukan kami")
    assert (first.status, first.outcome, first.redirected_to) == ("REDIRECTED", "REDIRECTED", "35.09/DINAS_KESEHATAN")
    assert await stage.case_status(case.case_file_id) == "REFERRED"
    [last] = await referrals_read.find_next_legs(stage.database.jobs, [first.referral_id])
    assert last is not None
    assert (last.status, last.leg_no, last.first_referral_id) == ("DELIVERED", 2, first.referral_id)
    assert (last.package, last.from_party, last.case_file_id) == (first.package, "35.10", case.case_file_id)
    await stage.do(_A.ACCEPT, last)
    await stage.do(_A.FAIL, last)
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"
    await stage.do(_A.CLOSE, last)
    assert (await stage.read(first)).status == "CLOSED"
    assert [(event.to_status, event.side) for event in await stage.history(first)][-1] == ("CLOSED", "HUB")


async def test_a_receiver_can_open_a_case_file_of_its_own_that_knows_only_the_package(stage: Stage) -> None:
    referral = await stage.walk(_S.DELIVERED)
    accepted = await stage.do(_A.ACCEPT, referral, opens_case=True, reason=None)
    assert accepted.receiver_case_file_id is not None
    [[regency, household, channel, summary, status, category]] = await stage.fetch(
        "select regency_code, household_id, channel, summary, status, category from case_file where case_file_id = $1",
        accepted.receiver_case_file_id,
    )
    assert (regency, household, channel, summary) == (FOREIGN, None, "REFERRAL", "Perlu berobat")
    assert (status, category) == ("RECEIVED", "HEALTH")
    await stage.do(_A.BEGIN, referral, reason=None)
    events = await stage.case_history(accepted.receiver_case_file_id)
    assert [(event.field_group, event.to_value) for event in events] == [
        ("OPENING", "RECEIVED"),
        ("REFERRAL", "ACCEPTED"),
        ("REFERRAL", "IN_SERVICE"),
    ]


async def test_a_case_file_of_a_district_that_takes_changes_is_moved_and_the_district_is_told(stage: Stage) -> None:
    await stage.execute(
        "update district_system set capabilities = array_append(capabilities, 'CASE_UPDATES') where regency_code = $1",
        OWN,
    )
    case = await stage.case()
    await stage.execute("update case_file set source_code = $1 where case_file_id = $2", OWN, case.case_file_id)
    revision = "select source_revision from case_file where case_file_id = $1"
    before = await stage.fetch(revision, case.case_file_id)
    referral = await stage.walk(_S.DELIVERED, case)
    assert await stage.case_status(case.case_file_id) == "REFERRED"
    assert await stage.fetch(revision, case.case_file_id) == before, "the revision of its district is the district's"
    told = await stage.fetch(
        "select payload from outbox_message where kind = 'CASE_UPDATE' and subject_id = $1 order by message_id desc limit 1",
        case.case_file_id,
    )
    assert [(message["field_group"], message["values"]["status"], message["reason"]) for (message,) in told] == [
        ("STATUS", "REFERRED", f"referral {referral.reference}")
    ]


async def test_a_case_file_of_a_districts_own_system_gets_the_history_and_is_moved_there(stage: Stage) -> None:
    [[case_file_id]] = await stage.fetch(
        "select case_file_id from case_file where source_code = $1 and household_id = $2", OWN, household_of(OWN, 2)
    )
    [[status]] = await stage.fetch("select status from case_file where case_file_id = $1", case_file_id)
    referral = await stage.draft(case_file_id=case_file_id, person_id=person_of(OWN, 2))
    await stage.do(_A.SEND, referral)
    assert await stage.case_status(case_file_id) == status == "RECEIVED"
    assert _lines(await stage.case_history(case_file_id), "REFERRAL") == [
        ("DRAFT", "SENT", "officer", None),
        ("SENT", "DELIVERED", "hub", None),
    ]
