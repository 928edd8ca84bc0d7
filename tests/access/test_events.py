"""Who is told what: nobody of another regency's events, and of sensitive case files only who has the scope."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hub.domain.principal import Principal, Scope
from hub.store.database import Access, Database
from hub.store.events import give_positions
from tests.casework import NOW, note, open_case_files
from tests.schema.world import CALLERS
from tests.schema.world_records import FOREIGN, OWN
from tests.server.sockets import Doorkeeper, Hub, Speaker, serving

CASES = "subscription ($after: String) { caseEvents(after: $after) { subject regencyCodes caseFile { number } } }"
OFFICER = CALLERS["officer"]
BLIND = replace(OFFICER, client_id="blind-officer", scopes=OFFICER.scopes - {Scope.CASE_SENSITIVE})


@pytest.fixture
async def hub(database: Database) -> AsyncIterator[Hub]:
    await open_case_files(database.jobs, OWN, 1)
    await open_case_files(database.jobs, OWN, 2, is_sensitive=True)
    await open_case_files(database.jobs, FOREIGN, 3)
    async with serving(database, doorkeeper=Doorkeeper({**CALLERS, "blind-officer": BLIND})) as hub:
        yield hub


async def _change_all(database: Database, key: str) -> None:
    for number in (3, 2, 1):
        await note(database.jobs, number, key)


async def _numbers(client: Speaker, count: int) -> list[str]:
    return [(await client.data())["caseEvents"]["caseFile"]["number"] for _ in range(count)]


@pytest.mark.parametrize(
    ("caller", "numbers"),
    [("blind-officer", ["1"]), ("officer", ["2", "1"]), ("foreign-officer", ["3"]), ("blind-analyst", ["3", "1"])],
)
async def test_each_is_told_what_they_may_see_as_it_happens_and_from_the_past(
    hub: Hub, database: Database, caller: str, numbers: list[str]
) -> None:
    await _change_all(database, "past")
    await hub.app.telling.feed.read_on()
    async with hub.client(caller) as client:
        await client.subscribe(CASES, after="ZXZlbnRzOjA")
        assert await _numbers(client, len(numbers)) == numbers
        await _change_all(database, "now")
        assert await _numbers(client, len(numbers)) == numbers
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.hear(), 0.3)


async def test_a_case_file_that_becomes_sensitive_is_told_of_no_more(hub: Hub, database: Database) -> None:
    await _change_all(database, "past")
    async with database.jobs.connection() as connection:
        await connection.execute("update case_file set is_sensitive = true")
    await hub.app.telling.feed.read_on()
    async with hub.client("blind-officer") as client:
        await client.subscribe(CASES, after="ZXZlbnRzOjA")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.hear(), 0.3)


async def test_the_database_shows_a_caller_events_of_the_own_regency_only(hub: Hub, database: Database) -> None:
    await _change_all(database, "a")
    await give_positions(database.jobs, NOW)
    shown = {}
    for name in ("officer", "foreign-officer", "partner", "analyst", "blind-analyst"):
        principal = CALLERS[name]
        async with database.caller(Access.of(principal)).connection() as connection:
            shown[name] = await connection.fetchval("select array_agg(subject_id order by event_id) from hub_event")
    assert shown == {
        "officer": [2, 1],
        "foreign-officer": [3],
        "partner": None,
        "analyst": [3, 2, 1],
        "blind-analyst": [3, 1],
    }


@pytest.mark.parametrize("scope", [Scope.MATCH_READ, Scope.CASE_READ])
async def test_a_field_of_an_event_needs_the_scope_of_what_it_shows(hub: Hub, scope: Scope) -> None:
    hub.doorkeeper.callers = {"narrow": Principal("narrow", OFFICER.role, frozenset({scope}), OWN)}
    async with hub.client("narrow") as client:
        await client.subscribe("subscription { matchEvents { kind match { status } } }", "match")
        await client.subscribe("subscription { caseEvents { kind caseFile { number } } }", "case")
        refused = "case" if scope is Scope.MATCH_READ else "match"
        assert (await client.refused(refused))[0] == "FORBIDDEN"
        await client.subscribe("subscription { matchEvents { match { household { id } } } }", "household")
        assert (await client.refused("household"))[0] == "FORBIDDEN"
