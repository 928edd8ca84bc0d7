"""`slrt-hub webhooks`: where the hub sends what happens, how each address stands, and what to do about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.store import webhooks as store
from hub.store.webhooks import Endpoint
from resolvers import webhooks as cases
from resolvers.context import Context, context_of
from server.clock import clock
from server.installation import open_installation
from server.settings import read_settings

webhooks = typer.Typer(help="Addresses to which events are sent: list, enable, disable, retry.", no_args_is_help=True)
_SHOWN = 100
_Webhook = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id, as `webhooks list` shows it")]


@webhooks.command("list")
def show(
    after: Annotated[str | None, typer.Option(help="Those after this webhook: the next hundred")] = None,
) -> None:
    """A hundred webhooks with how each stands, in the order in which they were registered."""

    async def work(ctx: Context) -> None:
        after_id = 0 if after is None else number_of(Kind.WEBHOOK, after)
        found = await store.list_endpoints(ctx.session, after_id=after_id, first=_SHOWN)
        letters = await store.count_dead_letters(ctx.session, [endpoint.endpoint_id for endpoint in found])
        Console().print(webhook_table(found, letters))

    _run(work)


@webhooks.command("enable")
def enable(webhook: _Webhook) -> None:
    """Send to a disabled webhook again, from the event at which it stood."""
    _run(lambda ctx: _say(cases.enable(ctx, number_of(Kind.WEBHOOK, webhook))))


@webhooks.command("disable")
def disable(webhook: _Webhook) -> None:
    """Send nothing to a webhook any more; its client cannot enable it."""
    _run(lambda ctx: _say(cases.disable(ctx, number_of(Kind.WEBHOOK, webhook))))


@webhooks.command("retry")
def retry(
    webhook: _Webhook,
    event: Annotated[
        list[str] | None, typer.Option(help="Only this dead letter, by the id of its event; named again: several")
    ] = None,
) -> None:
    """Send at once what comes next, and what it never took once more."""

    async def work(ctx: Context) -> None:
        count = await cases.retry(ctx, number_of(Kind.WEBHOOK, webhook), event)
        typer.echo(f"{webhook} is tried at once, and {count} dead letters once more")

    _run(work)


def webhook_table(endpoints: Sequence[Endpoint], letters: dict[int, int]) -> Table:
    """How each webhook stands."""
    table = Table(title="Webhooks")
    for column in ("Webhook", "Client", "Address", "Region", "Status", "Failing since", "Dead letters", "Reason"):
        table.add_column(column)
    for one in endpoints:
        since = "" if one.failing_since is None else one.failing_since.isoformat(timespec="seconds")
        count = f"{letters.get(one.endpoint_id, 0):,}"
        where = one.region_code or "all"
        table.add_row(one.id, one.client_id, one.url, where, one.status, since, count, one.reason or "")
    return table


async def _say(changing: Awaitable[Endpoint]) -> None:
    endpoint = await changing
    typer.echo("  ".join(filter(None, (endpoint.id, endpoint.status, endpoint.url, endpoint.reason))))


def _run(work: Callable[[Context], Awaitable[None]]) -> None:
    async def opened() -> None:
        settings = read_settings()
        role = Role.MINISTRY_ANALYST
        principal = Principal(f"cli:{settings.operator}", role, SCOPES_OF_ROLE[role])
        async with open_installation(settings) as database:
            await work(context_of(database, principal, clock, {}))

    uvloop.run(opened())
