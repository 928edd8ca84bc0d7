"""Applies `migrations/NNNN_what.sql` in order: each in one transaction, all under one advisory lock, forward only."""

import hashlib
from importlib import resources

import asyncpg

from hub.domain.errors import SetupError
from hub.store.queries import query

_LOCK = 7_301_959_128_345


async def migrate(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Bring the database up to this code; the names that were applied, in order.

    A database of newer code, or one whose migrations were edited, is refused before anything is changed.
    """
    files = migration_files()
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute("set lock_timeout = '30s'")
        await connection.execute(query("migration", "create_journal").sql)
        applied = await connection.fetch(query("migration", "list_applied").sql)
        done = {row["name"]: row["sha256"] for row in applied}
        _refuse_foreign(done, files)
        fresh = [name for name in files if name not in done]
        for name in fresh:
            async with connection.transaction():
                await connection.execute(files[name])
                await connection.execute(query("migration", "note_applied").sql, name, _sha256(files[name]))
        return fresh
    finally:
        await connection.execute("reset lock_timeout")
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


def migration_files() -> dict[str, str]:
    """File name to SQL, in order."""
    folder = resources.files("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return {name: folder.joinpath(name).read_text("utf-8") for name in names}


def _refuse_foreign(done: dict[str, str], files: dict[str, str]) -> None:
    for name, sha256 in done.items():
        if name not in files:
            raise SetupError(
                f"the database is newer than this slrt-hub: it has {name}, which is not known here; "
                "install the newer slrt-hub or name another database in DATABASE_URL"
            )
        if sha256 != _sha256(files[name]):
            raise SetupError(f"{name} was changed after it was applied: restore the file from the release")
    late = [name for name in files if name not in done and done and name < max(done)]
    if late:
        raise SetupError(f"{late[0]} sorts before {max(done)}, which is already applied: renumber it")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
