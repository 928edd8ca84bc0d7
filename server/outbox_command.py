"""`slrt-hub outbox`: what other systems were not told yet, and what to do about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from hub.domain.principal import EVERYWHERE
from hub.store import outbox as store
from hub.store.database import Session
from hub.store.outbox import Backlog, Undelivered
from hub.store.rows import RegionPage
from resolvers.undelivered import drop_messages, retry_messages
from server.clock import clock
from server.installation import open_installation
from server.settings import read_settings

outbox = typer.Typer(help="Messages to other systems that are not delivered: list, retry, drop.", no_args_is_help=True)
_SHOWN = 100
_Destination = Annotated[str, typer.Argument(metavar="DESTINATION", help="Code of the system: 35.10")]


@outbox.command("list")
def show(
    status: Annotated[list[str] | None, typer.Option(help="PENDING, REFUSED or DEAD; named again: several")] = None,
) -> None:
    """How many messages wait for each destination, and the first hundred with the reason."""

    async def work(session: Session) -> None:
        page = RegionPage(EVERYWHERE, ("", -1), _SHOWN)
        Console().print(backlog_table(await store.count_undelivered(session)))
        Console().print(_messages(await store.list_undelivered(session, page, status)))

    _run(work)


@outbox.command("retry")
def retry(
    destination: _Destination,
    message: Annotated[list[int] | None, typer.Option(help="Only this message; named again: several")] = None,
) -> None:
    """Try what waits or is dead again at once, in its order."""

    async def work(session: Session) -> None:
        count = await retry_messages(session, destination, message, clock())
        typer.echo(f"{count} messages for {destination} are due now")

    _run(work)


@outbox.command("drop")
def drop(
    destination: _Destination,
    message: Annotated[list[int], typer.Argument(help="Numbers of dead messages, as `outbox list` shows them")],
    reason: Annotated[str, typer.Option(help="Why, to stand with the messages")] = "given up on the command line",
) -> None:
    """Give dead messages up for good: what waits behind them goes on."""

    async def work(session: Session) -> None:
        count = await drop_messages(session, destination, message, reason)
        typer.echo(f"{count} messages for {destination} are given up")

    _run(work)


def backlog_table(backlogs: Sequence[Backlog]) -> Table:
    """What is not delivered, by destination."""
    table = Table(title="Not delivered")
    for column in ("Destination", "Waiting", "Refused", "Dead", "Oldest"):
        table.add_column(column)
    for one in backlogs:
        oldest = "" if one.oldest_at is None else one.oldest_at.isoformat(timespec="seconds")
        table.add_row(one.destination, *(f"{count:,}" for count in (one.pending, one.refused, one.dead)), oldest)
    return table


def _messages(messages: Sequence[Undelivered]) -> Table:
    table = Table(title="Messages")
    for column in ("Message", "Destination", "Kind", "Status", "Attempts", "Next attempt", "Reason"):
        table.add_column(column)
    for one in messages:
        due = one.next_attempt_at.isoformat(timespec="seconds") if one.status == "PENDING" else ""
        reason = ": ".join(filter(None, (one.reason_code, one.reason)))
        values = (one.message_id, one.destination, one.kind, one.status, one.attempts, due, reason)
        table.add_row(*map(str, values))
    return table


def _run(work: Callable[[Session], Awaitable[None]]) -> None:
    async def opened() -> None:
        async with open_installation(read_settings()) as database:
            await work(database.jobs)

    uvloop.run(opened())
