"""`slrt-hub migrate`."""

import typer
import uvloop

from hub.store.provision import provision
from server.installation import database_url
from server.settings import read_settings


def migrate() -> None:
    """Bring the database up to this version and load what is shipped."""

    async def work() -> None:
        async with database_url(read_settings()) as url:
            applied = await provision(url)
        typer.echo(f"applied: {', '.join(applied) or 'nothing, the database is up to date'}")

    uvloop.run(work())
