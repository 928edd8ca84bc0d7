"""Makes a database ready: created where the server is ours, migrated, filled with what is shipped."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg

from hub.store.database import open_database, unreachable
from hub.store.migrate import migrate
from hub.store.reference_loader import load_reference


async def ensure_database(server_url: str, name: str) -> str:
    """The URL of the database `name` of a server, made when it is missing."""
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f'create database "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # somebody else made it, now or long ago
    finally:
        await admin.close()
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def provision(url: str) -> list[str]:
    """Migrate and load what is shipped; returns the migrations that were applied. SetupError when nobody answers."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise unreachable(url, error) from error
    try:
        applied = await migrate(connection)
    finally:
        await connection.close()
    async with open_database(url, connections=1) as database:
        await load_reference(database.jobs)
    return applied
