"""A world as servers: its applications, their credentials, and the switches of their faults."""

import time
from collections.abc import Callable
from functools import partial
from random import Random

import msgspec
from starlette.types import ASGIApp

from simulators.district_app import district_app
from simulators.district_fast import ListWriter
from simulators.faults import Faults, FaultyApp
from simulators.journal import Journal
from simulators.kis_app import Tokens, kis_app
from simulators.pkh_app import pkh_app
from simulators.world import World


class Credentials(msgspec.Struct, frozen=True):
    """What a client needs. Drawn by seed: these systems hold nobody's data."""

    kis_client_id: str
    kis_client_secret: str
    pkh_api_key: str
    district_tokens: dict[str, str]


class Simulation:
    """The applications of one world, by system code: `KIS`, `PKH`, and one for each regency code."""

    def __init__(
        self, world: World, clock: Callable[[], float] = time.monotonic, journal: Journal | None = None
    ) -> None:
        """`clock` counts seconds and only has to grow; tokens expire by it.

        With a journal the fresh `world` goes on where the simulation that wrote it stopped. The caller closes it.
        """
        self.world = world
        if journal is not None:
            journal.resume(world)
        self.faults = Faults()
        self.credentials = _credentials(world)
        self.tokens = Tokens(self.credentials.kis_client_id, self.credentials.kis_client_secret, clock)
        self.apps: dict[str, ASGIApp] = {
            "KIS": self._faulty(kis_app(world.kis, self.tokens), "KIS"),
            "PKH": self._faulty(pkh_app(world.pkh, self.credentials.pkh_api_key), "PKH"),
        }
        writer = ListWriter()
        for code, district in world.districts.items():
            app = district_app(district, partial(self.credentials.district_tokens.__getitem__, code), writer)
            self.apps[code] = self._faulty(app, code)

    def _faulty(self, app: ASGIApp, system: str) -> ASGIApp:
        return FaultyApp(app, system, self.faults)

    def expire_cursors(self, system: str) -> None:
        """Make a system forget the cursors that it gave."""
        self.world.expire_cursors(system)


def _credentials(world: World) -> Credentials:
    rng = Random(f"{world.settings.seed}/credentials")

    def secret() -> str:
        return f"{rng.getrandbits(128):032x}"

    return Credentials("slrt-hub", secret(), secret(), {code: secret() for code in world.districts})
