"""The world of two regencies, a copy for each test."""

from collections.abc import AsyncIterator

import pytest

from hub.store.database import Database
from tests.referrals.stage import Stage
from tests.schema.world import Client, client_of, fresh_world, world_template


@pytest.fixture(scope="session")
def template_of_world(server_url: str, template: str) -> str:
    return world_template(server_url, template)


@pytest.fixture
async def own_world(server_url: str, template_of_world: str) -> AsyncIterator[Database]:
    async with fresh_world(server_url, template_of_world) as database:
        yield database


@pytest.fixture
async def stage(own_world: Database) -> Stage:
    """Districts work in the hub here, until a test gives one a system that takes part."""
    stage = Stage(own_world)
    await stage.execute(
        "update district_system set capabilities = array_remove(array_remove(capabilities, 'REFERRALS'), 'CASE_UPDATES')"
    )
    return stage


@pytest.fixture
async def client(own_world: Database) -> AsyncIterator[Client]:
    async with client_of(own_world) as client:
        yield client
