"""Serves the hub: the issuer, the validator and the application on one socket, until told to stop."""

import asyncio
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import uvicorn
from rich.console import Console
from starlette.types import ASGIApp

from auth.clients import ClientDraft, add_client, list_clients
from auth.key_ring import KeyRing, RingSettings
from auth.key_sources import DatabaseKeys
from auth.routes import oauth_routes
from auth.settings import ValidatorSettings
from auth.signing_keys import KeyVault, ensure_signing_key
from auth.validator import Validator
from connectors.webhook import WebhookSender
from hub.domain.principal import SCOPES_OF_ROLE, Role
from hub.store.database import Database
from server.app import HubApp, create_app
from server.clock import clock
from server.installation import open_installation
from server.issuing import make_issuer
from server.listening import free_port
from server.outbox import keep_delivering
from server.outside import Outside, open_outside
from server.protocol import HubProtocol, HubSockets
from server.settings import Settings
from server.systems import read_systems
from server.webhooks import Webhooks

_GC_THRESHOLDS = (50_000, 20, 50)
_KEYS_REFRESHED_AFTER = timedelta(seconds=30)
_SOCKET_MESSAGE_MAX = 1_000_000
_PING_SECONDS = 20.0
_DEMO_TOKEN_SECONDS = 3_600


async def serve(settings: Settings, database: Database, outside: Outside, console: Console | None = None) -> None:
    """Serve until SIGINT or SIGTERM; `console` gets a ready curl line with a token (the demo)."""
    listener = free_port(settings)
    await ensure_signing_key(database.jobs, clock(), KeyVault.from_setting(settings.sealing_key))
    app = make_app(settings, database, outside)
    server = _Server(server_config(app, settings.log_level))
    if console is None:
        Console(stderr=True).print(f"The hub serves {settings.issuer}/graphql. Ctrl-C ends it.", highlight=False)
    else:
        await _introduce(settings, database, console)
    sender = WebhookSender(settings.credentials.resolve, clock, is_private_allowed=settings.webhooks_private)
    webhooks = Webhooks(database, clock, sender)
    app.telling.figures.delivered = webhooks.courier.counters
    beside = [
        asyncio.create_task(outside.health.watch(settings.check_seconds)),
        asyncio.create_task(keep_delivering(database, outside, clock)),
        asyncio.create_task(app.telling.feed.follow()),
        asyncio.create_task(webhooks.work()),
    ]
    try:
        with settled():
            await server.serve(sockets=[listener])
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await sender.aclose()


def make_app(settings: Settings, database: Database, outside: Outside) -> HubApp:
    """The application with the embedded issuer, which signs the tokens that it takes."""
    ring = KeyRing(DatabaseKeys(database.jobs, clock), clock, RingSettings(refresh_after=_KEYS_REFRESHED_AFTER))
    return create_app(
        database=database,
        validator=Validator(ring, ValidatorSettings(issuer=settings.issuer, audience=settings.audience), clock),
        oauth_routes=oauth_routes(make_issuer(settings, database)),
        outside=outside,
        clock=clock,
    )


def server_config(app: ASGIApp, log_level: str) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        http=HubProtocol,
        ws=HubSockets,
        ws_max_size=_SOCKET_MESSAGE_MAX,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        ws_per_message_deflate=False,  # a few bytes can unpack to many
        lifespan="off",
        log_level=log_level,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody asks where a request came from
    )


class _Server(uvicorn.Server):
    """Ends at the first SIGINT or SIGTERM, and what was opened around it is closed in peace.

    uvicorn would send the signal to itself again, and what closes then would be cancelled, or not, as it happens.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """While this holds, signals ask the server to end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


@contextmanager
def settled() -> Iterator[None]:
    """What was made at the start stays: the collector need not look at it again with every request.

    Thawed at the end, or DuckDB finds its types alive when the process ends and says so in forty lines.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.unfreeze()


async def _introduce(settings: Settings, database: Database, console: Console) -> None:
    token = await _demo_token(settings, database)
    query = '{"query":"{ coverage(regionCodes: [\\"35.10\\"]) { programme { code } need enrolled unserved matched issued } }"}'
    console.print(f"\nThe hub serves {settings.issuer}/graphql (GraphiQL: {settings.issuer}/graphiql). Try:\n")
    console.print(
        f"curl -s {settings.issuer}/graphql -H 'Content-Type: application/json' \\\n"
        f"  -H 'Authorization: Bearer {token}' \\\n  -d '{query}'\n",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
    console.print("Ctrl-C ends it.")


async def _demo_token(settings: Settings, database: Database) -> str:
    role = Role.MINISTRY_ANALYST
    known = [client for client in await list_clients(database.jobs) if client.name == "demo"]
    if known:
        client_id = known[0].client_id
    else:
        draft = ClientDraft("demo", role, SCOPES_OF_ROLE[role])
        client_id = (await add_client(database.jobs, draft, clock())).client_id
    token = await make_issuer(settings, database, _DEMO_TOKEN_SECONDS).mint_token(client_id, None)
    return token.access_token


async def serve_installation(settings: Settings) -> None:
    """`slrt-hub serve`: the installation's database and the systems that are configured."""
    systems = read_systems(settings.systems)
    free_port(settings).close()
    async with (
        open_installation(settings) as database,
        open_outside(database, systems, settings.credentials, clock) as outside,
    ):
        await serve(settings, database, outside)
