"""`slrt-hub work`: does what is due by the clock, until told to stop."""

import asyncio
import signal
from typing import Annotated

import structlog
import typer
import uvloop

from hub.store.database import Database
from hub.store.schedule import run_scheduled
from resolvers.escalation import BATCH, escalate_due
from server.clock import clock
from server.installation import open_installation
from server.settings import read_settings

_EVERY_MINUTE = "* * * * *"
_log = structlog.get_logger()


def work_command(
    once: Annotated[bool, typer.Option("--once", help="One pass now, then end")] = False,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Clocks in one transaction")] = BATCH,
) -> None:
    """Let case files rise whose clocks passed a threshold: every minute until Ctrl-C."""
    uvloop.run(_work(batch, is_once=once))


async def _work(batch: int, *, is_once: bool) -> None:
    async with open_installation(read_settings()) as database:
        if is_once:
            typer.echo(f"escalated: {await _escalate(database, batch)}")
            return
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)

        async def escalate() -> None:
            await _escalate(database, batch)

        await run_scheduled(database.url, "escalation", _EVERY_MINUTE, escalate, stop)


async def _escalate(database: Database, batch: int) -> int:
    began = clock()
    told = await escalate_due(database.jobs, clock, batch)
    seconds = round((clock() - began).total_seconds(), 3)
    await _log.ainfo("escalation", escalated=told, seconds=seconds)
    return told
