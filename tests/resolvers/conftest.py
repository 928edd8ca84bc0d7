"""The world of two regencies: one that is only read, and a copy for each test that writes."""

from collections.abc import AsyncIterator

import pytest

from hub.store.database import Database, open_database
from resolvers.context import Context
from tests.schema.world import CALLERS, context, copy_of_world, fresh_world, world_template


@pytest.fixture(scope="session")
def world_url(server_url: str, template: str) -> str:
    return copy_of_world(server_url, template, "world_of_resolvers")


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
def officer(world: Database) -> Context:
    return context(world, CALLERS["officer"])


@pytest.fixture
def analyst(world: Database) -> Context:
    return context(world, CALLERS["analyst"])
