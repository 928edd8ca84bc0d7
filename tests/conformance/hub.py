"""A hub on a real socket in a thread of its own, with tokens of its own issuer; notes what it is asked."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.clients import ClientDraft, add_client
from auth.signing_keys import ensure_signing_key
from hub.domain.principal import SCOPES_OF_ROLE, Role
from hub.store.database import Database, open_database
from server.clock import clock
from server.issuing import make_issuer
from server.serving import make_app, server_config
from server.settings import Settings, read_settings
from tests.districts import Still
from tests.resolvers.counting import CountingDatabase
from tests.schema.world_records import OWN

_START_SECONDS = 60
_CLIENTS = {
    "analyst": ClientDraft("analyst", Role.MINISTRY_ANALYST, SCOPES_OF_ROLE[Role.MINISTRY_ANALYST]),
    "officer": ClientDraft("officer", Role.DISTRICT_OFFICER, SCOPES_OF_ROLE[Role.DISTRICT_OFFICER], OWN),
    "partner": ClientDraft("partner", Role.PARTNER_APP, SCOPES_OF_ROLE[Role.PARTNER_APP]),
    "router": ClientDraft("router", Role.ROUTER, ["federation:read", "region:read"]),
}


@dataclass
class Hub:
    """Where it serves, a token of each client, and since when anybody looked: its bodies and its SQL statements."""

    url: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    def forget(self) -> None:
        self.bodies.clear()
        self.statements.clear()

    @property
    def entity_calls(self) -> list[int]:
        """How many representations each request had that asked for `_entities`."""
        return [
            sum(len(value) for value in body["variables"].values() if isinstance(value, list))
            for body in self.bodies
            if "_entities" in body["query"]
        ]


class Noting:
    """Notes the body of every request."""

    def __init__(self, app: ASGIApp, bodies: list[dict[str, Any]]) -> None:
        self._app = app
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes] = []

        async def noting() -> Message:
            message = await receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body", False) and scope["path"] == "/graphql":
                self._note(b"".join(parts))
            return message

        await self._app(scope, noting, send)

    def _note(self, body: bytes) -> None:
        try:
            self._bodies.append({"variables": {}, **msgspec.json.decode(body)})
        except (msgspec.DecodeError, TypeError):
            return  # audits send what is no request, too


@contextmanager
def running_hub(database_url: str) -> Iterator[Hub]:
    """A hub on that database for as long as the block does."""
    hub, server, started = Hub(), _Holder(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(database_url, hub, server, started.set)))
    thread.start()
    try:
        assert started.wait(_START_SECONDS), "the hub did not start"
        yield hub
    finally:
        server.stop()
        thread.join(_START_SECONDS)


class _Holder:
    server: uvicorn.Server | None = None

    def stop(self) -> None:
        if self.server is not None:
            self.server.should_exit = True


class _Told(uvicorn.Server):
    """Says when it serves."""

    def __init__(self, config: uvicorn.Config, told: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._told()


async def _serve(database_url: str, hub: Hub, holder: _Holder, told: Callable[[], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        settings = read_settings({"DATABASE_URL": database_url, "SLRT_HUB_PORT": str(port)})
        # one connection: statements come one after the other, and those of a turn are joined the same way every time
        async with open_database(database_url, connections=1) as database:
            counting = CountingDatabase.around(database)
            hub.url, hub.statements = f"{settings.issuer}/graphql", counting.noted
            hub.tokens.update(await _tokens(settings, database))
            app = Noting(make_app(settings, counting, Still()), hub.bodies)
            holder.server = _Told(server_config(app, "warning"), told)
            await holder.server.serve(sockets=[listener])


async def _tokens(settings: Settings, database: Database) -> dict[str, str]:
    await ensure_signing_key(database.jobs, clock())
    issuer = make_issuer(settings, database)
    tokens = {}
    for name, draft in _CLIENTS.items():
        client = await add_client(database.jobs, draft, clock())
        tokens[name] = (await issuer.mint_token(client.client_id, None)).access_token
    return tokens
