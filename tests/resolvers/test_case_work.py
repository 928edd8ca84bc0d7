"""What happens around the moves of a case file: keys, versions, leads, answers, history."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from hub.domain.agencies import Agencies
from hub.domain.case_search import CaseFileCriteria
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.matching.linkage import IdentityRecord
from hub.store import case_history, casework
from hub.store.casework import Description
from hub.store.database import Database
from resolvers import assignments, case_work
from resolvers.case_files import create_case_file
from resolvers.case_histories import history_of
from resolvers.case_lists import CaseFileList, list_case_files
from resolvers.held_case import Step
from tests.resolvers.casework import HEALTH, MINISTRY, SOCIAL, VILLAGES_OFFICE, WORKERS, case_in, draft, of, opened
from tests.schema.world import CALLERS, context
from tests.schema.world_records import OWN, household_of, nik, person_of


async def _lines(database: Database, case_file_id: int) -> list[tuple[str, str, str | None, str | None]]:
    found = (await case_history.list_events(database.jobs, [case_file_id]))[0]
    assert [line.event_no for line in found] == list(range(1, len(found) + 1))
    return [(line.field_group, line.item, line.from_value, line.to_value) for line in found]


async def _given(database: Database, case_file_id: int) -> list[tuple[str, str, str]]:
    given = (await casework.list_assignments(database.jobs, [case_file_id]))[0]
    return [(one.agency_code, one.role, one.status) for one in given]


async def test_a_case_file_goes_its_whole_way_and_its_history_tells_all_of_it(own_world: Database) -> None:
    case = await case_in(own_world, "CLOSED", "key")
    assert (case.status, case.resolution, case.status_version) == ("CLOSED", "Kartu aktif lagi", 5)
    assert case.closed_at == case.observed_at
    assert await _lines(own_world, case.case_file_id) == [
        ("OPENING", "", None, "RECEIVED"),
        ("STATUS", "", "RECEIVED", "TRIAGED"),
        ("ASSIGNMENT", HEALTH, None, "ASSIGNED"),
        ("ASSIGNMENT", SOCIAL, None, "ASSIGNED"),
        ("STATUS", "", "TRIAGED", "ASSIGNED"),
        ("ASSIGNMENT", HEALTH, "ASSIGNED", "ACKNOWLEDGED"),
        ("STATUS", "", "ASSIGNED", "RESOLVED"),
        ("ASSIGNMENT", HEALTH, "ACKNOWLEDGED", "COMPLETED"),
        ("STATUS", "", "RESOLVED", "CLOSED"),
        ("ASSIGNMENT", SOCIAL, "ASSIGNED", "WITHDRAWN"),
    ]


async def test_a_reopened_case_file_goes_back_to_who_led_it_last(own_world: Database) -> None:
    case = await case_in(own_world, "REOPENED", "key")
    assert case.closed_at is None
    assert await _given(own_world, case.case_file_id) == [
        (HEALTH, "LEAD", "COMPLETED"),
        (SOCIAL, "SUPPORT", "ASSIGNED"),
        (HEALTH, "LEAD", "ASSIGNED"),
    ]
    again = await case_work.start_case(of(own_world, "LEAD"), Step(case.case_file_id, "again"))
    assert again.status == "IN_PROGRESS"
    assert (HEALTH, "LEAD", "ACKNOWLEDGED") in await _given(own_world, case.case_file_id)


async def test_the_same_step_twice_is_done_once_and_another_one_under_its_key_is_a_conflict(
    own_world: Database,
) -> None:
    case, secretariat = await opened(own_world, "key"), of(own_world, "SECRETARIAT")
    step = Step(case.case_file_id, "triage")
    first, second = await asyncio.gather(*(case_work.triage_case(secretariat, step, Description()) for _ in range(2)))
    assert first == second
    assert len(await _lines(own_world, case.case_file_id)) == 2
    with pytest.raises(Conflict, match="'triage' was used for another caseFileTriage"):
        await case_work.triage_case(secretariat, Step(case.case_file_id, "triage", "why"), Description())


async def test_a_version_that_is_not_the_present_one_is_a_conflict_that_names_both(own_world: Database) -> None:
    case, secretariat = await case_in(own_world, "TRIAGED", "key"), of(own_world, "SECRETARIAT")
    for work in (
        case_work.reject_case(secretariat, Step(case.case_file_id, "a", "why", 1)),
        assignments.assign_case(secretariat, Step(case.case_file_id, "b", None, 1), Agencies(HEALTH)),
    ):
        with pytest.raises(Conflict, match=r"the status of case file .* has version 2 by now, you expected 1"):
            await work
    changed = Description(category="FOOD")
    with pytest.raises(Conflict, match=r"the description of .* has version 1 by now, you expected 9"):
        await case_work.describe_case(secretariat, Step(case.case_file_id, "c", None, 9), changed)
    described = await case_work.describe_case(secretariat, Step(case.case_file_id, "d", None, 1), changed)
    assert (described.category, described.description_version, described.status_version) == ("FOOD", 2, 2)
    assert (await case_work.reject_case(secretariat, Step(case.case_file_id, "e", "why", 2))).status == "REJECTED"


async def test_two_who_move_from_the_same_version_do_so_one_after_the_other(own_world: Database) -> None:
    case = await case_in(own_world, "TRIAGED", "key")
    secretariat, system = of(own_world, "SECRETARIAT"), of(own_world, "DISTRICT_SYSTEM")
    ended = await asyncio.gather(
        assignments.assign_case(secretariat, Step(case.case_file_id, "a", None, 2), Agencies(HEALTH)),
        case_work.reject_case(system, Step(case.case_file_id, "b", "no", 2)),
        return_exceptions=True,
    )
    assert sorted(isinstance(end, Conflict) for end in ended) == [False, True]
    assert len(await _lines(own_world, case.case_file_id)) in (3, 4)


async def test_there_is_one_lead_and_a_hand_over_keeps_it_so(own_world: Database) -> None:
    case = await case_in(own_world, "IN_PROGRESS", "key")
    with pytest.raises(Conflict, match=f"has the lead {HEALTH} already"):
        await assignments.assign_case(
            of(own_world, "SECRETARIAT"), Step(case.case_file_id, "second"), Agencies(VILLAGES_OFFICE)
        )
    step = Step(case.case_file_id, "over", "it is about the card")
    handed = await assignments.hand_over_assignment(of(own_world, "LEAD"), step, None, SOCIAL)
    assert handed.status == "ASSIGNED"
    assert await _given(own_world, case.case_file_id) == [
        (HEALTH, "LEAD", "HANDED_OVER"),
        (SOCIAL, "SUPPORT", "HANDED_OVER"),
        (SOCIAL, "LEAD", "ASSIGNED"),
    ]
    with pytest.raises(Forbidden, match=r"START of case file .* is for DISTRICT_SYSTEM, LEAD"):
        await case_work.start_case(of(own_world, "LEAD"), Step(case.case_file_id, "late"))


async def test_a_lead_calls_supports_in_and_a_national_agency_acts_through_its_analyst(own_world: Database) -> None:
    case = await case_in(own_world, "ASSIGNED", "key")
    lead = of(own_world, "LEAD")
    called = await assignments.assign_case(lead, Step(case.case_file_id, "call"), Agencies(None, (MINISTRY,)))
    assert called.status == "ASSIGNED"
    analyst = context(own_world, replace(WORKERS["MINISTRY"], client_id="kemensos", agency_code=MINISTRY))
    await assignments.acknowledge_assignment(analyst, Step(case.case_file_id, "ack"), None)
    await assignments.complete_assignment(analyst, Step(case.case_file_id, "done"), None, "Data DTSEN diperbaiki")
    assert (await _given(own_world, case.case_file_id))[-1] == (MINISTRY, "SUPPORT", "COMPLETED")


@pytest.mark.parametrize(
    ("agencies", "error", "message"),
    [
        (Agencies("35.09/DINAS_SOSIAL"), Invalid, r"35\.09/DINAS_SOSIAL does not work in 35\.10"),
        (Agencies("DINAS_SOSIAL"), Invalid, "'DINAS_SOSIAL' is not the code of an agency"),
        (Agencies(HEALTH, (HEALTH,)), Invalid, "each of them once"),
        (Agencies(None, (HEALTH,)), Conflict, "has no lead: name one beside the supports"),
    ],
)
async def test_what_cannot_work_on_it_is_not_given_it(
    own_world: Database, agencies: Agencies, error: type[Exception], message: str
) -> None:
    case = await case_in(own_world, "TRIAGED", "key")
    with pytest.raises(error, match=message):
        await assignments.assign_case(of(own_world, "SECRETARIAT"), Step(case.case_file_id, "k"), agencies)
    assert await _given(own_world, case.case_file_id) == []


async def test_what_needs_a_reason_is_not_done_without_one(own_world: Database) -> None:
    case = await case_in(own_world, "ASSIGNED", "key")
    lead, step = of(own_world, "LEAD"), Step(case.case_file_id, "k")
    for work in (
        case_work.wait_for_citizen(lead, step),
        case_work.reject_case(lead, step),
        case_work.reopen_case(lead, step),
        assignments.decline_assignment(lead, step, None),
        assignments.hand_over_assignment(lead, step, None, SOCIAL),
    ):
        with pytest.raises(Invalid, match="say why"):
            await work


async def test_a_case_file_of_a_district_is_worked_here_once_its_system_takes_updates(own_world: Database) -> None:
    secretariat = of(own_world, "SECRETARIAT")
    case = (await list_case_files(secretariat, CaseFileList(OWN, CaseFileCriteria()), 1, None)).nodes[0]
    step = Step(case.case_file_id, "k")
    await _execute(own_world, "update district_system set capabilities = array_remove(capabilities, 'CASE_UPDATES')")
    with pytest.raises(
        Conflict, match=r"is kept by 35\.10, whose system takes no changes .*CASE_UPDATES.* in that system"
    ):
        await case_work.triage_case(secretariat, step, Description())
    await _execute(own_world, "update district_system set capabilities = capabilities || '{CASE_UPDATES}'")
    moved = await case_work.triage_case(secretariat, step, Description())
    assert (moved.status, moved.source_code, moved.fetched_at) == ("TRIAGED", OWN, case.fetched_at)


async def _execute(database: Database, statement: str) -> None:
    async with database.jobs.connection() as connection:
        await connection.execute(statement)


async def test_a_note_changes_nothing_and_stands_in_the_history(own_world: Database) -> None:
    case = await opened(own_world, "key")
    noted = await case_work.note_on_case(of(own_world, "MINISTRY"), Step(case.case_file_id, "n"), "Sudah ditelepon")
    assert noted == case
    (page,) = await history_of(of(own_world, "SECRETARIAT"), [case.case_file_id], first=1, after=None)
    assert [line.field_group for line in page.nodes] == ["OPENING"]
    (rest,) = await history_of(
        of(own_world, "SECRETARIAT"), [case.case_file_id], first=1, after=page.page_info.end_cursor
    )
    assert [(line.field_group, line.changes) for line in rest.nodes] == [("NOTE", {"text": "Sudah ditelepon"})]


async def test_the_class_comes_of_the_type_unless_it_is_said(own_world: Database) -> None:
    asked = {"QUESTION": "INFORMATION", "NEED": "REGULAR"}
    for type_, class_ in asked.items():
        assert (await opened(own_world, f"k-{type_}", type=type_)).resolution_class == class_
    said = await opened(own_world, "k", type="COMPLAINT", resolution_class="OVERSIGHT")
    assert said.resolution_class == "OVERSIGHT"


async def test_a_partner_opens_nothing_and_another_district_sees_nothing(own_world: Database) -> None:
    with pytest.raises(Forbidden):
        await create_case_file(of(own_world, "PARTNER_APP"), draft(), "k")
    case = await opened(own_world, "key")
    with pytest.raises(NotFound, match="there is no case file"):
        await case_work.triage_case(
            context(own_world, CALLERS["foreign-officer"]), Step(case.case_file_id, "k"), Description()
        )


async def test_the_system_of_a_district_that_works_on_it_speaks_for_its_lead(own_world: Database) -> None:
    case, system = await case_in(own_world, "ASSIGNED", "key"), of(own_world, "DISTRICT_SYSTEM")
    await case_work.start_case(system, Step(case.case_file_id, "s"))
    await case_work.resolve_case(system, Step(case.case_file_id, "r"), "Sudah")
    assert await _given(own_world, case.case_file_id) == [
        (HEALTH, "LEAD", "COMPLETED"),
        (SOCIAL, "SUPPORT", "ASSIGNED"),
    ]
    told = (await case_history.list_events(own_world.jobs, [case.case_file_id]))[0]
    assert {line.agency_code for line in told if line.actor == "system"} == {HEALTH}


async def test_a_card_is_read_once_for_a_key(own_world: Database) -> None:
    secretariat = of(own_world, "SECRETARIAT")
    card = IdentityRecord(name="Slamet 1", nik=nik(OWN, 1), birth_date=date(1990, 1, 1))
    asked = draft(household_id=None, identity=card)
    first = await create_case_file(secretariat, asked, "k")
    assert (first.household_id, first.person_id) == (household_of(OWN, 1), person_of(OWN, 1))
    async with own_world.jobs.connection() as connection:
        gone = "update person set nik = null, nik_status = 'MISSING', name = 'Other' where person_id = $1"
        await connection.execute(gone, first.person_id)
    assert await create_case_file(secretariat, asked, "k") == first
    with pytest.raises(Invalid, match="it is not certain who is meant"):
        await create_case_file(secretariat, asked, "l")
