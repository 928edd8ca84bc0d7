"""`slrt-hub match`: simulate, run, roll back, explain."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from hub.domain.errors import HubError, SourceError
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.matching.allocation.problem import Policy
from hub.store.coverage_job import refresh_coverage
from hub.store.database import Database
from hub.store.eligibility import find_rule
from hub.store.evaluation import sum_changes
from hub.store.pools import list_open_pools
from hub.store.run_report import list_results
from hub.store.runs import Run, list_runs_of_status
from resolvers.allocation import EXECUTION_BATCH, Asked, create_run, execute_run, roll_back_run, simulate_run
from resolvers.context import Context, context_of
from resolvers.explaining import explain
from resolvers.findings import find_unused
from resolvers.lifecycle import Desk
from resolvers.matching import evaluate_all
from resolvers.referral_matches import answer_by_matches
from resolvers.runs import fairness_of
from server.clock import clock
from server.demo.progress import Progress
from server.installation import open_installation
from server.outside import open_outside
from server.parquet import write_results
from server.run_tables import explanation, fairness_table
from server.settings import read_settings
from server.systems import read_systems

match = typer.Typer(help="Find who is eligible and not served, and assign what is unused.", no_args_is_help=True)

ParquetFile = Annotated[Path | None, typer.Option("--parquet", help="Also write everybody's result to this file")]


@match.command("simulate")
def simulate(
    seed: Annotated[int, typer.Option(help="Decides ties; published with the run")] = 7,
    programme: Annotated[
        list[str] | None, typer.Option(help="Only this programme; named again: several in one run, the preferred first")
    ] = None,
    policy: Annotated[
        Policy, typer.Option(help="In which order candidates draw on the pools")
    ] = Policy.STRICT_PRIORITY,
    one_per_unit: Annotated[
        bool, typer.Option("--one-per-unit", help="A household or person gets at most one programme of the run")
    ] = False,
    parquet: ParquetFile = None,
) -> None:
    """Link, judge everybody, and simulate an allocation run for every pool with free slots."""

    async def work() -> None:
        async with _at_work() as (database, ctx):
            await evaluate_all(database.jobs, clock)
            made = []
            for codes, period in await _open(database, tuple(programme or ())):
                asked = Asked(codes, period, seed, policy, one_per_unit)
                made.append(await simulate_run(ctx, (await create_run(ctx, asked)).run_id))
                typer.echo(
                    f"run {made[-1].run_id}: {made[-1].title}, {made[-1].candidates} candidates, {made[-1].placed} placed; "
                    "it waits for allocationRunApprove by another client"
                )
            if not made:
                typer.echo("no pool has free slots: sync first, or wait for the national systems to fill one")
            await _report(ctx, made, parquet)

    uvloop.run(work())


@match.command("evaluate")
def evaluate() -> None:
    """Link, judge everybody anew, and tell which verdicts changed and because of what; the report is kept."""

    async def work() -> None:
        async with _at_work() as (database, ctx):
            evaluation_id = await evaluate_all(database.jobs, clock, ctx.principal.client_id)
            changes = await sum_changes(database.jobs, evaluation_id)
        table = Table(title=f"Evaluation {evaluation_id}: verdicts that changed")
        for column in ("Programme", "From", "To", "Units"):
            table.add_column(column)
        for programme_code, before, after, units in changes:
            table.add_row(programme_code, before, after, f"{units:,}")
        Console().print(table if changes else f"evaluation {evaluation_id}: no verdict changed")

    uvloop.run(work())


@match.command("run")
def run(
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="Reservations in one transaction")] = EXECUTION_BATCH,
    parquet: ParquetFile = None,
) -> None:
    """Execute the approved runs, then offer, deliver, issue, expire and refill."""

    async def work() -> None:
        settings = read_settings()
        progress = Progress(Console(stderr=True), time.monotonic)
        async with (
            _at_work() as (database, ctx),
            open_outside(database, read_systems(settings.systems), settings.credentials, clock) as outside,
        ):
            done = []
            for found in await list_runs_of_status(database.jobs, ("APPROVED", "EXECUTING")):
                with progress.step(f"Executing run {found.run_id}, {found.title}", "reserved") as step:
                    done.append(await execute_run(ctx, found.run_id, step.advance, batch))
                typer.echo(f"run {done[-1].run_id}: {done[-1].placed} placed, executed")
            await _report(ctx, done, parquet)
            failures = await _follow(Desk(database.jobs, clock, outside.connectors))
            await answer_by_matches(database.jobs, clock)
            await refresh_coverage(database.jobs, clock())
        for failure in failures:
            raise failure

    uvloop.run(work())


@match.command("rollback")
def rollback(
    run_id: Annotated[int, typer.Argument(help="Number of the run")],
    keep_issued: Annotated[
        bool, typer.Option("--keep-issued", help="Leave what a national system issued, and roll the rest back")
    ] = False,
) -> None:
    """Take back all that a run gave and no national system issued yet; every slot goes back to its pool."""

    async def work() -> None:
        progress = Progress(Console(stderr=True), time.monotonic)
        async with _at_work() as (database, ctx):
            with progress.step(f"Rolling back run {run_id}", "released") as step:
                done = await roll_back_run(ctx, run_id, keep_issued=keep_issued, progress=step.advance)
            await refresh_coverage(database.jobs, clock())
        typer.echo(f"run {run_id}: {done.released} matches released, {done.issued} issued ones stay")
        for match_id in done.issued_match_ids:
            typer.echo(f"issued and kept: match {match_id}")

    uvloop.run(work())


@match.command("explain")
def explain_command(
    name: Annotated[str, typer.Argument(help="The id of a household or match, or a match's reference")],
) -> None:
    """Say where a household stood in the last runs, what came before it, and what decided."""

    async def work() -> None:
        async with _at_work() as (_, ctx):
            for line in explanation(await explain(ctx, name)):
                typer.echo(line)

    uvloop.run(work())


@match.command("find-unused")
def find_unused_command() -> None:
    """Find what lies unused on rosters, and what village letters and cases announce."""

    async def work() -> None:
        async with _at_work() as (database, _):
            await evaluate_all(database.jobs, clock)
            counts = await find_unused(database.jobs, clock)
        table = Table(title="Findings")
        for column in ("Kind", "Found", "New"):
            table.add_column(column, justify="left" if column == "Kind" else "right")
        for kind, (found, new) in counts.items():
            table.add_row(kind, f"{found:,}", f"{new:,}")
        Console().print(table)

    uvloop.run(work())


@asynccontextmanager
async def _at_work() -> AsyncIterator[tuple[Database, Context]]:
    settings = read_settings()
    role = Role.MINISTRY_ANALYST
    principal = Principal(f"cli:{settings.operator}", role, SCOPES_OF_ROLE[role])
    async with open_installation(settings) as database:
        yield database, context_of(database, principal, clock, {})


async def _open(database: Database, programmes: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """Programmes and period of each run: those that are named together, or each that has something left."""
    for code in programmes:
        await find_rule(database.jobs, code, clock().date())
    found = await list_open_pools(database.jobs)
    if not programmes:
        return [((code,), period) for code, period in found]
    periods = dict.fromkeys(period for code, period in found if code in programmes)
    return [(programmes, period) for period in periods]


async def _report(ctx: Context, runs: Sequence[Run], parquet: Path | None) -> None:
    run_ids = [run.run_id for run in runs]
    for run, rows in zip(runs, await fairness_of(ctx, run_ids), strict=True):
        Console().print(fairness_table(f"Run {run.run_id}: {run.title}", rows))
    if parquet is not None:
        count = await write_results(parquet, list_results(ctx.jobs, run_ids))
        typer.echo(f"{count} results written to {parquet}")


async def _follow(desk: Desk) -> list[HubError]:
    """Move all matches along; returns what failed, when all else is done."""
    expired, needed = await desk.expire(), await desk.propose_for_needs()
    refilled = await desk.refill()
    offered = await desk.offer_reserved()
    failures: list[HubError] = list((await desk.deliver()).values())
    try:
        issued, refused = await desk.issue_accepted()
        confirmed = await desk.confirm_by_roster()
        typer.echo(
            f"expired {expired}, proposed for needs {needed}, refilled {refilled}, offered {offered}, "
            f"issued {issued + confirmed}, refused {refused}"
        )
    except SourceError as error:
        failures.append(error)
    return failures
