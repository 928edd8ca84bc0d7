"""Open case files whose clocks run, made once and kept in the cache; each measurement works on a copy."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib import resources
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from benchmarks.graphql.dataset import cache_folder
from hub.store.embedded import embedded_server
from hub.store.migrate import migration_files
from hub.store.provision import ensure_database, provision

_DATABASE, _COPY = "benchmark", "benchmark_copy"


@asynccontextmanager
async def open_copy(case_files: int) -> AsyncIterator[str]:
    """The URL of a database with so many open case files, for this run alone."""
    state = cache_folder() / f"escalation-{case_files}-{_fingerprint()}"
    with embedded_server(state) as server:
        url = await ensure_database(server, _DATABASE)
        await provision(url)
        await build(url, case_files)
        await _run(server, f'drop database if exists "{_COPY}" with (force)')
        await _run(server, f'create database "{_COPY}" template "{_DATABASE}"')
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{_COPY}"))
        finally:
            await _run(server, f'drop database "{_COPY}" with (force)')


async def build(url: str, case_files: int) -> None:
    """Fill a migrated database, in one transaction; nothing is done when that was done before."""
    connection = await asyncpg.connect(url, command_timeout=3_600)
    try:
        if await connection.fetchval(_text("is_built.sql")):
            return
        sys.stderr.write(f"making {case_files:,} case files, once (some minutes for a million)\n")
        async with connection.transaction():
            await connection.execute("select set_config('benchmark.case_files', $1, true)", str(case_files))
            await connection.execute(_text("dataset.sql"))
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def _run(server_url: str, statement: str) -> None:
    admin = await asyncpg.connect(server_url, command_timeout=3_600)
    try:
        await admin.execute(statement)
    finally:
        await admin.close()


def _text(name: str) -> str:
    return resources.files("benchmarks.escalation").joinpath(name).read_text("utf-8")


def _fingerprint() -> str:
    """Changes with the schema and with the script: another folder, made anew."""
    text = "".join(migration_files().values()) + _text("dataset.sql")
    return sha256(text.encode()).hexdigest()[:12]
