"""The world of two regencies: one that is only read, and a copy for each test that writes."""

from collections.abc import AsyncIterator

import pytest

from hub.store.database import Database, open_database
from tests.schema.world import Client, client_of, copy_of_world, fresh_world, world_template


@pytest.fixture(scope="session")
def world_url(server_url: str, template: str) -> str:
    return copy_of_world(server_url, template, "world_of_schema")


@pytest.fixture
async def world(world_url: str) -> AsyncIterator[Database]:
    """The world, only to be read."""
    async with open_database(world_url) as database:
        yield database


@pytest.fixture(scope="session")
def template_of_world(server_url: str, template: str) -> str:
    return world_template(server_url, template)


@pytest.fixture
async def own_world(server_url: str, template_of_world: str) -> AsyncIterator[Database]:
    """The world, for this test alone."""
    async with fresh_world(server_url, template_of_world) as database:
        yield database


@pytest.fixture
async def client(world: Database) -> AsyncIterator[Client]:
    """Asks about the world that is only read."""
    async with client_of(world) as client:
        yield client


@pytest.fixture
async def writer(own_world: Database) -> AsyncIterator[Client]:
    """Asks and writes in a world of its own."""
    async with client_of(own_world) as client:
        yield client
