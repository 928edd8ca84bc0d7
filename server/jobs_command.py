"""`slrt-hub sync` and `slrt-hub match`: the jobs that an installation runs by hand or by a timer."""

import typer
from rich.console import Console
from rich.table import Table

from hub.domain.errors import HubError, SetupError, SourceError
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.ingest.pull import SourceReport, Sync
from hub.store.coverage_job import refresh_coverage
from hub.store.eligibility import find_rule
from hub.store.pools import list_open_pools
from hub.store.runs import list_runs_of_status
from resolvers.allocation import create_run, execute_run, simulate_run
from resolvers.context import context_of
from resolvers.lifecycle import Desk
from resolvers.matching import evaluate_all
from server.installation import open_installation
from server.outside import open_outside
from server.serving import clock
from server.settings import Settings
from server.sync import pull_outside
from server.systems import read_systems


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
        reports = await pull_outside(Sync(database.jobs, clock), outside)
    Console().print(_table(reports))
    for report in reports:
        if report.error is not None:
            raise report.error


async def match_simulate(settings: Settings, seed: int, programme_code: str | None) -> None:
    """Evaluate everybody, then simulate a run for every open pool; they wait for approval by somebody else."""
    async with open_installation(settings) as database:
        await evaluate_all(database.jobs, clock)
        role = Role.MINISTRY_ANALYST
        principal = Principal(f"cli:{settings.operator}", role, SCOPES_OF_ROLE[role])
        ctx = context_of(database, principal, clock, {})
        if programme_code is not None:
            await find_rule(database.jobs, programme_code, clock().date())
        pools = [pool for pool in await list_open_pools(database.jobs) if programme_code in (None, pool[0])]
        if not pools:
            typer.echo("no pool has free slots: sync first, or wait for the national systems to fill one")
        for code, period in pools:
            run = await simulate_run(ctx, (await create_run(ctx, code, period, seed)).run_id)
            typer.echo(
                f"run {run.run_id}: {code} {period}, {run.candidates} candidates, {run.placed} placed; "
                "it waits for allocationRunApprove by another client"
            )


async def match_run(settings: Settings) -> None:
    """Execute what was approved and move all matches along."""
    systems = read_systems(settings.systems)
    async with (
        open_installation(settings) as database,
        open_outside(database, systems, settings.credentials, clock) as outside,
    ):
        connectors = outside.connectors
        role = Role.MINISTRY_ANALYST
        ctx = context_of(database, Principal("cli", role, SCOPES_OF_ROLE[role]), clock, connectors)
        for run in await list_runs_of_status(database.jobs, ("APPROVED", "EXECUTING")):
            done = await execute_run(ctx, run.run_id)
            typer.echo(f"run {done.run_id}: {done.placed} placed, executed")
        desk = Desk(database.jobs, clock, connectors)
        expired, refilled = await desk.expire(), await desk.refill()
        offered = await desk.offer_reserved()
        failures: list[HubError] = list((await desk.deliver()).values())
        try:
            issued, refused = await desk.issue_accepted()
            confirmed = await desk.confirm_by_roster()
            typer.echo(
                f"expired {expired}, refilled {refilled}, offered {offered}, issued {issued + confirmed}, refused {refused}"
            )
        except SourceError as error:
            failures.append(error)
        await refresh_coverage(database.jobs, clock())
    for failure in failures:
        raise failure


def _table(reports: list[SourceReport]) -> Table:
    table = Table(title="Sync")
    for column in ("Source", "Received", "Merged", "Unchanged", "Outcomes", "Rejects", "State"):
        table.add_column(column)
    for report in reports:
        counts = (report.received, report.merged, report.unchanged, report.outcomes, sum(report.rejects.values()))
        state = "up to date" if report.error is None else report.error.message
        table.add_row(report.source_code, *(f"{count:,}" for count in counts), state)
    return table
