"""`slrt-hub district`: the directory of districts, and the conformance suite that a district's developers run too."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, NoReturn
from uuid import uuid4

import httpx2
import msgspec
import typer
import uvloop

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Asker, Limits
from connectors.district.conformance.model import Report
from connectors.district.conformance.suite import Suite
from hub.domain.directory import DistrictAccess, DistrictTerms, Finding
from hub.domain.principal import EVERYWHERE, SCOPES_OF_ROLE, Principal, Role
from hub.store import districts as store
from hub.store.districts import DistrictSystem
from resolvers import directory
from resolvers.context import Context, context_of
from resolvers.directory import Joining, Unfit
from server.clock import clock
from server.inspection import Inspector
from server.installation import open_installation
from server.settings import read_settings, read_variable

districts = typer.Typer(
    help="Districts of the federation: join, check, suspend, resume, leave, list.", no_args_is_help=True
)
_TERMS = DistrictTerms()
_PAGE = 100
_Code = Annotated[str, typer.Argument(metavar="CODE", help="Code of the regency or city: 35.10")]
_Reason = Annotated[str, typer.Option(help="Why, for the journal of the directory")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout")]


@districts.command("join")
def join(  # noqa: PLR0913 -- its options
    code: _Code,
    url: Annotated[str, typer.Argument(help="Its GraphQL endpoint")],
    credential: Annotated[
        str, typer.Option(help="Where its token is: env:SLRT_HUB_TOKEN_NAME, or file:NAME in the folder of credentials")
    ],
    reason: _Reason = "joined on the command line",
    page_size: Annotated[int, typer.Option(help="Entries in a page of its feed, 1 to 1000")] = _TERMS.page_size,
    concurrency: Annotated[int, typer.Option(help="Calls at the same time, 1 to 64")] = _TERMS.concurrency,
    freshness: Annotated[int, typer.Option(help="Seconds until its data is STALE")] = 86_400,
    offline: Annotated[int, typer.Option(help="Seconds of failing until it is OFFLINE")] = 300,
) -> None:
    """Let a district join after a full check; again: it is reached and treated so from now on."""
    terms = DistrictTerms(
        page_size=page_size,
        concurrency=concurrency,
        freshness_target=timedelta(seconds=freshness),
        offline_after=timedelta(seconds=offline),
    )
    access = DistrictAccess(regency_code=code, endpoint=url, credential=credential)

    async def work(ctx: Context) -> None:
        try:
            joined = await directory.join_district(ctx, Joining(access, terms, reason), str(uuid4()))
        except Unfit as error:
            for finding in error.findings:
                typer.echo(_finding(finding), err=True)
            raise
        typer.echo(_line(joined))

    _run(work)


@districts.command("check")
def check(
    target: Annotated[str, typer.Argument(help="Code of a district of the directory, or any URL")],
    token_env: Annotated[str | None, typer.Option(help="With a URL: the variable that holds the token")] = None,
    code: Annotated[str | None, typer.Option(help="With a URL: the regency that it has to be")] = None,
    latency: Annotated[float, typer.Option(min=0.001, help="With a URL: seconds that 99 of 100 calls may take")] = 2.0,
    write: Annotated[
        bool, typer.Option("--write", help="With a URL: deliver a match that is marked as a test")
    ] = False,
    json: _Json = False,
) -> None:
    """Run the conformance suite; exit code 1 when something does not keep the contract."""
    if "://" in target:
        token = "" if token_env is None else read_variable(token_env)
        report = uvloop.run(_check_url(target, token, code, Limits(p99=latency), allows_writes=write))
        typer.echo(msgspec.json.encode(report).decode() if json else _told(target, report))
        raise typer.Exit(1 if report.findings else 0)

    async def work(ctx: Context) -> None:
        _exit(await directory.check_district(ctx, target), is_json=json)

    _run(work)


@districts.command("suspend")
def suspend(code: _Code, reason: _Reason = "suspended on the command line") -> None:
    """Leave a district alone from now on: it is not read, asked, or told of matches."""
    _run(lambda ctx: _say(directory.suspend_district(ctx, code, reason, str(uuid4()))))


@districts.command("resume")
def resume(code: _Code, reason: _Reason = "resumed on the command line") -> None:
    """Ask a suspended district again."""
    _run(lambda ctx: _say(directory.resume_district(ctx, code, reason, str(uuid4()))))


@districts.command("leave")
def leave(code: _Code, reason: _Reason = "left on the command line") -> None:
    """Take a district out of the directory; what was read of it stays, with its as-of time."""

    async def work(ctx: Context) -> None:
        await directory.leave_district(ctx, code, reason, str(uuid4()))
        typer.echo(f"{code} left; what was read of it stays")

    _run(work)


@districts.command("list")
def list_all(json: _Json = False) -> None:
    """All districts of the directory with their status."""

    async def work(ctx: Context) -> None:
        after: str | None = None
        while page := await store.list_districts(ctx.session, EVERYWHERE, ctx.clock(), after=after, first=_PAGE):
            for district in page:
                typer.echo(msgspec.json.encode(district).decode() if json else _line(district))
            after = page[-1].regency_code

    _run(work)


async def _check_url(url: str, token: str, code: str | None, limits: Limits, *, allows_writes: bool) -> Report:
    tls = await asyncio.to_thread(httpx2.create_ssl_context, trust_env=False)
    asker = Asker(url, token, limits, tls=tls)
    try:
        return await Suite(asker, load_contract(), expected_code=code, allows_writes=allows_writes).run()
    finally:
        await asker.aclose()


def _run(work: Callable[[Context], Awaitable[Any]]) -> None:
    """Work in the name of the operator, with the rights of the ministry."""

    async def main() -> None:
        settings = read_settings()
        role = Role.MINISTRY_ANALYST
        principal = Principal(f"cli:{settings.operator}", role, SCOPES_OF_ROLE[role])
        async with open_installation(settings) as database:
            await work(context_of(database, principal, clock, {}, Inspector(settings.credentials)))

    uvloop.run(main())


async def _say(changing: Awaitable[DistrictSystem]) -> None:
    typer.echo(_line(await changing))


def _exit(district: DistrictSystem, *, is_json: bool) -> NoReturn:
    found = district.last_check.findings if district.last_check else ()
    if is_json:
        typer.echo(msgspec.json.encode(district).decode())
    else:
        typer.echo("\n".join([_line(district), *map(_finding, found)]))
    raise typer.Exit(1 if found or district.status == "OFFLINE" else 0)


def _line(district: DistrictSystem) -> str:
    return (
        f"{district.regency_code}  {district.status} since {district.status_since:%Y-%m-%d %H:%M} UTC  {district.endpoint}  "
        f"{','.join(district.capabilities)}"
    )


def _told(target: str, report: Report) -> str:
    """The report for a person who has to mend it."""
    counts = {outcome: sum(r.outcome == outcome for r in report.results) for outcome in ("PASSED", "FAILED", "SKIPPED")}
    head = (
        f"{report.regency_code or 'A district'} at {target}\n"
        f"{counts['PASSED']} checks passed, {counts['FAILED']} failed, {counts['SKIPPED']} skipped; {report.calls} calls, "
        f"p50 {report.p50 * 1000:.0f} ms, p99 {report.p99 * 1000:.0f} ms\n"
        f"capabilities: {', '.join(report.capabilities) or 'none'}"
    )
    lines = [
        f"{result.outcome:8}{result.check:24}{result.title}" + (f" ({result.note})" if result.note else "")
        for result in report.results
    ]
    return "\n".join([head, "", *lines, *(f"\n{_finding(finding)}" for finding in report.findings)])


def _finding(finding: Finding) -> str:
    return (
        f"{finding.check}{'  ' + finding.path if finding.path else ''}\n"
        f"    asked   {finding.asked}\n    came    {finding.came}\n    wanted  {finding.wanted}\n    mend    {finding.mend}"
    )
