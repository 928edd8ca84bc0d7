"""One world for all these tests: what they try must change nothing of the other regency."""

from collections.abc import AsyncIterator

import pytest

from hub.store.database import Database, open_database
from tests.schema.world import Calls, Client, client_of, copy_of_world


@pytest.fixture(scope="session")
def world_url(server_url: str, template: str) -> str:
    return copy_of_world(server_url, template, "world_of_access")


@pytest.fixture
async def world(world_url: str) -> AsyncIterator[Database]:
    """A copy that the tests of this folder share."""
    async with open_database(world_url) as database:
        yield database


@pytest.fixture
def calls() -> Calls:
    """Connectors that note every use."""
    return Calls()


@pytest.fixture
async def client(world: Database, calls: Calls) -> AsyncIterator[Client]:
    """Asks and writes, in the name of whomever a test names."""
    async with client_of(world, calls) as client:
        yield client
