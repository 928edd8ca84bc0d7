"""Runs work by the clock, in one process of all that offer to: pgqueuer keeps in the database when it is next due."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from pgqueuer import AsyncpgDriver, Queries, SchedulerManager
from pgqueuer.domain.models import Schedule

_CONNECT_SECONDS = 10.0


async def run_scheduled(
    url: str, name: str, expression: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Do `work` whenever the cron expression says, until `stop` is set.

    One process at a time does it. One that dies in its work is relieved after half a minute; missed times are not made up
    for, and work that fails is logged and due again at its next time: what it left, the next one takes.
    """
    connection = await asyncpg.connect(
        url, timeout=_CONNECT_SECONDS, server_settings={"application_name": "slrt-hub schedule"}
    )
    try:
        manager = SchedulerManager(Queries(AsyncpgDriver(connection)))
        manager.shutdown = stop

        @manager.schedule(name, expression)
        async def _due(_: Schedule) -> None:
            await work()

        await manager.run()
    finally:
        await connection.close()
