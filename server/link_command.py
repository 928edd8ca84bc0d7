"""`slrt-hub link`: who is who, as a job that an installation runs by hand or by a timer."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from hub.store.coverage_job import total
from hub.store.link_file import write_links
from resolvers.linking import link_all
from server.clock import clock
from server.installation import open_installation
from server.settings import Settings, read_settings


def link(
    parquet: Annotated[
        Path | None, typer.Option(help="Write all links to this Parquet file, without personal data")
    ] = None,
) -> None:
    """Link the national rosters to the registry: by number, then by weight; what is doubtful waits for a person."""
    uvloop.run(link_all_rosters(read_settings(), parquet))


async def link_all_rosters(settings: Settings, parquet: Path | None) -> None:
    """Link all rosters, with a line for every page of work on stderr; then the file, if one is asked for."""
    done: Counter[str] = Counter()

    def show(step: str, count: int) -> None:
        done[step] += count
        typer.echo(f"{step}: {done[step]:,}", err=True)

    async with open_installation(settings) as database:
        await link_all(database.jobs, clock, show)
        totals = await total(database.jobs)
        typer.echo(
            ", ".join(f"{method} {count:,}" for method, count in totals.links.items()) or "no roster line is linked"
        )
        typer.echo(f"waiting for a person: {totals.reviews:,}")
        if parquet is not None:
            typer.echo(f"{await write_links(database.jobs, parquet):,} links written to {parquet}")
