"""Some simulated districts, each on a socket of its own: announces them in a line of JSON, ends with its parent.

    python -m benchmarks.federation.serve CODES HOUSEHOLDS SEED

A district answers after a time that is its own: half of them within 80 ms, the slowest of 514 after about a second, as
lines to districts are, some of them by satellite.
"""

import asyncio
import gc
import sys
from contextlib import AsyncExitStack
from random import Random

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.regions import Regions
from simulators.serving import served
from simulators.simulation import Simulation
from simulators.world import make_world

_MEDIAN_SECONDS = 0.08
_SPREAD = 0.8
_LONGEST_SECONDS = 1.0
_JITTER = 0.1


class District(msgspec.Struct, frozen=True):
    """Where a district is, and what it has: (received_at, id, status) of each case file."""

    code: str
    url: str
    token: str
    seconds: float
    case_files: list[tuple[str, str, str]]
    household_id: str


class Distant:
    """An application whose answers are some time on their way."""

    def __init__(self, app: ASGIApp, seconds: float, seed: str) -> None:
        self._app = app
        self._seconds = seconds
        self._rng = Random(seed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer late."""
        await asyncio.sleep(self._seconds * self._rng.uniform(1 - _JITTER, 1 + _JITTER))
        await self._app(scope, receive, send)


def seconds_of(code: str, seed: int) -> float:
    """How long a district's answers are on their way."""
    return min(_LONGEST_SECONDS, Random(f"{seed}/{code}/distance").lognormvariate(0, _SPREAD) * _MEDIAN_SECONDS)


async def serve(codes: list[str], households: int, seed: int) -> None:
    """Serve until stdin ends."""
    simulation = Simulation(make_world(Regions.read().select(codes), households, seed))
    gc.freeze()
    async with AsyncExitStack() as stack:
        districts = []
        for code, system in simulation.world.districts.items():
            seconds = seconds_of(code, seed)
            port = await stack.enter_async_context(served(Distant(simulation.apps[code], seconds, f"{seed}/{code}")))
            rows = [(row.received_at.isoformat(), row.id, row.status) for row in system.case_files.values()]
            token = simulation.credentials.district_tokens[code]
            household_id = next(iter(system.households))
            url = f"http://127.0.0.1:{port}/graphql"
            districts.append(District(code, url, token, seconds, rows, household_id))
        sys.stdout.write(msgspec.json.encode(districts).decode() + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1].split(","), int(sys.argv[2]), int(sys.argv[3])))
