"""An installation at work: its database, embedded or named by DATABASE_URL, made ready."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.domain.errors import SetupError
from hub.store.database import Database, open_database
from hub.store.embedded import embedded_server
from hub.store.provision import ensure_database, provision
from server.settings import Settings

DATABASE = "slrt_hub"


@asynccontextmanager
async def open_installation(settings: Settings, name: str = DATABASE) -> AsyncIterator[Database]:
    """The database of this installation, ready to use; `name` is that of the embedded server's database."""
    async with database_url(settings, name) as url:
        await provision(url)
        async with open_database(url, connections=settings.connections) as database:
            yield database


@asynccontextmanager
async def database_url(settings: Settings, name: str = DATABASE) -> AsyncIterator[str]:
    """The URL of the database; the embedded server runs for as long as the block does."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    server = embedded_server(settings.state / "postgres", settings.postgres_binaries)
    try:
        # on a thread: it may have to wait for a server that is stopping
        server_url = await asyncio.to_thread(server.__enter__)
    except OSError as error:
        raise SetupError(
            f"the state folder {settings.state} cannot be used: {error}; set SLRT_HUB_STATE to a folder of yours"
        ) from error
    try:
        yield await ensure_database(server_url, name)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)
