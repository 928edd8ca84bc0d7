"""`slrt-hub client` and `slrt-hub token`: who may call, and a token to try it."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop

from auth.clients import ClientDraft, add_client, list_clients, revoke_client
from auth.signing_keys import KeyVault, ensure_signing_key
from hub.domain.errors import Invalid
from hub.domain.principal import ONLY_IF_NAMED, SCOPES_OF_ROLE, Role, Scope
from server.clock import clock
from server.installation import open_installation
from server.issuing import make_issuer
from server.settings import read_settings

clients = typer.Typer(
    help="OAuth clients: ministry analysts, district officers and systems, partner apps, routers.", no_args_is_help=True
)


@clients.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Who it is, for people")],
    role: Annotated[
        str, typer.Option(help="MINISTRY_ANALYST, DISTRICT_OFFICER, DISTRICT_SYSTEM, PARTNER_APP or ROUTER")
    ],
    regency: Annotated[str | None, typer.Option(help="Regency code, for the district roles: 35.10")] = None,
    agency: Annotated[
        str | None, typer.Option(help="Agency for whose cases an officer or analyst works: 35.10/DINAS_KESEHATAN")
    ] = None,
    scopes: Annotated[
        str | None,
        typer.Option(
            help="Space-separated; default: all of the role without case:sensitive, of a partner app without coverage:check"
        ),
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="Public JWK file (P-256), for private_key_jwt instead of a secret")
    ] = None,
) -> None:
    """Register a client; its secret is shown once."""

    async def work() -> None:
        async with open_installation(read_settings()) as database:
            asked = _scopes_by_default(role) if scopes is None else scopes.split()
            draft = ClientDraft(name, role, asked, regency, _read_key(public_key), agency)
            new = await add_client(database.jobs, draft, clock())
        typer.echo(f"client_id: {new.client_id}")
        if new.client_secret is not None:
            typer.echo(f"client_secret: {new.client_secret}  (shown only now)")

    uvloop.run(work())


def _scopes_by_default(role: str) -> frozenset[Scope]:
    if role not in Role.__members__:
        return frozenset()
    return SCOPES_OF_ROLE[Role(role)] - ONLY_IF_NAMED.get(Role(role), frozenset())


@clients.command("list")
def list_all() -> None:
    """All clients, without secrets."""

    async def work() -> None:
        async with open_installation(read_settings()) as database:
            for client in await list_clients(database.jobs):
                state = "revoked" if client.revoked_at else "active"
                where = client.agency_code or client.regency_code or "-"
                typer.echo(f"{client.client_id}  {client.role}  {where}  {state}  {client.name}")

    uvloop.run(work())


@clients.command("revoke")
def revoke(client_id: Annotated[str, typer.Argument()]) -> None:
    """Take a client's right to new tokens; those that it has live on for at most 15 minutes."""

    async def work() -> None:
        async with open_installation(read_settings()) as database:
            await revoke_client(database.jobs, client_id, clock())
        typer.echo(f"{client_id} is revoked")

    uvloop.run(work())


def token_command(
    client_id: Annotated[str, typer.Argument(help="A client of `slrt-hub client list`")],
    scopes: Annotated[str | None, typer.Option(help="Space-separated; default: all of the client's")] = None,
) -> None:
    """Print an access token for a client, for trying things out on this machine."""

    async def work() -> None:
        settings = read_settings()
        async with open_installation(settings) as database:
            await ensure_signing_key(database.jobs, clock(), KeyVault.from_setting(settings.sealing_key))
            asked = None if scopes is None else scopes.split()
            token = await make_issuer(settings, database).mint_token(client_id, asked)
        typer.echo(token.access_token)

    uvloop.run(work())


def _read_key(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise Invalid(f"the key file {path} cannot be used: {error}; it has to hold one public JWK") from error
