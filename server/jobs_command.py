"""`slrt-hub sync`: the job that an installation runs by hand or by a timer."""

from rich.console import Console
from rich.table import Table

from hub.ingest.pull import SourceReport, Sync
from server.installation import open_installation
from server.serving import clock
from server.settings import Settings
from server.systems import join, open_connectors, read_systems


async def sync_all(settings: Settings) -> None:
    """Sync every source; the first failure is raised when all others are done."""
    systems = read_systems(settings.systems)
    async with open_installation(settings) as database, open_connectors(systems) as connectors:
        await join(database.jobs, systems, clock())
        reports = await Sync(database.jobs, clock).pull_all(connectors.values())
    Console().print(_table(reports))
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
