"""Clocks follow history and feeds; the policy at receipt counts; the job tells each level once; statistics."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.principal import SCOPES_OF_ROLE, Principal, RegionRange, Role
from hub.domain.records import CaseFileRecord
from hub.store import sla_policies
from hub.store.batches import Batch, merge_batch
from hub.store.case_statistics import CaseStatistics
from hub.store.clocks import CaseClock, list_clocks
from hub.store.database import Access, Database, Session
from hub.store.escalation import KindFigures, find_pass
from resolvers.case_statistics import StatisticsAsked, count_case_files_by
from resolvers.context import Context, context_of
from resolvers.escalation import escalate_due
from resolvers.sla_policies import PolicyDraft, set_policy
from tests.districts import join_districts
from tests.resolvers.clocked_cases import execute, fetch, happen, line, open_case_file

MONDAY = datetime(2026, 7, 6, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def jobs(database: Database) -> AsyncIterator[Session]:
    return database.jobs


def caller(database: Database, role: Role, regency: str | None, now: datetime) -> Context:
    return context_of(database, Principal(role.value, role, SCOPES_OF_ROLE[role], regency), lambda: now, {})


async def clocks_of(session: Session, number: int) -> list[CaseClock]:
    return (await list_clocks(session, [number]))[0]


async def test_the_policy_at_receipt_counts_to_the_end(database: Database) -> None:
    jobs = database.jobs
    await open_case_file(jobs, 1, MONDAY)
    ministry = caller(database, Role.MINISTRY_ANALYST, None, MONDAY + HOUR)
    nation = await sla_policies.find_newest(jobs, None)
    assert nation is not None
    stricter = replace(nation.terms, first_response_minutes=60, regular_days=7)
    await set_policy(ministry, PolicyDraft(None, None, stricter, "stricter"), "k")
    await open_case_file(jobs, 2, MONDAY + 2 * HOUR)
    await happen(jobs, [line(1, MONDAY + 2 * HOUR, "IN_PROGRESS", "a")], MONDAY + 2 * HOUR)
    assert [(clock.due_at, clock.policy_id) for clock in await clocks_of(jobs, 1)] == [
        (MONDAY + 4 * HOUR, 1),
        (datetime(2026, 7, 24, 2, tzinfo=UTC), 1),
    ]
    assert [clock.due_at for clock in await clocks_of(jobs, 2)] == [
        MONDAY + 3 * HOUR,
        datetime(2026, 7, 15, 4, tzinfo=UTC),
    ]


async def test_a_regencys_own_policy_comes_before_the_nations(database: Database) -> None:
    nation = await sla_policies.find_newest(database.jobs, None)
    assert nation is not None
    officer = caller(database, Role.DISTRICT_OFFICER, "35.10", MONDAY)
    await set_policy(
        officer, PolicyDraft("35.10", None, replace(nation.terms, first_response_minutes=30), "faster"), "k"
    )
    await open_case_file(database.jobs, 1, MONDAY)
    await open_case_file(database.jobs, 2, MONDAY, regency_code="35.09")
    dues = [(await clocks_of(database.jobs, number))[0].due_at for number in (1, 2)]
    assert dues == [MONDAY + HOUR / 2, MONDAY + 4 * HOUR]


async def test_clocks_follow_under_the_rights_of_a_caller_and_of_no_other(database: Database) -> None:
    await open_case_file(database.jobs, 1, MONDAY)
    changes = [line(1, MONDAY + HOUR, "ACKNOWLEDGED", "a")]
    for regency, outcome in (("35.09", None), ("35.10", "MET")):
        officer = database.caller(Access(RegionRange.under(regency), "officer"))
        async with officer.transaction() as transaction:
            await happen(transaction, changes, MONDAY + HOUR)
        assert (await clocks_of(database.jobs, 1))[0].outcome == outcome


async def test_a_longer_class_gives_more_time_and_a_shorter_one_takes_none(jobs: Session) -> None:
    await open_case_file(jobs, 1, MONDAY, resolution_class="REGULAR")
    dues = []
    for word in ("INFORMATION", "OVERSIGHT", "REGULAR"):
        await execute(jobs, "update case_file set resolution_class = $1", word)
        await happen(jobs, [line(1, MONDAY, "TRIAGED", word)], MONDAY)
        dues.append((await clocks_of(jobs, 1))[1].limit_units)
    assert dues == [14, 60, 60]


async def test_the_number_of_statements_does_not_grow_with_the_case_files(jobs: Session) -> None:
    counts = []
    for size in (1, 2, 40):
        numbers = range(size * 100, size * 100 + size)
        for number in numbers:
            await open_case_file(jobs, number, MONDAY)
        noted = list[str]()
        async with jobs.transaction() as transaction, transaction.connection() as connection:
            with connection.query_logger(lambda one, noted=noted: noted.append(one.query)):
                await happen(transaction, [line(number, MONDAY, "TRIAGED", "t") for number in numbers], MONDAY)
        counts.append(len(noted))
    assert counts[1:] == [7, 7]  # the first one asks for types too


def record(status: str, revision: int, at: datetime, **details: object) -> CaseFileRecord:
    known: dict[str, object] = {
        "source_record_id": "c1",
        "number": "1",
        "type": "COMPLAINT",
        "category": "HEALTH",
        "channel": "WHATSAPP",
        "region_code": "35.10.01.2001",
        "received_at": MONDAY,
    }
    return CaseFileRecord(status=status, revision=revision, observed_at=at, **(known | details))


async def feed(session: Session, records: Sequence[CaseFileRecord], at: datetime) -> None:
    async with session.transaction() as transaction:
        await merge_batch(transaction, Batch("35.10", "35.10", "PULL", records, [], at))


async def test_case_files_of_a_districts_feed_have_clocks_from_the_statuses_that_were_seen(jobs: Session) -> None:
    await join_districts(jobs, {"35.10": "http://district.invalid/graphql"}, MONDAY)
    await feed(jobs, [record("RECEIVED", 1, MONDAY)], MONDAY + HOUR)
    [(number,)] = await fetch(jobs, "select case_file_id from case_file")
    assert [clock.outcome for clock in await clocks_of(jobs, number)] == [None, None]
    await feed(jobs, [record("IN_PROGRESS", 2, MONDAY + 3 * HOUR)], MONDAY + 5 * HOUR)
    await feed(jobs, [record("WAITING_CITIZEN", 3, MONDAY + timedelta(days=1))], MONDAY + timedelta(days=1, hours=1))
    answer, end = await clocks_of(jobs, number)
    assert (answer.outcome, answer.ended_at) == ("MET", MONDAY + 3 * HOUR)
    assert (end.paused_since, end.due_at) == (MONDAY + timedelta(days=1), None)
    back = MONDAY + timedelta(days=3)
    await feed(jobs, [record("IN_PROGRESS", 4, back)], back)
    assert (await clocks_of(jobs, number))[1].due_at == datetime(2026, 7, 28, 2, tzinfo=UTC)
    closed = back + HOUR
    await feed(jobs, [record("CLOSED", 5, closed + 9 * HOUR, closed_at=closed)], closed + 10 * HOUR)
    await feed(jobs, [record("CLOSED", 6, closed + 99 * HOUR, closed_at=closed)], closed + 100 * HOUR)
    end = (await clocks_of(jobs, number))[1]
    assert (end.outcome, end.ended_at) == ("MET", closed)
    assert await fetch(jobs, "select count(*) from case_status_seen") == [(5 - 1 + 1,)]


async def test_a_districts_acknowledgement_that_comes_as_history_counts(jobs: Session) -> None:
    await join_districts(jobs, {"35.10": "http://district.invalid/graphql"}, MONDAY)
    await feed(jobs, [record("RECEIVED", 1, MONDAY)], MONDAY + HOUR)
    [(number,)] = await fetch(jobs, "select case_file_id from case_file")
    await happen(jobs, [line(number, MONDAY + 2 * HOUR, "ACKNOWLEDGED", "district/7")], MONDAY + 9 * HOUR)
    answer = (await clocks_of(jobs, number))[0]
    assert (answer.outcome, answer.ended_at) == ("MET", MONDAY + 2 * HOUR)


async def test_a_removed_case_file_waits_for_nothing(jobs: Session) -> None:
    await join_districts(jobs, {"35.10": "http://district.invalid/graphql"}, MONDAY)
    await feed(jobs, [record("RECEIVED", 1, MONDAY)], MONDAY)
    await feed(jobs, [record("RECEIVED", 2, MONDAY, is_removed=True)], MONDAY + HOUR)
    [(number,)] = await fetch(jobs, "select case_file_id from case_file")
    assert [clock.outcome for clock in await clocks_of(jobs, number)] == ["STOPPED", "STOPPED"]
    assert await escalate_due(jobs, lambda: MONDAY + 99 * HOUR) == 0


async def test_a_pass_writes_history_and_figures_and_a_second_one_nothing(jobs: Session) -> None:
    for number in range(1, 8):
        await open_case_file(jobs, number, MONDAY)
    later = MONDAY + timedelta(hours=5)
    assert await escalate_due(jobs, lambda: later, batch=3) == 14
    assert await escalate_due(jobs, lambda: later, batch=3) == 0
    lines = await fetch(
        jobs,
        "select event_key, item, to_value, actor, actor_role from case_event where case_file_id = 1 order by event_no",
    )
    assert lines == [
        (f"escalation/FIRST_RESPONSE/{level}", "FIRST_RESPONSE", level, "slrt-hub", "JOB")
        for level in ("REGENCY", "PROVINCE")
    ]
    last = await find_pass(jobs)
    assert last is not None
    assert (last.passed_at, last.escalated) == (later, 14)
    assert last.figures == {"FIRST_RESPONSE": KindFigures(0, 7), "RESOLUTION": KindFigures(0, 0)}


async def test_a_case_file_that_is_being_changed_is_left_to_the_next_pass(jobs: Session) -> None:
    for number in (1, 2):
        await open_case_file(jobs, number, MONDAY)
    later = MONDAY + timedelta(hours=3, minutes=30)
    async with jobs.transaction() as held:
        await execute(held, "select from case_file where case_file_id = 1 for update")
        assert await escalate_due(jobs, lambda: later) == 1
    assert await fetch(jobs, "select case_file_id from escalation") == [(2,)]
    assert await escalate_due(jobs, lambda: later) == 1


async def test_eight_passes_at_once_tell_each_level_once(jobs: Session) -> None:
    for number in range(1, 101):
        await open_case_file(jobs, number, MONDAY)
    later = MONDAY + timedelta(hours=7)
    told = await asyncio.gather(*(escalate_due(jobs, lambda: later, batch=7) for _ in range(8)))
    assert sum(told) == 300
    rows = await fetch(jobs, "select level, count(*) from escalation group by 1 order by 1")
    assert rows == [("MINISTRY", 100), ("PROVINCE", 100), ("REGENCY", 100)]
    assert await fetch(jobs, "select count(*), count(distinct (case_file_id, event_no)) from case_event") == [
        (300, 300)
    ]


async def prepare_statistics(jobs: Session) -> None:
    """In 35.10 twenty on health (12 answered within the hour, 8 late) and three on food; one in 35.09."""
    for number in range(1, 21):
        await open_case_file(jobs, number, MONDAY)
    for number in range(21, 24):
        await open_case_file(jobs, number, MONDAY, category="FOOD")
    await open_case_file(jobs, 30, MONDAY, regency_code="35.09")
    await escalate_due(jobs, lambda: MONDAY + timedelta(hours=3, minutes=30))
    await happen(jobs, [line(n, MONDAY + HOUR, "ACKNOWLEDGED", "a") for n in range(1, 13)], MONDAY + 4 * HOUR)
    await happen(jobs, [line(n, MONDAY + 5 * HOUR, "ACKNOWLEDGED", "a") for n in range(13, 21)], MONDAY + 5 * HOUR)
    await happen(jobs, [line(n, MONDAY + 6 * HOUR, "RESOLVED", "r") for n in range(1, 11)], MONDAY + 6 * HOUR)
    await execute(
        jobs,
        "insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, assigned_at)"
        " select n, 1, '35.10/DPMD', 'LEAD', 'ASSIGNED', '35.10', now() from generate_series(1, 20) n",
    )


async def test_statistics_for_the_ministry_are_whole(database: Database) -> None:
    await prepare_statistics(database.jobs)
    ministry = caller(database, Role.MINISTRY_ANALYST, None, MONDAY + 7 * HOUR)
    asked = StatisticsAsked("CATEGORY", "35.10", MONDAY, MONDAY + HOUR)
    assert await count_case_files_by(ministry, asked) == [
        CaseStatistics("FOOD", 3, 0, 3, None, 0, 0, 3, 0, 3, 0, 0),
        CaseStatistics("HEALTH", 20, 12, 8, 60.0, 10, 0, 10, 0, 20, 0, 0),
    ]
    districts = await count_case_files_by(ministry, replace(asked, grouping="DISTRICT", region_code=None))
    assert [(row.code, row.received) for row in districts] == [("35.09", 1), ("35.10", 23)]
    agencies = await count_case_files_by(ministry, replace(asked, grouping="AGENCY"))
    assert [(row.code, row.received) for row in agencies] == [("35.10/DPMD", 20)]


async def test_statistics_outside_the_ministry_withhold_a_few_and_what_would_tell_them(database: Database) -> None:
    await prepare_statistics(database.jobs)
    officer = caller(database, Role.DISTRICT_OFFICER, "35.10", MONDAY + 7 * HOUR)
    asked = StatisticsAsked("CATEGORY", None, MONDAY, MONDAY + HOUR)
    assert await count_case_files_by(officer, asked) == []  # food is a few, and health would tell them from the sum
    assert await count_case_files_by(officer, replace(asked, grouping="DISTRICT")) == [
        CaseStatistics("35.10", 23, 12, 11, 60.0, 10, 0, 13, 0, 23, 0, 0)
    ]
    await happen(database.jobs, [line(21, MONDAY + HOUR, "ACKNOWLEDGED", "a")], MONDAY + 7 * HOUR)
    await happen(database.jobs, [line(n, MONDAY + 7 * HOUR, "RESOLVED", "r") for n in range(11, 21)], MONDAY + 7 * HOUR)
    [row] = await count_case_files_by(officer, replace(asked, grouping="DISTRICT"))
    assert (row.resolved_in_time, row.resolution_breached, row.open) == (None, None, None)
