"""Runs the demo: database, simulated world, the job, its report, then the hub for callers."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from uuid import uuid4

import msgspec
from rich.console import Console

from hub.domain.errors import SetupError
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.store.coverage_job import total
from hub.store.database import Database
from hub.store.findings import remember
from hub.store.pools import audit_pools
from resolvers.context import context_of
from resolvers.directory import Joining, join_district
from server.clock import clock
from server.demo.day import Day, DayReport, day_summary, day_table
from server.demo.fairness import RunReport
from server.demo.job import Job, score
from server.demo.progress import Progress
from server.demo.report import print_report, summary
from server.demo.world import SimulatedWorld, WorldSettings, simulated_world
from server.installation import open_installation
from server.listening import free_port
from server.outside import Outside, open_outside
from server.settings import Settings

_JOIN_AT_A_TIME = 4


class DemoOptions(msgspec.Struct, frozen=True):
    """What the command line asks for."""

    world: WorldSettings
    is_once: bool
    is_json: bool


class Demo:
    """One demo on one installation; what an earlier demo of the same world left is taken up."""

    def __init__(
        self, settings: Settings, options: DemoOptions, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._options = options
        self._console = Console(stderr=True, width=None if sys.stderr.isatty() else 120)
        self._progress = Progress(self._console, stopwatch)
        self._stopwatch = stopwatch
        self._begun = stopwatch()

    async def run(self) -> None:
        """The job, its report, and unless `--once` the hub until Ctrl-C."""
        if not self._options.is_once:
            free_port(self._settings).close()  # better said now than after the job
        self._console.print("slrt-hub demo: the state is in", str(self._settings.state), highlight=False)
        async with open_installation(self._settings, self._options.world.name) as database:
            self._console.print(f"Database with all regions of Indonesia: {self._elapsed():.1f} s", highlight=False)
            as_of = await self._day_of_the_world(database)
            journal = self._settings.state / f"{self._options.world.name}.journal"
            async with simulated_world(self._options.world, journal, as_of) as world:
                self._console.print(f"Simulated world is up: {self._elapsed():.1f} s", highlight=False)
                await self._work(database, world, as_of)

    async def _work(self, database: Database, world: SimulatedWorld, as_of: date) -> None:
        async with open_outside(database, world.systems, self._settings.credentials, clock) as outside:
            await self._join(database, world, outside)
            job = Job(database, outside.connectors, clock, self._progress, self._options.world.seed)
            await job.sync()
            await job.evaluate()
            await job.find_unused()
            await job.allocate()
            await job.follow()
            day = await Day(database, outside.connectors, world, self._progress, as_of).live()
            await self._report(database, world, await job.fairness(), day)
            if not self._options.is_once:
                from server.serving import serve  # all that answers callers: nothing that the job waits for

                await serve(self._settings, database, outside, self._console)

    async def _join(self, database: Database, world: SimulatedWorld, outside: Outside) -> None:
        role = Role.MINISTRY_ANALYST
        principal = Principal("demo", role, SCOPES_OF_ROLE[role])
        ctx = context_of(database, principal, clock, {}, outside.inspector)
        joining = world.districts(self._settings.credentials.folder)
        with self._progress.step("Districts join the directory", "checked") as step:
            places = asyncio.Semaphore(_JOIN_AT_A_TIME)

            async def join(district: Joining) -> None:
                async with places:
                    await join_district(ctx, district, str(uuid4()))
                step.advance(1)

            await asyncio.gather(*map(join, joining))
        await outside.refresh()

    async def _report(
        self, database: Database, world: SimulatedWorld, fairness: Sequence[RunReport], day: DayReport
    ) -> None:
        with self._progress.step("Holding the findings against the truth", None):
            found = await score(database, world)
        totals = await total(database.jobs)
        unbalanced = await audit_pools(database.jobs)
        self._console.print(day_table(day))
        print_report(self._console, totals, found, fairness, unbalanced, self._elapsed())
        if self._options.is_json:
            told = summary(totals, found, fairness, unbalanced, self._elapsed())
            line = msgspec.json.encode(told | {"day": day_summary(day)}).decode()
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    async def _day_of_the_world(self, database: Database) -> date:
        """The day on which the world was made; a database of another world is refused."""
        name = await remember(database.jobs, "demo", self._options.world.name)
        if name != self._options.world.name:
            raise SetupError(
                f"this database holds the demo world {name}: name another one in DATABASE_URL, "
                "or unset it to give every world a database of its own"
            )
        return date.fromisoformat(await remember(database.jobs, "demo_day", clock().date().isoformat()))

    def _elapsed(self) -> float:
        return self._stopwatch() - self._begun
