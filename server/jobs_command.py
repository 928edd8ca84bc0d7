"""`slrt-hub sync`: the job that an installation runs by hand or by a timer."""

import uvloop
from rich.console import Console
from rich.table import Table

from hub.domain.errors import SetupError
from hub.ingest.pull import SourceReport
from hub.store.village_effects import apply_services
from resolvers.outbox_delivery import deliver_outbox
from resolvers.prelist import list_prelisted
from server.clock import clock
from server.installation import open_installation
from server.outbox_command import backlog_table
from server.outside import open_outside
from server.settings import Settings, read_settings
from server.sync import pull_outside, sync_of
from server.systems import read_systems


def sync() -> None:
    """Read districts and national systems to the end of their feeds."""
    uvloop.run(sync_all(read_settings()))


async def sync_all(settings: Settings) -> None:
    """Sync every source; the first failure is raised when all others are done."""
    systems = read_systems(settings.systems)
    async with (
        open_installation(settings) as database,
        open_outside(database, systems, settings.credentials, clock) as outside,
    ):
        if not outside.connectors and not outside.unresolved:
            raise SetupError(
                "no outside systems are known: let a district join (`slrt-hub district join`), set SLRT_HUB_SYSTEMS to a "
                "TOML file that names the national ones (docs/how-to/connect-systems.md), or run `slrt-hub demo`, which "
                "brings its own"
            )
        await outside.health.check_all()
        # Told first, so that the feeds which are read then hold the answers.
        told = await deliver_outbox(database.jobs, outside.connectors, clock)
        reports = await pull_outside(sync_of(database.jobs, clock), outside)
        await list_prelisted(database.jobs, clock)
        await apply_services(database.jobs, clock())
    Console().print(_table(reports))
    if told.backlog:
        Console().print(backlog_table(told.backlog))
    for report in reports:
        if report.error is not None:
            raise report.error


def _table(reports: list[SourceReport]) -> Table:
    table = Table(title="Sync")
    for column in ("Source", "Received", "Merged", "Unchanged", "Outcomes", "Rejects", "State"):
        table.add_column(column)
    for report in reports:
        counts = (report.received, report.merged, report.unchanged, report.outcomes, sum(report.rejects.values()))
        state = "up to date" if report.error is None else report.error.message
        table.add_row(report.source_code, *(f"{count:,}" for count in counts), state)
    return table
