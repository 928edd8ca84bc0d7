"""Real `slrt-hub work` processes, two at once, killed with SIGKILL in their work again and again: each level is told once."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from hub.store.database import open_database
from resolvers.clocks import follow
from tests.resolvers.clocked_cases import execute, fetch

CASE_FILES = 3_000
MOMENTS = (100, 2_000, 4_500)
PATIENCE = 120.0
RECEIVED = datetime(2026, 1, 5, 2, tzinfo=UTC)
"""So long ago that all levels of both clocks are due by the clock of the machine."""


@pytest.fixture
def systems(tmp_path: Path) -> Path:
    file = tmp_path / "systems.toml"
    file.write_text("", encoding="utf-8")
    return file


async def start(url: str, systems: Path, *options: str) -> asyncio.subprocess.Process:
    environment = os.environ | {"DATABASE_URL": url, "SLRT_HUB_SYSTEMS": str(systems), "SLRT_HUB_LOG_LEVEL": "error"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from server.cli import main; main()",
        "work",
        *options,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def kill_both_when(url: str, systems: Path, told: int) -> list[bool]:
    """Start two, kill both when so many levels were told; whether each was killed at its work."""
    processes = [await start(url, systems, "--once", "--batch=20") for _ in range(2)]
    watcher = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(PATIENCE):
            while await watcher.fetchval("select count(*) from escalation") < told:
                if all(process.returncode is not None for process in processes):
                    break
                await asyncio.sleep(0.005)
    finally:
        await watcher.close()
    for process in processes:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
    return [await process.wait() == -signal.SIGKILL for process in processes]


async def test_two_jobs_that_are_killed_again_and_again_tell_each_level_once(database_url: str, systems: Path) -> None:
    async with open_database(database_url) as database:
        await execute(
            database.jobs,
            "insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at,"
            " regency_code, region_code, number, type, category, channel, status, received_at)"
            " select n, 'HUB', n::text, 1, $1, $1, '35.10', '35.10', n::text, 'NEED', 'FOOD', 'WALK_IN', 'RECEIVED', $1"
            " from generate_series(1, $2::bigint) n",
            RECEIVED,
            CASE_FILES,
        )
        await follow(database.jobs, range(1, CASE_FILES + 1), RECEIVED)

    for told in MOMENTS:
        assert any(await kill_both_when(database_url, systems, told))
    async with open_database(database_url) as database:
        [(left,)] = await fetch(database.jobs, "select count(*) from case_clock where next_threshold_at is not null")
        assert left > 0, "nothing was left to do after the kills, or this test shows nothing"

    last = [await start(database_url, systems, "--once") for _ in range(2)]
    ends = [await asyncio.wait_for(process.communicate(), PATIENCE) for process in last]
    assert [process.returncode for process in last] == [0, 0], ends
    async with open_database(database_url) as database:
        levels = await fetch(database.jobs, "select kind, level, count(*) from escalation group by 1, 2 order by 1, 2")
        assert levels == [
            (kind, level, CASE_FILES)
            for kind in ("FIRST_RESPONSE", "RESOLUTION")
            for level in ("MINISTRY", "PROVINCE", "REGENCY")
        ]
        lines = await fetch(
            database.jobs,
            "select count(*), count(distinct (case_file_id, event_key)), max(event_no) from case_event"
            " where field_group = 'ESCALATION'",
        )
        assert lines == [(CASE_FILES * 6, CASE_FILES * 6, 6)]


async def test_of_two_that_work_by_the_clock_one_takes_over_when_the_other_is_killed(
    database_url: str, systems: Path
) -> None:
    """The schedule in the database says when; whoever is alive does it, and stops in peace when told to."""
    processes = [await start(database_url, systems) for _ in range(2)]
    async with open_database(database_url) as database:
        schedule = "select count(*) from pgqueuer_schedules where entrypoint = 'escalation'"
        async with asyncio.timeout(PATIENCE):
            while await fetch(database.jobs, schedule) != [(1,)]:
                await asyncio.sleep(0.05)
        processes[0].send_signal(signal.SIGKILL)
        await processes[0].wait()
        await execute(database.jobs, "update pgqueuer_schedules set next_run = now(), status = 'queued'")
        async with asyncio.timeout(PATIENCE):
            while not await fetch(database.jobs, "select passed_at from escalation_pass"):
                await asyncio.sleep(0.1)
    processes[1].send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(processes[1].communicate(), PATIENCE)
    assert processes[1].returncode == 0, errors.decode()
