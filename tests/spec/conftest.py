"""A database whose rule tables are taken back."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from hub.store.database import Session, Transaction, open_database


@pytest.fixture(scope="session")
def shared_url(server_url: str, template: str) -> Iterator[str]:
    """One migrated database for all tests of this folder."""

    async def run(statement: str) -> None:
        admin = await asyncpg.connect(server_url)
        await admin.execute(statement)
        await admin.close()

    asyncio.run(run(f"create database hub_spec template {template}"))
    yield server_url.replace("/postgres?", "/hub_spec?")
    asyncio.run(run("drop database hub_spec with (force)"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(shared_url: str) -> AsyncIterator[Session]:
    """A session in a transaction that is rolled back after the module."""
    async with open_database(shared_url, connections=1) as database, database.jobs.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield Transaction(connection)
        finally:
            await transaction.rollback()
