"""Case files that were opened in the hub before their district took changes are told to it when it does."""

import asyncio
from typing import Any

import pytest

from hub.domain.opaque_id import Kind, opaque_id
from hub.store.case_history import list_events
from hub.store.database import open_database
from resolvers import case_outbox
from tests.ingest.test_case_updates import AGENCY, NOW, OWN, Both, both

__all__ = ["both"]

OTHER = "35.10/DINAS_KESEHATAN"


async def able(both: Both, *, is_able: bool) -> None:
    async with both.database.jobs.connection() as connection:
        names = "{CHANGES,CASE_FILES,CASE_UPDATES}" if is_able else "{CHANGES,CASE_FILES}"
        await connection.execute(f"update district_system set capabilities = '{names}' where regency_code = '35.10'")


async def assign(both: Both, number: int, agency: str, key: str, times: int = 1) -> None:
    statement = (
        "insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, assigned_at)"
        f" values ({number}, {times}, '{agency}', 'LEAD', 'ASSIGNED', '35.10', '2026-07-01T00:0{times}:00Z')"
    )
    await both.change(number, "ASSIGNMENT", statement, key=key, item=agency, to_value="ASSIGNED")


async def move_assignment(both: Both, number: int, agency: str, status: str, key: str) -> None:
    ended = "null" if status == "ACKNOWLEDGED" else f"'{NOW}'"
    statement = (
        f"update case_assignment set status = '{status}', ended_at = {ended} where case_file_id = {number}"
        f" and agency_code = '{agency}' and ended_at is null"
    )
    await both.change(number, "ASSIGNMENT", statement, key=key, item=agency, to_value=status)


async def worked(both: Both, number: int = OWN) -> None:
    """A case file with a history: described anew, assigned, handed over and back, noted."""
    await both.open(number)
    await both.move(number, "TRIAGED", "m1")
    summary = f"update case_file set summary = 'Atap roboh', description_version = 2 where case_file_id = {number}"
    await both.change(number, "DESCRIPTION", summary, key="d1")
    await assign(both, number, AGENCY, "a1")
    await both.move(number, "ASSIGNED", "m2")
    await move_assignment(both, number, AGENCY, "HANDED_OVER", "a2")
    await assign(both, number, OTHER, "a3", 2)
    await move_assignment(both, number, OTHER, "HANDED_OVER", "a4")
    await assign(both, number, AGENCY, "a5", 3)
    await move_assignment(both, number, AGENCY, "ACKNOWLEDGED", "a6")
    await both.change(number, "NOTE", key="n1", changes={"text": "dikunjungi"})


async def broken_off(both: Both) -> None:
    async with both.database.jobs.transaction() as transaction:
        assert await case_outbox.tell_untold(transaction, NOW, 2) / 0


def held_there(both: Both, number: int = OWN) -> Any:
    reference = opaque_id(Kind.CASE_FILE, number)
    found = [case for case in both.records.rows("kind = 'CaseFile'", ()) if case.get("hubReference") == reference]
    assert len(found) == 1
    return found[0]


async def test_it_is_told_from_its_opening_to_where_it_stands_and_becomes_the_districts(both: Both) -> None:
    await able(both, is_able=False)
    await worked(both)
    await both.deliver()
    assert await both.rows("select * from outbox_message") == []
    await able(both, is_able=True)
    told = await both.deliver()
    assert (told.delivered["35.10"], told.refused["35.10"], told.backlog) == (8, 0, ())
    there = held_there(both)
    assert (there["status"], there["summary"]) == ("ASSIGNED", "Atap roboh")
    assert sorted((one["agencyCode"], one["role"], one["status"]) for one in there["assignments"]) == [
        (OTHER, "LEAD", "HANDED_OVER"),
        (AGENCY, "LEAD", "ACKNOWLEDGED"),
    ]
    before = [event.event_key for event in (await list_events(both.database.jobs, [OWN]))[0]]
    await both.pull()
    assert await both.rows(f"select source_code, status, summary from case_file where case_file_id = {OWN}") == [
        ("35.10", "ASSIGNED", "Atap roboh")
    ]
    assert [event.event_key for event in (await list_events(both.database.jobs, [OWN]))[0]] == before


async def test_what_was_told_once_is_not_told_again_whoever_looks_and_however_often(
    both: Both, database_url: str
) -> None:
    await able(both, is_able=False)
    for number in range(OWN, OWN + 12):
        await both.open(number)
    await able(both, is_able=True)
    async with open_database(database_url, connections=2) as other:
        sessions = [both.database.jobs, other.jobs] * 3
        told = await asyncio.gather(*(case_outbox.tell_untold(session, NOW, 5) for session in sessions))
    assert sum(told) >= 12
    assert await both.rows("select count(*), count(distinct subject_id) from outbox_message") == [(12, 12)]
    assert await case_outbox.tell_untold(both.database.jobs, NOW, 5) == 0
    await both.deliver()
    await both.deliver()
    assert len(both.records.rows("kind = 'CaseFile' and id <> 'c1'", ())) == 12


async def test_some_are_told_at_a_time_and_a_pass_that_broke_off_is_gone_on_with(both: Both) -> None:
    await able(both, is_able=False)
    for number in range(OWN, OWN + 5):
        await both.open(number)
    await able(both, is_able=True)
    assert await case_outbox.tell_untold(both.database.jobs, NOW, 2) == 2
    with pytest.raises(ZeroDivisionError):
        await broken_off(both)
    assert await both.rows("select count(*) from outbox_message") == [(2,)]
    assert [await case_outbox.tell_untold(both.database.jobs, NOW, 2) for _ in range(3)] == [2, 1, 0]


async def test_a_change_after_it_was_told_follows_in_order(both: Both) -> None:
    await able(both, is_able=False)
    await both.open()
    await able(both, is_able=True)
    await both.move(OWN, "TRIAGED", "m1")
    assert await both.rows("select * from outbox_message") == [], "it follows its opening, which was not told yet"
    await case_outbox.tell_untold(both.database.jobs, NOW, 5)
    await both.move(OWN, "REJECTED", "m2")
    await both.deliver()
    assert held_there(both)["status"] == "REJECTED"
    feed = both.records.rows("kind = 'CaseUpdate'", (), "order by revision")
    assert [(row["fieldGroup"], row["decision"]) for row in feed] == [
        ("OPENING", "APPLIED"),
        ("STATUS", "APPLIED"),
        ("STATUS", "APPLIED"),
    ]


async def test_case_files_of_districts_that_take_no_changes_and_removed_ones_are_told_to_nobody(both: Both) -> None:
    await able(both, is_able=False)
    await both.open()
    await both.open(OWN + 1)
    async with both.database.jobs.connection() as connection:
        await connection.execute(f"update case_file set removed_at = now() where case_file_id = {OWN + 1}")
    assert await case_outbox.tell_untold(both.database.jobs, NOW, 5) == 0
    await able(both, is_able=True)
    assert await case_outbox.tell_untold(both.database.jobs, NOW, 5) == 1
