"""What both kinds of hub side do: tell the district, read its feed, and end when all is told and read."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from connectors.district.client import load_contract
from connectors.registry import ConnectorRegistry
from connectors.settings import DistrictSettings, HttpSettings
from hub.ingest.pull import Sync
from hub.store import outbox
from hub.store.database import Database, open_database
from resolvers.outbox_delivery import deliver_outbox
from server.logs import configure_logs
from tests.conformance_district.example import TOKEN

CODE = "35.10"
HTTP = HttpSettings(
    deadline=6.0,
    read_deadline=2.0,
    attempts=2,
    wait_initial=0.01,
    wait_jitter=0.0,
    breaker_threshold=10_000,
    calls_per_second=10_000,
)
_FASTER = 30
"""The hub's clock: back-off of minutes passes in seconds."""


class Workers(Protocol):
    """The people of a hub."""

    async def do_something(self) -> None:
        """One change, drawn."""
        ...


def clock() -> datetime:
    """Never back, also over a restart."""
    seconds = time.time() - 1_790_000_000
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds * _FASTER)


def main(workers_of: Callable[[Database, int], Workers], sync_of: Callable[[Database], Sync]) -> None:
    """The process: DATABASE_URL DISTRICT_URL PHASE_FILE SEED."""
    configure_logs("error")
    _, url, district_url, phase, seed = sys.argv
    asyncio.run(_run(url, district_url, Path(phase), lambda database: workers_of(database, int(seed)), sync_of))


async def _run(
    url: str,
    district_url: str,
    phase: Path,
    workers_of: Callable[[Database], Workers],
    sync_of: Callable[[Database], Sync],
) -> None:
    settings = DistrictSettings(code=CODE, url=district_url, token=TOKEN, page_size=7)
    connector = ConnectorRegistry(contract=load_contract(), http=HTTP).build(settings)
    async with open_database(url, connections=4) as database:
        working = asyncio.create_task(_work(workers_of(database).do_something, phase))
        sync = sync_of(database)
        while True:
            is_last = working.done()
            if is_last:
                working.result()
                await outbox.retry(database.jobs, CODE, None, clock())
            told = await deliver_outbox(database.jobs, {CODE: connector}, clock)
            report = await sync.pull(connector)
            if is_last and report.error is None and not any(one.pending for one in told.backlog):
                return
            await asyncio.sleep(0.05)


async def _work(do_something: Callable[[], Awaitable[None]], phase: Path) -> None:
    while phase.read_text() == "storm":
        await do_something()
        await asyncio.sleep(0.05)
