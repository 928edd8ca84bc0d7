"""The command `slrt-hub`. Without a command it is `slrt-hub demo`."""

import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from hub.domain.errors import HubError, SourceError
from hub.store.provision import provision
from server.calendar_command import calendar
from server.clients_command import clients, token_command
from server.demo.command import Demo, DemoOptions
from server.demo.world import WorldSettings
from server.district_command import districts
from server.facts_command import facts_command
from server.installation import database_url
from server.jobs_command import sync_all
from server.link_command import link_all_rosters
from server.logs import configure_logs
from server.match_command import match
from server.outbox_command import outbox
from server.rules_command import rules
from server.sdl_command import check_sdl, write_sdl
from server.serving import serve_installation
from server.settings import read_settings
from server.work_command import work_command

app = typer.Typer(
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A GraphQL federation hub: finds who is eligible and not served, and follows each unused entitlement.",
)
app.add_typer(match, name="match")
app.add_typer(rules, name="rules")
app.add_typer(clients, name="client")
app.add_typer(districts, name="district")
app.add_typer(outbox, name="outbox")
app.add_typer(calendar, name="calendar")
app.command("token")(token_command)
app.command("facts")(facts_command)
app.command("work")(work_command)


def main() -> None:
    """Entry of the command: errors of the installation or the caller are one line on stderr, and the code is 2."""
    arguments = sys.argv[1:]
    if not arguments or (arguments[0].startswith("-") and arguments[0] != "--help"):
        arguments = ["demo", *arguments]
    try:
        configure_logs(read_settings().log_level)
        app(arguments)
    except SourceError as error:
        _fail(error, 1)
    except HubError as error:
        _fail(error, 2)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: HubError, code: int) -> None:
    sys.stderr.write(f"error: {error.message}\n")
    sys.exit(code)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command's work to its end."""
    uvloop.run(work)


@app.command()
def demo(
    districts: Annotated[str, typer.Option(help="How many districts, or their codes: 35.10,35.09")] = "3",
    households: Annotated[int, typer.Option(min=1, max=2_000_000, help="Households in each district")] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people")] = 7,
    once: Annotated[bool, typer.Option("--once", help="End after the job instead of serving")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object on stdout")] = False,
) -> None:
    """The whole job on a simulated world, scored against its truth; then the hub is served until Ctrl-C."""
    world = WorldSettings(districts, households, seed)
    run(Demo(read_settings(), DemoOptions(world, is_once=once, is_json=json)).run())


@app.command()
def serve() -> None:
    """Serve GraphQL and the OAuth issuer until Ctrl-C."""
    run(serve_installation(read_settings()))


@app.command()
def migrate() -> None:
    """Bring the database up to this version and load what is shipped."""

    async def work() -> None:
        async with database_url(read_settings()) as url:
            applied = await provision(url)
        typer.echo(f"applied: {', '.join(applied) or 'nothing, the database is up to date'}")

    run(work())


@app.command()
def sync() -> None:
    """Read districts and national systems to the end of their feeds."""
    run(sync_all(read_settings()))


@app.command()
def link(
    parquet: Annotated[
        Path | None, typer.Option(help="Write all links to this Parquet file, without personal data")
    ] = None,
) -> None:
    """Link the national rosters to the registry: by number, then by weight; what is doubtful waits for a person."""
    run(link_all_rosters(read_settings(), parquet))


@app.command()
def sdl(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the file is up to date")] = False,
    path: Annotated[Path, typer.Option(help="Where the schema is written")] = Path("schema/hub.graphql"),
) -> None:
    """Write the schema that callers see to schema/hub.graphql."""
    if check:
        check_sdl(path)
    else:
        write_sdl(path)
