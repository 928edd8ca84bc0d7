"""The world of two regencies: one that is only read, and a copy for each test that writes."""

import itertools
from collections.abc import AsyncIterator

import asyncpg
import pytest

from hub.store.database import Database, open_database
from tests.schema.world import Client, client_of, world_template

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def template_of_world(server_url: str, template: str) -> str:
    return world_template(server_url, template)


@pytest.fixture
async def own_world(server_url: str, template_of_world: str) -> AsyncIterator[Database]:
    """The world, for this test alone."""
    name = f"world_schema_{next(_numbers)}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"create database {name} template {template_of_world}")
    async with open_database(server_url.replace("/postgres?", f"/{name}?")) as database:
        yield database
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
async def world(server_url: str, template_of_world: str) -> AsyncIterator[Database]:
    """The world, only to be read."""
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"create database world_read template {template_of_world}")
    except asyncpg.DuplicateDatabaseError:
        pass
    finally:
        await admin.close()
    async with open_database(server_url.replace("/postgres?", "/world_read?")) as database:
        yield database


@pytest.fixture
async def client(world: Database) -> AsyncIterator[Client]:
    async with client_of(world) as client:
        yield client
