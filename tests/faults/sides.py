"""Both sides of the fault tests: the process of a hub and that of a district, the line between them, and what they write to.

Real processes, a real PostgreSQL on one side and a file of SQLite on the other, sockets between them; kill is SIGKILL.
"""

import asyncio
import random
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.store.database import open_database
from simulators.serving import served
from tests.districts import join_districts
from tests.faults.proxy import Line, open_line

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALL = ("lost", "answer lost", "late", "twice", "old again")
PATIENCE = 240.0


@dataclass(frozen=True)
class Modules:
    """What the two processes run, and the kind of record that tells how far the district has come."""

    hub: str
    district: str
    counted: str


@dataclass
class Sides:
    """Both processes, the line between them, and what they write to."""

    url: str
    folder: Path
    line: Line
    district_port: int
    rng: random.Random
    modules: Modules
    naive: tuple[str, ...] = ()
    hub: asyncio.subprocess.Process | None = None
    district: asyncio.subprocess.Process | None = None
    killed: Counter[str] = field(default_factory=Counter)

    @property
    def phase(self) -> Path:
        return self.folder / "phase"

    async def start_hub(self) -> None:
        at = f"http://127.0.0.1:{self.line.port}/graphql"
        self.hub = await _module(self.modules.hub, self.url, at, self.phase, self.rng.randrange(10**6))

    async def start_district(self) -> None:
        arguments = (self.district_port, self.folder / "district.sqlite", self.phase, self.rng.randrange(10**6))
        self.district = await _module(self.modules.district, *arguments, *self.naive)

    async def kill(self, name: str) -> None:
        process = getattr(self, name)
        assert process.returncode is None, f"{name} ended by itself"
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.killed[name] += 1
        await getattr(self, f"start_{name}")()

    async def counted(self) -> int:
        """How many of its records the district has made so far."""
        path = self.folder / "district.sqlite"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(path, timeout=10)) as db:
            try:
                return int(
                    db.execute("select count(*) from record where kind = ?", (self.modules.counted,)).fetchone()[0]
                )
            except sqlite3.OperationalError:
                return 0

    async def reach(self, count: int) -> None:
        """Wait until the district has made so many of its records."""
        while await self.counted() < count:
            await asyncio.sleep(0.1)

    async def storm(self, steps: int, pace: int) -> None:
        """Kill one side after the other while both change what they meet, and cut the line for a while."""
        for step in range(1, steps + 1):
            await self.reach(step * pace)
            await self.kill(self.rng.choice(("hub", "district")) if step > 2 else ("hub", "district")[step - 1])
            if step == steps // 2 + 1:
                self.line.is_cut = True
                await asyncio.sleep(2)
                self.line.is_cut = False

    async def drain(self) -> None:
        """No more changes, a good line: the hub ends by itself when all is told and read."""
        self.phase.write_text("drain")
        await self.line.settle()
        assert self.hub is not None
        await asyncio.wait_for(self.hub.wait(), PATIENCE)
        assert self.hub.returncode == 0


async def _module(name: str, *arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", name, *map(str, arguments))


@asynccontextmanager
async def both_sides(
    url: str, folder: Path, seed: int, faults: tuple[str, ...], modules: Modules, *naive: str
) -> AsyncIterator[Sides]:
    """Both processes at work, in the phase `storm`, until the block ends; 35.10 is the district."""
    async with served(_nobody) as port:
        pass  # a port that was free a moment ago
    async with open_database(url, connections=1) as database:
        await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    async with open_line(port, seed, 0.4, faults) as line:
        sides = Sides(url, folder, line, port, random.Random(seed), modules, naive)
        sides.phase.write_text("storm")
        await sides.start_district()
        await sides.start_hub()
        try:
            yield sides
        finally:
            for process in (sides.hub, sides.district):
                if process is not None and process.returncode is None:
                    process.kill()
                    await process.wait()


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    return
