"""A hub that serves on a real socket, and a client that speaks graphql-transport-ws to it word by word."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub.domain.errors import Unauthenticated
from hub.domain.principal import Principal
from hub.store.database import Database
from server.app import HubApp, create_app
from server.graphql_request import HttpLimits
from server.serving import server_config
from tests.casework import NOW
from tests.districts import Still
from tests.schema.world import CALLERS

SUBPROTOCOL = "graphql-transport-ws"
_BUFFER = 32_768


@dataclass
class Doorkeeper:
    """Takes the name of a caller for a token, unless that has been withdrawn."""

    callers: Mapping[str, Principal] = field(default_factory=lambda: CALLERS)
    withdrawn: set[str] = field(default_factory=set)
    fails_with: Exception | None = None

    async def principal(self, authorization_header: str | None) -> Principal:
        name = (authorization_header or "").removeprefix("Bearer ")
        if self.fails_with is not None:
            raise self.fails_with
        if name not in self.callers or name in self.withdrawn:
            raise Unauthenticated("the token has expired: get a new one")
        return self.callers[name]


class Listening(uvicorn.Server):
    """Says when it serves, and leaves signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serves = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serves.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Hub:
    """A hub that serves."""

    app: HubApp
    doorkeeper: Doorkeeper
    port: int

    @asynccontextmanager
    async def raw(
        self, subprotocol: str | None = SUBPROTOCOL, path: str = "/graphql", **named: Any
    ) -> AsyncIterator[ClientConnection]:
        """A socket over which nothing was said yet."""
        url = f"ws://127.0.0.1:{self.port}{path}"
        subprotocols: Any = None if subprotocol is None else [subprotocol]
        opening = connect(
            url, subprotocols=subprotocols, proxy=None, compression=None, close_timeout=1, sock=self._dial(), **named
        )
        async with opening as opened:
            yield opened

    def _dial(self) -> socket.socket:
        """A connection that holds little of what was not read yet."""
        dialled = socket.socket()
        dialled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        dialled.connect(("127.0.0.1", self.port))
        dialled.setblocking(False)
        return dialled

    async def until_followed(self, count: int) -> None:
        """Wait until so many follow."""
        async with asyncio.timeout(10):
            while self.app.telling.feed.followers != count:
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def client(self, caller: str = "officer") -> AsyncIterator["Speaker"]:
        """A socket of a caller who was let in."""
        async with self.raw() as opened:
            speaker = Speaker(opened)
            await speaker.say(type="connection_init", payload={"authorization": f"Bearer {caller}"})
            assert await speaker.hear() == {"type": "connection_ack"}
            yield speaker


@dataclass
class Speaker:
    """One end of a socket."""

    socket: ClientConnection

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def subscribe(self, query: str, id_: str = "1", **variables: Any) -> None:
        await self.say(type="subscribe", id=id_, payload={"query": query, "variables": variables})

    async def hear(self) -> Any:
        async with asyncio.timeout(30):
            return json.loads(await self.socket.recv())

    async def data(self, id_: str = "1") -> Any:
        """What the next answer to an operation holds, which must have no errors."""
        heard = await self.hear()
        assert (heard["type"], heard["id"]) == ("next", id_), heard
        assert "errors" not in heard["payload"], heard
        return heard["payload"]["data"]

    async def refused(self, id_: str = "1") -> tuple[str, str]:
        """Code and message of the error that ends an operation."""
        heard = await self.hear()
        assert (heard["type"], heard["id"]) == ("error", id_), heard
        (error,) = heard["payload"]
        return error["extensions"]["code"], error["message"]


async def closing(opened: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the hub closes; what it says before is passed over."""
    async with asyncio.timeout(30):
        with pytest.raises(ConnectionClosed) as closed:
            await _hear_all(opened)
    told = closed.value.rcvd
    assert told is not None
    return told.code, told.reason


async def _hear_all(opened: ClientConnection) -> None:
    while True:
        await opened.recv()


def clock() -> datetime:
    return NOW


@asynccontextmanager
async def serving(
    database: Database, limits: HttpLimits | None = None, doorkeeper: Doorkeeper | None = None
) -> AsyncIterator[Hub]:
    """A hub that serves, and follows what happens in its database."""
    keeper = doorkeeper or Doorkeeper()
    app = create_app(database=database, validator=keeper, oauth_routes=[], outside=Still(), clock=clock, limits=limits)
    config = server_config(app, "error")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    server = Listening(config)
    tasks = [asyncio.create_task(app.telling.feed.follow()), asyncio.create_task(server.serve([listener]))]
    await server.serves.wait()
    await app.telling.feed.ready()
    try:
        yield Hub(app, keeper, listener.getsockname()[1])
    finally:
        server.should_exit = True
        await tasks[1]
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
