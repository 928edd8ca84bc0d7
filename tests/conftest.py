"""A real PostgreSQL for all tests: migrated once into a template, one copy of it for each test that asks."""

import asyncio
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from hub.store.database import Database, open_database
from hub.store.embedded import embedded_server
from hub.store.provision import provision

_numbers = itertools.count(1)
_MEMORY = Path("/dev/shm")  # noqa: S108 -- what lies there is in a folder of its own
_MEMORY_NEEDED = 2 << 30  # bytes for each process that runs tests; its server takes a fifth of them


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server of this test run alone, in memory where there is enough: databases are copied ten times as fast."""
    with tempfile.TemporaryDirectory(prefix="hubtest", dir=_quick_folder(), ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        state = Path(folder) / "state"
        with embedded_server(state) as url:
            asyncio.run(_promise_less(url))
            yield url
        deadline = time.monotonic() + 30
        while (state / "pg" / "postmaster.pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)  # its watcher stops it, then the folder may go


def _quick_folder() -> Path | None:
    is_usable = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_NEEDED * (os.cpu_count() or 1)
    return _MEMORY if is_usable else None


async def _promise_less(url: str) -> None:
    """Tests kill processes, never the machine: nothing has to reach the disk, and databases come and go faster."""
    await administer(url, "alter system set fsync = off")
    await administer(url, "alter system set max_wal_size = '256MB'")
    await administer(url, "select pg_reload_conf()")


def on_database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    async def build() -> None:
        admin = await asyncpg.connect(server_url)
        await admin.execute("create database hub_template")
        await admin.close()
        await provision(on_database(server_url, "hub_template"))

    asyncio.run(build())
    return "hub_template"


@pytest.fixture
async def database_url(server_url: str, template: str) -> AsyncIterator[str]:
    """A database of this test alone: migrated, with regions and programmes, without people."""
    name = f"hub_{next(_numbers)}"
    await administer(server_url, f"create database {name} template {template} strategy file_copy")
    yield on_database(server_url, name)
    await administer(server_url, f"drop database {name} with (force)")


async def administer(server_url: str, statement: str) -> None:
    """On a connection of its own: a test may have crashed the server meanwhile."""
    admin = await asyncpg.connect(server_url)
    await admin.execute(statement)
    await admin.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Both ways into the database of this test."""
    async with open_database(database_url) as opened:
        yield opened
