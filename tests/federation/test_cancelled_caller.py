"""A caller that goes away: its calls end at the districts too, and whoever asks the same goes on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.store.database import Database
from simulators.faults import FaultKind
from simulators.server import build
from simulators.serving import served
from simulators.simulation import Simulation
from tests.federation.stage import NO_RETRIES, Stage, make, settled, systems_at, truth


class Watched:
    """Counts the requests that are being answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.open += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.open -= 1


@pytest.fixture
async def watched(replica: Database) -> AsyncIterator[tuple[Stage, Watched]]:
    simulation = Simulation(make())
    districts = Watched(build(simulation))
    async with served(districts) as port:
        url = f"http://127.0.0.1:{port}"
        yield Stage(simulation, replica, url, systems_at(url, simulation)), districts


async def test_the_calls_of_a_caller_who_left_end_at_the_districts(watched: tuple[Stage, Watched]) -> None:
    stage, districts = watched
    stage.switch_on("35.10", FaultKind.TIMEOUT)
    stage.switch_on("35.09", FaultKind.TIMEOUT)
    async with stage.hub(NO_RETRIES) as hub:
        caller = asyncio.create_task(hub.list())
        await settled(lambda: districts.open == 2)
        caller.cancel()
        await asyncio.wait([caller])
        await settled(lambda: districts.open == 0)
        assert caller.cancelled()
        assert hub.federation.gather._in_flight._flights == {}

        stage.simulation.faults.switch_off()
        assert (await hub.list()).rows == truth(stage.simulation.world)


async def test_who_asks_the_same_does_not_lose_the_answer_with_who_left(watched: tuple[Stage, Watched]) -> None:
    stage, districts = watched
    stage.switch_on("35.10", FaultKind.LATENCY, seconds=1.0)
    async with stage.hub(NO_RETRIES) as hub:
        leaving = asyncio.create_task(hub.list())
        await settled(lambda: districts.open >= 1)
        staying = asyncio.create_task(hub.list())
        await settled(lambda: hub.federation.gather.counters.joined >= 1)
        leaving.cancel()
        assert (await staying).rows == truth(stage.simulation.world)
    assert leaving.cancelled()
