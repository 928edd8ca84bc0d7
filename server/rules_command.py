"""`slrt-hub rules`: a rule set from its first draft to the day on which it counts, and what it would change."""

import difflib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from hub.domain.errors import Invalid, NotFound
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.rule_sets import RuleStatus
from hub.store import simulation as simulations
from hub.store.eligibility import find_rule
from hub.store.rule_sets import RuleSet
from resolvers import rule_sets, simulation
from resolvers.context import Context, context_of
from resolvers.paging import FIRST_MAX
from resolvers.rule_sets import RuleDraft, RuleStep
from server.clock import clock
from server.installation import open_installation
from server.rules_report import print_impact, report_console, rule_table, write_parquet
from server.settings import read_settings

rules = typer.Typer(
    help="Rules of programmes: draft, validate, simulate, approve, publish, retire.", no_args_is_help=True
)

ProgrammeArgument = Annotated[str, typer.Argument(help="Code of the programme, such as SEMBAKO")]
Version = Annotated[int, typer.Argument(help="Number of the version, from `slrt-hub rules list`")]
Reason = Annotated[str, typer.Option(help="Why, for the history")]
_DAY = "%Y-%m-%d"


@rules.command("list")
def list_all(
    programme: Annotated[str | None, typer.Option(help="Only this programme")] = None,
    status: Annotated[str | None, typer.Option(help="Only this status, such as DRAFT or PUBLISHED")] = None,
) -> None:
    """All versions: by programme, the newest first."""

    async def work(ctx: Context) -> None:
        if status is not None and status not in RuleStatus.__members__:
            raise Invalid(f"there is no status {status!r}: the states are {', '.join(RuleStatus)}")
        found: list[RuleSet] = []
        after: str | None = None
        while True:
            page = await rule_sets.list_rule_sets(ctx, programme, status, FIRST_MAX, after)
            found += page.nodes
            if not page.page_info.has_next_page:
                break
            after = page.page_info.end_cursor
        report_console().print(rule_table(found))

    _run(work)


@rules.command("show")
def show(programme: ProgrammeArgument, version: Version) -> None:
    """A version with its history and its document."""

    async def work(ctx: Context) -> None:
        found = await _get(ctx, programme, version)
        typer.echo(f"{found.code}  {found.status}  revision {found.revision}  {_span(found)}")
        for move in (await rule_sets.history_of(ctx, [found.key]))[0]:
            before = f"{move.from_status} -> " if move.from_status else ""
            typer.echo(f"  {move.moved_at:%Y-%m-%d %H:%M}  {before}{move.to_status}  {move.actor}: {move.reason}")
        typer.echo(found.document)

    _run(work)


@rules.command("draft")
def draft(
    file: Annotated[Path, typer.Argument(help='JSON: a rule, or {"rule": {...}, "examples": [...]}')],
    programme: Annotated[str, typer.Option(help="Code of the programme")],
    reason: Reason,
    version: Annotated[int | None, typer.Option(help="Change this version instead of beginning a new one")] = None,
) -> None:
    """Write a rule from a file: a new version, or another document of one that is not published."""

    async def work(ctx: Context) -> None:
        found = await rule_sets.draft_rule(ctx, RuleDraft(programme, version, _read(file), reason), _key())
        typer.echo(f"{found.code} is {found.status}, revision {found.revision}")

    _run(work)


@rules.command("validate")
def validate(programme: ProgrammeArgument, version: Version, reason: Reason = "checked") -> None:
    """Check a draft: form, fields, amounts, and that it gets its examples right."""

    async def work(ctx: Context) -> None:
        found = await rule_sets.validate_rule(ctx, RuleStep(programme, version, reason), _key())
        typer.echo(f"{found.code} is {found.status}")

    _run(work)


@rules.command("simulate")
def simulate(
    programme: ProgrammeArgument,
    version: Version,
    reason: Reason = "simulated",
    region: Annotated[str | None, typer.Option(help="Print the report of this province or regency")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write the whole report to this file too")] = None,
) -> None:
    """Find what a validated version would change. Can be killed; run again on the same day, it goes on."""

    async def work(ctx: Context) -> None:
        begun = await simulation.start_simulation(ctx, RuleStep(programme, version, reason), _key())
        with _bar(f"Simulating {programme}/{version}", begun.regencies) as advance:
            done = await simulation.continue_simulation(ctx, begun.simulation_id, advance)
        print_impact(report_console(), await simulation.find_impact(ctx, programme, version, region))
        if parquet is not None:
            write_parquet(parquet, done, await simulations.list_all_effects(ctx.session, done.simulation_id))
            typer.echo(f"wrote {parquet}")
        typer.echo(f"simulation {done.simulation_id}: {done.units} units, input {done.input_digest}")

    _run(work)


@rules.command("approve")
def approve(programme: ProgrammeArgument, version: Version, reason: Reason) -> None:
    """Approve a simulated version that others wrote."""

    async def work(ctx: Context) -> None:
        found = await rule_sets.approve_rule(ctx, RuleStep(programme, version, reason), _key())
        typer.echo(f"{found.code} is {found.status} by {found.approved_by}")

    _run(work)


@rules.command("publish")
def publish(
    programme: ProgrammeArgument,
    version: Version,
    reason: Reason,
    effective_from: Annotated[datetime, typer.Option("--from", formats=[_DAY], help="First day on which it counts")],
) -> None:
    """Let an approved version count from a day on, which has not passed."""

    async def work(ctx: Context) -> None:
        step = RuleStep(programme, version, reason)
        found = await rule_sets.publish_rule(ctx, step, effective_from.date(), _key())
        typer.echo(f"{found.code} is {found.status}, {_span(found)}")

    _run(work)


@rules.command("retire")
def retire(
    programme: ProgrammeArgument,
    version: Version,
    reason: Reason,
    effective_to: Annotated[
        datetime | None, typer.Option("--to", formats=[_DAY], help="First day without it; default: today")
    ] = None,
) -> None:
    """Give up a version, withdraw it before its day has come, or let it end."""

    async def work(ctx: Context) -> None:
        day: date | None = None if effective_to is None else effective_to.date()
        found = await rule_sets.retire_rule(ctx, RuleStep(programme, version, reason), day, _key())
        typer.echo(f"{found.code} is {found.status}, {_span(found)}")

    _run(work)


@rules.command("diff")
def diff(
    programme: ProgrammeArgument,
    version: Version,
    other: Annotated[int | None, typer.Option(help="The version to compare with; default: the one in force")] = None,
) -> None:
    """What differs between the documents of two versions."""

    async def work(ctx: Context) -> None:
        against = other or (await find_rule(ctx.session, programme, ctx.clock().date())).version
        old, new = await _get(ctx, programme, against), await _get(ctx, programme, version)
        lines = list(
            difflib.unified_diff(old.document.splitlines(), new.document.splitlines(), old.code, new.code, lineterm="")
        )
        typer.echo("\n".join(lines) if lines else f"{old.code} and {new.code} have the same document")

    _run(work)


def _run(work: Callable[[Context], Awaitable[None]]) -> None:
    async def within() -> None:
        async with _ministry() as ctx:
            await work(ctx)

    uvloop.run(within())


@asynccontextmanager
async def _ministry() -> AsyncIterator[Context]:
    """The ministry's rights, in the name of the user of this machine."""
    settings = read_settings()
    async with open_installation(settings) as database:
        role = Role.MINISTRY_ANALYST
        yield context_of(database, Principal(f"cli:{settings.operator}", role, SCOPES_OF_ROLE[role]), clock, {})


@contextmanager
def _bar(title: str, total: int) -> Iterator[simulation.Progress]:
    """A bar on stderr that counts regencies."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("regencies"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)


async def _get(ctx: Context, programme: str, version: int) -> RuleSet:
    found = await rule_sets.find_rule_set(ctx, programme, version)
    if found is None:
        raise NotFound(f"{programme} has no rule of version {version}: see `slrt-hub rules list`")
    return found


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
        whole = msgspec.json.decode(text)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise Invalid(f"the rule's file {file} cannot be used: {error}") from error
    is_bare = isinstance(whole, dict) and "unit" in whole
    return msgspec.json.encode({"rule": whole}).decode() if is_bare else text


def _span(found: RuleSet) -> str:
    if found.effective_from is None:
        return "not published"
    end = "" if found.effective_to is None else f" to {found.effective_to}"
    return f"counts from {found.effective_from}{end}"


def _key() -> str:
    return f"cli-{uuid4()}"
