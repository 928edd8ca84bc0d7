"""What is told over a subscription: every event, in order, with the object as it is now; and a slow one hurts nobody."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from hub.store import event_feed
from hub.store.database import Database
from hub.store.event_feed import EventFeed
from hub.store.events import remove_events
from server.graphql_request import HttpLimits, SocketLimits
from tests.casework import NOW, note, note_lines, open_case_files
from tests.server.sockets import Hub, closing, serving

CASES = (
    "subscription ($region: String, $after: String) { caseEvents(regionCode: $region, after: $after)"
    " { id cursor kind version regencyCodes } }"
)
WITH_CASE_FILE = "subscription ($after: String) { caseEvents(after: $after) { version caseFile { number status } } }"


@pytest.fixture
async def hub(database: Database) -> AsyncIterator[Hub]:
    async with serving(database, HttpLimits(sockets=SocketLimits(look_seconds=0.2))) as hub:
        yield hub


async def test_an_event_is_told_with_id_cursor_kind_and_the_object_as_it_is_now(hub: Hub, database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 7)
    async with hub.client() as client:
        await client.subscribe(
            'subscription { caseEvents(regionCode: "35.10") { __typename id cursor kind occurredAt regencyCodes subject version'
            " fieldGroup fromStatus toStatus agencyCode caseFile { number category region { code } } } }"
        )
        await hub.until_followed(1)
        agency = {"field_group": "ASSIGNMENT", "item": "35.10/DINAS_SOSIAL"}
        await note(database.jobs, 7, "a", from_value="ASSIGNED", to_value="ACKNOWLEDGED", **agency)
        assert await client.data() == {
            "caseEvents": {
                "__typename": "CaseFileChange",
                "id": "evt_1",
                "cursor": "ZXZlbnRzOjE",
                "kind": "case.acknowledged",
                "occurredAt": "2026-03-01T08:00:00+00:00",
                "regencyCodes": ["35.10"],
                "subject": "Q2FzZUZpbGU6Nw",
                "version": 1,
                "fieldGroup": "ASSIGNMENT",
                "fromStatus": "ASSIGNED",
                "toStatus": "ACKNOWLEDGED",
                "agencyCode": "35.10/DINAS_SOSIAL",
                "caseFile": {"number": "7", "category": "FOOD", "region": {"code": "35.10.01.2001"}},
            }
        }


async def test_a_subscription_begins_now_or_goes_on_after_a_cursor(hub: Hub, database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    await note_lines(database.jobs, "35.10", 1, 3)
    await hub.app.telling.feed.read_on()
    async with hub.client() as client:
        await client.subscribe(CASES, "now")
        await hub.until_followed(1)
        await note_lines(database.jobs, "35.10", 1, 1)
        last = (await client.data("now"))["caseEvents"]
        assert (last["version"], last["cursor"]) == (4, "ZXZlbnRzOjQ")
        await client.subscribe(CASES, "after", after="ZXZlbnRzOjE")
        assert [(await client.data("after"))["caseEvents"]["version"] for _ in range(3)] == [2, 3, 4]


async def test_who_comes_back_after_a_break_misses_nothing_and_has_nothing_twice(hub: Hub, database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    had: list[str] = []
    cursor = "ZXZlbnRzOjA"
    for part in range(6):
        await note_lines(database.jobs, "35.10", 1, 50)
        async with hub.client() as client:
            await client.subscribe(CASES, after=cursor)
            for _ in range(45 if part < 5 else 75):
                event = (await client.data())["caseEvents"]
                had.append(event["id"])
                cursor = event["cursor"]
    assert had == [f"evt_{number}" for number in range(1, 301)]


async def test_a_cursor_that_is_too_old_is_refused_with_the_way_out(hub: Hub, database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    await note_lines(database.jobs, "35.10", 1, 3)
    await hub.app.telling.feed.read_on()
    await remove_events(database.jobs, NOW.replace(year=2027))
    async with hub.client() as client:
        await client.subscribe(CASES, after="ZXZlbnRzOjI")
        assert await client.refused() == (
            "CURSOR_TOO_OLD",
            "events after this cursor were removed, being old: read what you follow anew, and subscribe without `after`",
        )
        await client.subscribe(CASES, after="ZXZlbnRzOjM")
        await hub.until_followed(1)


async def test_a_province_and_the_nation_can_be_followed_by_who_may(hub: Hub, database: Database) -> None:
    for number, regency in enumerate(("35.10", "35.09", "33.74"), 1):
        await open_case_files(database.jobs, regency, number)
    async with hub.client("analyst") as client:
        for region in ("35", "35.09", None):
            await client.subscribe(CASES, str(region), region=region)
        await hub.until_followed(3)
        for number in (1, 2, 3):
            await note(database.jobs, number, "a")
        told = [await client.hear() for _ in range(6)]
    by_region = {
        region: [m["payload"]["data"]["caseEvents"]["regencyCodes"] for m in told if m["id"] == region]
        for region in ("35", "35.09", "None")
    }
    assert by_region == {"35": [["35.10"], ["35.09"]], "35.09": [["35.09"]], "None": [["35.10"], ["35.09"], ["33.74"]]}


async def test_what_belongs_to_events_is_found_together_for_all_that_came_together(
    hub: Hub, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_case_files(database.jobs, "35.10", *range(1, 41))
    for number in range(1, 41):
        await note(database.jobs, number, "a")
    await hub.app.telling.feed.read_on()
    asked: list[int] = []
    from hub.store import case_files

    find = case_files.find_case_files

    async def counting(session: object, ids: list[int]) -> object:
        asked.append(len(ids))
        return await find(session, ids)

    monkeypatch.setattr(case_files, "find_case_files", counting)
    async with hub.client() as client:
        await client.subscribe(WITH_CASE_FILE, after="ZXZlbnRzOjA")
        told = [(await client.data())["caseEvents"]["caseFile"]["number"] for _ in range(40)]
    assert told == [str(number) for number in range(1, 41)]
    assert asked == [40]


async def test_each_event_shows_its_object_as_it_is_when_it_is_told(hub: Hub, database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    async with hub.client() as client:
        await client.subscribe(WITH_CASE_FILE)
        await hub.until_followed(1)
        for status in ("RECEIVED", "TRIAGED"):
            async with database.jobs.connection() as connection:
                await connection.execute("update case_file set status = $1", status)
            await note(database.jobs, 1, status)
            assert (await client.data())["caseEvents"]["caseFile"] == {"number": "1", "status": status}


async def test_a_slow_subscriber_hurts_nobody_and_gets_all_events_in_order_in_the_end(
    hub: Hub, database: Database
) -> None:
    """Two never read while a third is told 10,000 events; nothing but a bounded number waits for them meanwhile."""
    await open_case_files(database.jobs, "35.10", 1)
    async with hub.client() as fast, hub.client("analyst") as slow, hub.client("analyst") as deaf:
        for one in (fast, slow, deaf):
            await one.subscribe(CASES)
        await hub.until_followed(3)
        feed = hub.app.telling.feed
        most_waiting = 0
        writing = asyncio.create_task(_write(database, 10_000))
        had = []
        for _ in range(10_000):
            had.append((await fast.data())["caseEvents"]["version"])
            most_waiting = max(most_waiting, _waiting(feed))
        await writing
        assert had == list(range(1, 10_001))
        assert most_waiting <= 3 * event_feed.WAITING_MAX
        assert feed.counters["read"] == 10_000
        assert feed.counters["fell_behind"] >= 2
        late = [(await slow.data())["caseEvents"]["version"] for _ in range(10_000)]
        assert late == list(range(1, 10_001))


async def test_one_who_never_reads_is_let_go_after_a_while(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.serving._PING_SECONDS", 0.3)
    await open_case_files(database.jobs, "35.10", 1)
    async with serving(database) as hub, hub.client() as client:
        await client.subscribe(CASES)
        await hub.until_followed(1)
        client.socket.transport.pause_reading()
        await _write(database, 20_000)
        await hub.until_followed(0)
        assert hub.app.telling.sockets.open == 0
        client.socket.transport.abort()


async def test_sockets_are_closed_with_1012_when_the_hub_ends(database: Database) -> None:
    async with serving(database) as hub:
        client = hub.client()
        speaker = await client.__aenter__()
        await speaker.subscribe(CASES)
        await hub.until_followed(1)
    assert (await closing(speaker.socket))[0] == 1012
    await client.__aexit__(None, None, None)


async def test_a_feed_whose_database_was_away_goes_on(hub: Hub, database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    async with hub.client() as client:
        await client.subscribe(CASES)
        await hub.until_followed(1)
        async with database.jobs.connection() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slrt-hub listener'"
                " and datname = current_database()"
            )
        await note_lines(database.jobs, "35.10", 1, 2)
        assert [(await client.data())["caseEvents"]["version"] for _ in range(2)] == [1, 2]


async def _write(database: Database, count: int) -> None:
    for _ in range(count // 500):
        await note_lines(database.jobs, "35.10", 1, 500)


def _waiting(feed: EventFeed) -> int:
    followers = feed._wide.union(*feed._narrow.values())
    return sum(len(follower._waiting) for follower in followers)


async def test_the_metrics_say_what_was_read_told_and_closed(hub: Hub, database: Database) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    async with hub.client() as client:
        await client.subscribe(CASES)
        await hub.until_followed(1)
        await note_lines(database.jobs, "35.10", 1, 2)
        for _ in range(2):
            await client.data()
        hub.app.telling.figures.delivered = {"taken": 3}
        async with httpx2.AsyncClient() as http:
            text = (await http.get(f"http://127.0.0.1:{hub.port}/metrics")).text
    figures = [line for line in text.splitlines() if re.match(r"slrt_hub_(event|sockets|webhooks)", line)]
    assert figures == [
        'slrt_hub_events_total{what="read"} 2.0',
        'slrt_hub_events_total{what="fell_behind"} 0.0',
        'slrt_hub_events_total{what="told"} 2.0',
        "slrt_hub_event_position 2.0",
        'slrt_hub_sockets_open{what="sockets"} 1.0',
        'slrt_hub_sockets_open{what="followers"} 1.0',
        'slrt_hub_webhooks_total{outcome="taken"} 3.0',
    ]
