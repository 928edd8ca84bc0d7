"""A receiver of webhooks on a real socket, which notes what it gets and answers as a test says."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from tests.server.sockets import Listening


@dataclass
class Received:
    """One call."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers 204, unless `answers` has something else for the next calls; holds calls while it is shut."""

    port: int
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    shut_at: int = 0
    """The call with this number is never answered."""

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def ids(self) -> list[str]:
        return [call.id for call in self.received]

    def refuse(self, *statuses: int, **headers: str) -> None:
        """Answer the next calls with these."""
        self.answers += [(status, headers) for status in statuses]

    async def until(self, count: int) -> list[Received]:
        """Wait until so many calls came."""
        async with asyncio.timeout(30):
            while len(self.received) < count:
                await asyncio.sleep(0.01)
        return self.received

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while (part := await receive())["type"] == "http.request":
            body += part["body"]
            if not part["more_body"]:
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append(Received(scope["path"], headers, body))
        status, more = self.answers.pop(0) if self.answers else (204, {})
        await self.is_open.wait()
        if len(self.received) == self.shut_at:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(listener.getsockname()[1])
    receiver.is_open.set()
    config = uvicorn.Config(receiver, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    server = Listening(config)
    serving = asyncio.create_task(server.serve([listener]))
    await server.serves.wait()
    try:
        yield receiver
    finally:
        receiver.is_open.set()
        server.should_exit = True
        await serving
