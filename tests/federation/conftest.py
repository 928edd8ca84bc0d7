"""A replica that is read once for all tests of this folder, and a fresh world of districts for each."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from hub.store.database import Database, open_database
from simulators.server import running
from simulators.simulation import Simulation
from simulators.world import World
from tests.federation.stage import Stage, make, read_feeds, systems_at


@pytest.fixture(scope="session")
def replica_url(server_url: str, template: str) -> str:
    url = server_url.replace("/postgres?", "/replica_of_districts?")

    async def build() -> None:
        admin = await asyncpg.connect(server_url)
        await admin.execute(f"create database replica_of_districts template {template}")
        await admin.close()
        async with open_database(url) as database:
            await read_feeds(database)

    asyncio.run(build())
    return url


@pytest.fixture
async def replica(replica_url: str) -> AsyncIterator[Database]:
    """The replica; tests only read it."""
    async with open_database(replica_url) as database:
        yield database


@pytest.fixture
def old() -> World:
    """The districts as the replica read them."""
    return make()


@pytest.fixture
async def stage(replica: Database) -> AsyncIterator[Stage]:
    """Three districts, each with a case file that the replica does not know."""
    simulation = Simulation(make())
    async with running(simulation) as url:
        stage = Stage(simulation, replica, url, systems_at(url, simulation))
        for code in stage.simulation.world.districts:
            stage.open_case(code)
        yield stage
