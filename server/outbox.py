"""Delivers the outbox for as long as a process serves; several processes share the work, destination by destination."""

import asyncio

import structlog

from hub.store.database import Database
from resolvers.context import Clock
from resolvers.outbox_delivery import deliver_outbox
from server.outside import Outside

LOOK_SECONDS = 1.0
_log = structlog.get_logger(__name__)


async def keep_delivering(database: Database, outside: Outside, clock: Clock) -> None:
    """Pass after pass until cancelled; whatever keeps it from delivering, it tries again."""
    while True:
        try:
            await deliver_outbox(database.jobs, outside.connectors, clock, outside.outbox)
        except Exception as error:  # noqa: BLE001 -- the messages stay where they are
            _log.warning("outbox_not_delivered", kind=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
