"""The migration runner against a real server."""

import asyncio

import asyncpg
import pytest

from hub.domain.errors import SetupError
from hub.store.database import Database
from hub.store.migrate import migrate, migration_files


async def test_a_second_run_applies_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    assert await migrate(connection) == []
    await connection.close()


async def test_four_migrators_at_once_apply_each_file_once(server_url: str) -> None:
    admin = await asyncpg.connect(server_url)
    await admin.execute("create database hub_race")
    url = server_url.replace("/postgres?", "/hub_race?")
    connections = [await asyncpg.connect(url) for _ in range(4)]
    applied = await asyncio.gather(*(migrate(connection) for connection in connections))
    assert sorted(name for names in applied for name in names) == list(migration_files())
    for connection in connections:
        await connection.close()
    await admin.execute("drop database hub_race")
    await admin.close()


async def test_a_database_of_a_newer_version_is_refused_by_name(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("insert into schema_migration values ('9999_future.sql', 'x')")
    with pytest.raises(SetupError, match=r"the database is newer than this slrt-hub: it has 9999_future\.sql"):
        await migrate(connection)
    await connection.close()


async def test_an_edited_migration_is_refused(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("update schema_migration set sha256 = 'other' where name = '0001_registry.sql'")
    with pytest.raises(SetupError, match=r"0001_registry\.sql was changed after it was applied"):
        await migrate(connection)
    await connection.close()


async def test_a_caller_without_access_gets_an_error_and_not_everything(database: Database) -> None:
    async with database.caller_pool.acquire() as connection:
        with pytest.raises(asyncpg.PostgresError, match=r"hub\.region_from"):
            await connection.fetch("select * from household")
