"""A real `slrt-hub match run` that is killed with SIGKILL at drawn moments and run again ends where an undisturbed one ends."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from hub.store.database import open_database
from hub.store.pools import audit_pools
from tests.conftest import administer, on_database
from tests.lifecycle.runs import approved, prepare, rows, state_of

HOUSEHOLDS = 1_200
POOLS = {("PKH", "35.10"): 100, ("PKH", "35"): 80, ("PKH", None): 220, ("SEMBAKO", None): 200}
BATCH = 10
PATIENCE = 120.0


@pytest.fixture
def systems(tmp_path: Path) -> Path:
    """An installation without outside systems: matches are reserved and offered, and nobody is told."""
    file = tmp_path / "systems.toml"
    file.write_text("", encoding="utf-8")
    return file


async def start(url: str, systems: Path) -> asyncio.subprocess.Process:
    environment = os.environ | {"DATABASE_URL": url, "SLRT_HUB_SYSTEMS": str(systems), "SLRT_HUB_LOG_LEVEL": "error"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from server.cli import main; main()",
        "match",
        "run",
        f"--batch={BATCH}",
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def run_to_the_end(url: str, systems: Path) -> None:
    process = await start(url, systems)
    _, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, errors.decode()


async def kill_when(url: str, systems: Path, condition: str) -> bool:
    """Start, kill when the condition holds; whether it was killed at its work."""
    process = await start(url, systems)
    watcher = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                if await watcher.fetchval(condition):
                    break
                await asyncio.sleep(0.001)
    finally:
        await watcher.close()
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    return await process.wait() == -signal.SIGKILL


async def test_a_run_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    database_url: str, server_url: str, systems: Path
) -> None:
    async with open_database(database_url) as database:
        await prepare(database, HOUSEHOLDS, POOLS)
        run = await approved(database, "PKH", "SEMBAKO", one_per_unit=True)
        assert run.placed == 600
        [(name,)] = await rows(database, "select current_database()")
    twin = f"{name}_undisturbed"
    await administer(server_url, f"create database {twin} template {name}")
    undisturbed = on_database(server_url, twin)

    rng = random.Random(7)
    last = run.candidates or 0
    moments = [
        f"select executed_rank >= {rank} from allocation_run" for rank in sorted(rng.sample(range(1, last // 3), 2))
    ]
    moments.append("select status = 'EXECUTED' from allocation_run")
    killed = [await kill_when(database_url, systems, moment) for moment in moments]
    assert killed == [True] * len(moments)
    await run_to_the_end(database_url, systems)
    await run_to_the_end(undisturbed, systems)

    async with open_database(database_url) as one, open_database(undisturbed) as other:
        ours, theirs = await state_of(one), await state_of(other)
        for what, found in theirs.items():
            assert ours[what] == found, what
        assert [status for _, status, *_ in ours["run"]] == ["EXECUTED"]
        assert {status for _, _, _, status, *_ in ours["matches"]} == {"OFFERED"}
        assert len(ours["matches"]) == 600
        assert await audit_pools(one.jobs) == []
    await administer(server_url, f"drop database {twin} with (force)")
