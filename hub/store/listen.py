"""Hears what other processes tell through the database (LISTEN), on a connection of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_CONNECT_SECONDS = 10.0


@asynccontextmanager
async def listening(url: str, channel: str) -> AsyncIterator[asyncio.Event]:
    """Set whenever something was told, and when the connection is lost; whoever waits clears it."""
    told = asyncio.Event()
    connection = await asyncpg.connect(
        url, timeout=_CONNECT_SECONDS, server_settings={"application_name": "slrt-hub listener"}
    )
    try:
        connection.add_termination_listener(lambda _connection: told.set())
        await connection.add_listener(channel, lambda *_: told.set())
        yield told
    finally:
        connection.terminate()


async def heard(told: asyncio.Event, seconds: float) -> bool:
    """Whether something is told within so many seconds.

    A cancellation always gets through: asyncio.wait_for of Python 3.11 loses one that comes together with what it waits for.
    """
    try:
        async with asyncio.timeout(seconds):
            return await told.wait()
    except TimeoutError:
        return False
