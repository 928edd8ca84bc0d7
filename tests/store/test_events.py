"""The log of events: what fills it, what it holds, its order, and how old it gets."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from hub.domain.errors import CursorTooOld, Invalid
from hub.domain.events import cursor_of, read_cursor
from hub.domain.matches import MatchStatus
from hub.domain.principal import NOWHERE, RegionRange
from hub.store.database import Access, Database
from hub.store.events import Head, find_head, give_positions, list_events, remove_events
from hub.store.matches import Move, Mover, move_matches
from tests.casework import NOW, SECRET, note, note_lines, open_case_files

LATER = NOW + timedelta(days=1)


async def _told(database: Database, now: datetime = NOW) -> list[tuple[str, str, dict[str, object]]]:
    last = await give_positions(database.jobs, now)
    return [(e.kind, e.subject, e.payload) for e in await list_events(database.jobs, 0, last)]


async def _match(database: Database) -> int:
    async with database.jobs.connection() as connection:
        await connection.execute(
            "insert into household (household_id, source_code, source_record_id, source_revision, observed_at, fetched_at,"
            " regency_code, region_code, kk_status)"
            " select 1, source_code, 'h1', 1, $1, $1, '35.10', '35.10.01.2001', 'MISSING' from source limit 1",
            NOW,
        )
        match_id: int = await connection.fetchval(
            "insert into match (household_id, regency_code, programme_code, rule_version, status, created_at, changed_at)"
            " select 1, '35.10', 'PKH', min(version), 'PROPOSED', $1, $1 from programme_rule where programme_code = 'PKH'"
            " returning match_id",
            NOW,
        )
    return match_id


async def test_every_move_of_a_match_is_an_event(database: Database) -> None:
    match_id = await _match(database)
    mover = Mover("officer", NOW)
    await move_matches(database.jobs, MatchStatus.RELEASED, [Move(match_id, "key", "QUOTA_CUT")], mover)
    await move_matches(database.jobs, MatchStatus.RELEASED, [Move(match_id, "key", "QUOTA_CUT")], mover)
    ((kind, _, payload),) = await _told(database)
    assert (kind, payload) == (
        "match.released",
        {"version": 2, "fromStatus": "PROPOSED", "toStatus": "RELEASED", "reasonCode": "QUOTA_CUT"},
    )


async def test_a_reason_that_is_no_code_is_not_told(database: Database) -> None:
    match_id = await _match(database)
    await move_matches(database.jobs, MatchStatus.RELEASED, [Move(match_id, "key", SECRET)], Mover("officer", NOW))
    ((_, _, payload),) = await _told(database)
    assert payload == {"version": 2, "fromStatus": "PROPOSED", "toStatus": "RELEASED"}


async def test_lines_of_a_case_file_are_events_with_codes_and_without_text(database: Database) -> None:
    jobs = database.jobs
    await open_case_files(jobs, "35.10", 7)
    await note(jobs, 7, "a", field_group="OPENING", to_value="RECEIVED", changes={"summary": SECRET})
    await note(jobs, 7, "b", field_group="STATUS", from_value="RECEIVED", to_value="TRIAGED", reason=SECRET)
    agency = {"field_group": "ASSIGNMENT", "item": "35.10/DINAS_SOSIAL"}
    await note(jobs, 7, "c", to_value="ASSIGNED", changes={"role": "LEAD"}, **agency)
    await note(jobs, 7, "d", from_value="ASSIGNED", to_value="ACKNOWLEDGED", **agency)
    await note(jobs, 7, "e", field_group="ESCALATION", from_value="UPT", to_value="REGENCY")
    await note(jobs, 7, "f", field_group="DESCRIPTION", changes={"summary": SECRET}, from_value=SECRET, to_value=SECRET)
    await note(jobs, 7, "g", field_group="NOTE", reason=SECRET)
    await note(jobs, 7, "h", field_group="STATUS", outcome="REFUSED", to_value="CLOSED")
    told = await _told(database)
    assert {subject for _, subject, _ in told} == {"Q2FzZUZpbGU6Nw"}
    assert [(kind, payload) for kind, _, payload in told] == [
        ("case.opened", {"version": 1, "fieldGroup": "OPENING"}),
        ("case.triaged", {"version": 2, "fieldGroup": "STATUS", "fromStatus": "RECEIVED", "toStatus": "TRIAGED"}),
        (
            "case.agency_assigned",
            {"version": 3, "fieldGroup": "ASSIGNMENT", "toStatus": "ASSIGNED", "agencyCode": "35.10/DINAS_SOSIAL"},
        ),
        (
            "case.acknowledged",
            {
                "version": 4,
                "fieldGroup": "ASSIGNMENT",
                "fromStatus": "ASSIGNED",
                "toStatus": "ACKNOWLEDGED",
                "agencyCode": "35.10/DINAS_SOSIAL",
            },
        ),
        ("case.escalated", {"version": 5, "fieldGroup": "ESCALATION", "fromStatus": "UPT", "toStatus": "REGENCY"}),
        ("case.description_changed", {"version": 6, "fieldGroup": "DESCRIPTION"}),
        ("case.noted", {"version": 7, "fieldGroup": "NOTE"}),
        ("case.change_refused", {"version": 8, "fieldGroup": "STATUS", "toStatus": "CLOSED"}),
    ]


async def test_a_referral_is_told_to_both_regencies_once_it_was_sent(database: Database) -> None:
    """On a table like that of referrals, whose own rows need much more."""
    async with database.jobs.connection() as connection:
        await connection.execute("create table if not exists referral (referral_id bigint, is_sensitive boolean)")
        await connection.execute(
            "create table moved (referral_id bigint, version integer, from_status text, to_status text, reason text,"
            " from_regency_code text, to_regency_code text, moved_at timestamptz)"
        )
        await connection.execute(
            "create trigger told after insert on moved referencing new table as arrived"
            " for each statement execute function referral_event_told()"
        )
        await connection.execute(
            "insert into moved values (3, 2, 'DRAFT', 'SENT', $1, '35.10', '35.09', $2),"
            " (3, 1, null, 'DRAFT', $1, '35.10', '35.09', $2), (5, 2, 'DRAFT', 'CLOSED', $1, '35.10', '35.09', $2),"
            " (4, 2, 'DRAFT', 'SENT', $1, '35.10', '35.10', $2)",
            SECRET,
            NOW,
        )
    last = await give_positions(database.jobs, NOW)
    assert [(e.kind, e.subject_id, e.version, e.regency_codes) for e in await list_events(database.jobs, 0, last)] == [
        ("referral.draft", 3, 1, ("35.10",)),
        ("referral.sent", 3, 2, ("35.10", "35.09")),
        ("referral.sent", 4, 2, ("35.10",)),
        ("referral.closed", 5, 2, ("35.10",)),
    ]


async def test_the_database_shows_an_event_to_both_regencies_that_it_concerns(database: Database) -> None:
    async with database.jobs.connection() as connection:
        await connection.execute(
            "insert into hub_event (topic, kind, subject_id, regency_code, other_regency_code, payload, occurred_at)"
            " values ('REFERRAL', 'referral.sent', 3, '35.10', '35.09', '{}', now()),"
            " ('REFERRAL', 'referral.draft', 4, '35.10', null, '{}', now())"
        )
    last = await give_positions(database.jobs, NOW)
    for regency, seen in (("35.10", [3, 4]), ("35.09", [3]), ("35.08", [])):
        caller = database.caller(Access(RegionRange.under(regency), "test"))
        assert [e.subject_id for e in await list_events(caller, 0, last)] == seen


async def test_positions_have_no_gaps_and_a_second_look_gives_none(database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1, 2)
    async with database.jobs.connection() as connection:
        with pytest.raises(asyncpg.PostgresError):  # noqa: PT012 -- what is taken back leaves a hole in the ids
            async with connection.transaction():
                await note_lines(database.jobs, "35.10", 1, 3)
                await connection.execute(
                    "insert into hub_event (topic, kind, subject_id, regency_code, payload, occurred_at)"
                    " values ('CASE', 'case.noted', 1, '35.10', '{}', now())"
                )
                await connection.execute("select 1 / 0")
    await note_lines(database.jobs, "35.10", 2, 4)
    assert await give_positions(database.jobs, NOW, most=3) == 7
    events = await list_events(database.jobs, 0, 7)
    assert [event.position for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.event_id for event in events] == [1, 2, 3, 5, 6, 7, 8]
    assert await give_positions(database.jobs, LATER) == 7


async def test_what_is_sensitive_now_counts_as_sensitive_whatever_it_was_then(database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    await open_case_files(database.jobs, "35.10", 2, is_sensitive=True)
    for number in (1, 2):
        await note(database.jobs, number, "a")
    last = await give_positions(database.jobs, NOW)
    assert [e.is_sensitive for e in await list_events(database.jobs, 0, last)] == [False, True]
    async with database.jobs.connection() as connection:
        await connection.execute("update case_file set is_sensitive = true")
    assert [e.is_sensitive for e in await list_events(database.jobs, 0, last)] == [True, True]


async def test_old_events_go_up_to_the_first_that_is_young_enough(database: Database) -> None:
    jobs = database.jobs
    await open_case_files(jobs, "35.10", 1)
    for now in (NOW, LATER, NOW, LATER):  # the clock of one server is behind
        await note_lines(jobs, "35.10", 1, 2)
        await give_positions(jobs, now)
    assert await remove_events(jobs, NOW) == 0
    assert await remove_events(jobs, LATER, most=1) == 2
    head = await find_head(jobs)
    assert head == Head(last_position=8, removed_through=2)
    assert [event.position for event in await list_events(jobs, 0, 8)] == [3, 4, 5, 6, 7, 8]
    head.require_after(2)
    with pytest.raises(CursorTooOld, match="read what you follow anew"):
        head.require_after(1)
    assert await remove_events(jobs, LATER + timedelta(seconds=1)) == 6
    assert await remove_events(jobs, LATER + timedelta(seconds=1)) == 0
    assert await find_head(jobs) == Head(last_position=8, removed_through=8)


async def test_callers_cannot_write_events(database: Database) -> None:
    caller = database.caller(Access(NOWHERE, "test"))
    for statement in (
        "insert into hub_event (topic, kind, subject_id, regency_code, payload, occurred_at)"
        " values ('CASE', 'case.noted', 1, '35.10', '{}', now())",
        "update hub_event set kind = 'case.closed'",
        "delete from hub_event",
        "update event_head set last_position = 0",
    ):
        async with caller.connection() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


@pytest.mark.parametrize(
    "text", ["", "x", "ZXZlbnRzOg", "ZXZlbnRzOi0x", "ZXZlbnRzOjAx", "bGluZXM6MQ", "ZXZlbnRzOjE=", "é", "a" * 5]
)
def test_a_cursor_that_was_not_given_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is no cursor of events"):
        read_cursor(text)


def test_a_cursor_says_its_position() -> None:
    assert cursor_of(12) == "ZXZlbnRzOjEy"
    assert read_cursor("ZXZlbnRzOjEy") == 12
