"""However many write at once, and whoever is killed: a reader who goes by positions misses no event and has each in order."""

import asyncio
import random
from collections import defaultdict
from contextlib import suppress

import asyncpg

from hub.store.database import Database, Transaction, open_database
from hub.store.events import Event, give_positions, list_events
from tests.casework import NOW, note, open_case_files
from tests.faults.claims import APPLICATION, KILLED

WRITERS = 64
CASES = 16
KILLS = 40
ROUNDS = 12


class _Writers:
    """Each changes case files, often several in one transaction that takes a while; some are killed in the middle."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.acknowledged: set[tuple[int, str]] = set()
        self.killed = 0

    async def write(self, number: int) -> None:
        rng = random.Random(number)
        connection: asyncpg.Connection | None = None
        for turn in range(ROUNDS):
            cases = sorted(rng.sample(range(1, CASES + 1), rng.randint(1, 3)))
            key = f"{number}/{turn}"
            while True:
                try:
                    if connection is None:
                        connection = await asyncpg.connect(self.url, server_settings={"application_name": APPLICATION})
                        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=str)
                    await self._change(connection, cases, key, rng)
                    self.acknowledged |= {(case, key) for case in cases}
                    break
                except KILLED:
                    if connection is not None:
                        connection.terminate()
                    connection = None
        if connection is not None:
            connection.terminate()

    async def _change(self, connection: asyncpg.Connection, cases: list[int], key: str, rng: random.Random) -> None:
        async with connection.transaction():
            for case in cases:
                await connection.fetch("select from case_file where case_file_id = $1 for update", case)
                await note(Transaction(connection), case, key)
                await asyncio.sleep(rng.random() * 0.02)

    async def kill(self) -> None:
        rng = random.Random(7)
        admin = await asyncpg.connect(self.url)
        try:
            while self.killed < KILLS:
                pids = await admin.fetch(
                    "select pid from pg_stat_activity where application_name = $1 and datname = current_database()"
                    " and state <> 'idle'",
                    APPLICATION,
                )
                if pids and await admin.fetchval("select pg_terminate_backend($1)", rng.choice(pids)["pid"]):
                    self.killed += 1
                await asyncio.sleep(0.02)
        finally:
            await admin.close()


async def _read(database: Database, had: list[Event], done: asyncio.Event) -> None:
    """One of several processes: gives positions and reads on from the last one that it had."""
    while True:
        was_done = done.is_set()
        last = await give_positions(database.jobs, NOW, most=7)
        had += await list_events(database.jobs, had[-1].position if had else 0, last)
        if was_done:
            return
        await asyncio.sleep(0.005)


async def test_a_reader_never_misses_an_event_that_is_committed_late(database: Database, database_url: str) -> None:
    await open_case_files(database.jobs, "35.10", *range(1, CASES + 1))
    writers = _Writers(database_url)
    done = asyncio.Event()
    readers: list[list[Event]] = [[], [], []]
    async with open_database(database_url) as another, asyncio.timeout(120):
        reading = [
            asyncio.create_task(_read(reader, had, done))
            for reader, had in zip((database, another, another), readers, strict=True)
        ]
        killing = asyncio.create_task(writers.kill())
        await asyncio.gather(*map(writers.write, range(WRITERS)))
        killing.cancel()
        with suppress(asyncio.CancelledError):
            await killing
        done.set()
        await asyncio.gather(*reading)
    history = await _history(database)
    assert writers.killed > 0
    assert writers.acknowledged <= {(case, key) for case, lines in history.items() for key in lines}
    for had in readers:
        assert [event.position for event in had] == list(range(1, sum(map(len, history.values())) + 1))
        versions = defaultdict(list)
        for event in had:
            versions[event.subject_id].append(event.version)
        assert versions == {case: list(range(1, len(lines) + 1)) for case, lines in history.items()}


async def _history(database: Database) -> dict[int, list[str]]:
    lines: dict[int, list[str]] = defaultdict(list)
    async with database.jobs.connection() as connection:
        for row in await connection.fetch(
            "select case_file_id, event_key from case_event order by case_file_id, event_no"
        ):
            lines[row["case_file_id"]].append(row["event_key"])
    return lines


async def test_one_who_goes_by_ids_misses_an_event_that_is_committed_late(
    database: Database, database_url: str
) -> None:
    """Why there are positions: ids are given before a transaction commits."""
    await open_case_files(database.jobs, "35.10", 1, 2)
    late = await asyncpg.connect(database_url)
    transaction = late.transaction()
    await late.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=str)
    await transaction.start()
    await note(Transaction(late), 1, "late")
    await note(database.jobs, 2, "early")
    async with database.jobs.connection() as connection:
        seen_by_ids = await connection.fetchval("select max(event_id) from hub_event")
        seen_by_positions = await give_positions(database.jobs, NOW)
        await transaction.commit()
        missed = await connection.fetchval("select count(*) from hub_event where event_id > $1", seen_by_ids)
    last = await give_positions(database.jobs, NOW)
    assert (seen_by_ids, missed) == (2, 0)
    assert [e.event_id for e in await list_events(database.jobs, seen_by_positions, last)] == [1]
    await late.close()
