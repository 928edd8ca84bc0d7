"""The command `slrt-hub`. Without a command it is `slrt-hub demo`."""

import sys
from importlib.metadata import version
from pkgutil import resolve_name
from typing import Annotated

import typer

from hub.domain.errors import HubError, SourceError
from server.logs import configure_logs
from server.settings import read_settings

_COMMANDS = {
    "match": "server.match_command:match",
    "rules": "server.rules_command:rules",
    "client": "server.clients_command:clients",
    "district": "server.district_command:districts",
    "outbox": "server.outbox_command:outbox",
    "webhooks": "server.webhooks_command:webhooks",
    "calendar": "server.calendar_command:calendar",
    "token": "server.clients_command:token_command",
    "facts": "server.facts_command:facts_command",
    "work": "server.work_command:work_command",
    "demo": "server.demo_command:demo",
    "serve": "server.serve_command:serve",
    "migrate": "server.migrate_command:migrate",
    "sync": "server.jobs_command:sync",
    "link": "server.link_command:link",
    "sdl": "server.sdl_command:sdl",
}
"""Where each command is, or a group of them."""
_HELP = ("-h", "--help")


def application(wanted: str | None = None) -> typer.Typer:
    """All commands. Where one is `wanted` no other is imported: all of them take seconds, most of them a fraction of one."""
    app = typer.Typer(
        no_args_is_help=False,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": list(_HELP)},
        help="A GraphQL federation hub: finds who is eligible and not served, and follows each unused entitlement.",
    )
    app.callback(invoke_without_command=True)(_commands)
    for name in [wanted] if wanted in _COMMANDS else _COMMANDS:
        command = resolve_name(_COMMANDS[name])
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _commands(
    *,
    is_version: Annotated[bool, typer.Option("--version", help="Say which version this is, and nothing else")] = False,
) -> None:
    if is_version:
        typer.echo(f"slrt-hub {version('slrt-hub')}")


def main() -> None:
    """Entry of the command: errors of the installation or the caller are one line on stderr, and the code is 2."""
    arguments = sys.argv[1:]
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in {*_HELP, "--version"}):
        arguments = ["demo", *arguments]
    try:
        configure_logs(read_settings().log_level)
        application(arguments[0])(arguments)
    except SourceError as error:
        _fail(error, 1)
    except HubError as error:
        _fail(error, 2)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: HubError, code: int) -> None:
    sys.stderr.write(f"error: {error.message}\n")
    sys.exit(code)
