"""/graphql over a WebSocket (graphql-transport-ws): any operation, and what only a socket can tell, subscriptions.

What holds for a request holds here: the same validator, the same engine with its guards, the same limits, and a context that
is bound to the caller's regions, made anew for what is told at a time. A socket ends when its token does.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from contextlib import aclosing, suppress
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected, WebSocketState

from hub.domain.errors import InternalError, Invalid, SourceError, Unauthenticated
from hub.domain.principal import Principal
from schema.context import RequestContext
from schema.engine import Engine, Operation, Outcome
from schema.errors import unknown
from server.graphql import TokenValidator, errors_of, too_slow
from server.graphql_request import HttpLimits, Unfit, read_operation
from server.socket_messages import (
    ACKNOWLEDGED,
    PONG,
    SUBPROTOCOL,
    Closing,
    Code,
    Message,
    completed,
    failed,
    read_init,
    read_message,
    told,
)


class SocketEndpoint:
    """All open sockets."""

    def __init__(
        self,
        engine: Engine,
        validator: TokenValidator,
        context_of: Callable[[Principal], RequestContext],
        http: HttpLimits,
    ) -> None:
        self.engine = engine
        self.validator = validator
        self.context_of = context_of
        self.http = http
        self.limits = http.sockets
        self.clients: Counter[str] = Counter()
        """Open sockets that told who they are, by client."""
        self.counters: Counter[str] = Counter()
        """Since the start: opened, told, and closed by code."""
        self.open = 0

    @property
    def subscribed(self) -> int:
        """Sockets that told who they are."""
        return self.clients.total()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One socket, until it is closed by either side."""
        socket = WebSocket(scope, receive, send)
        self.open += 1
        try:
            await self._serve(socket)
        finally:
            self.open -= 1

    async def _serve(self, socket: WebSocket) -> None:
        connection = _Connection(self, socket)
        try:
            await connection.run()
        except WebSocketDisconnect:
            self.counters["closed by client"] += 1
        except Closing as closing:
            await self._close(socket, closing.code, closing.reason)
        except Exception as error:  # noqa: BLE001 -- the edge: what is unknown is logged once, and masked
            await self._close(socket, Code.FAILED, str(unknown(error)["message"]))

    async def _close(self, socket: WebSocket, code: Code, reason: str) -> None:
        self.counters[f"closed {code.value}"] += 1
        with suppress(WebSocketDisconnect, RuntimeError):  # the client was faster
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.close(code, reason)


class _Connection:
    """One socket: who is at its other end, and what runs for it."""

    def __init__(self, endpoint: SocketEndpoint, socket: WebSocket) -> None:
        self._endpoint = endpoint
        self._limits = endpoint.limits
        self._socket = socket
        self._authorization: str | None = None
        self._principal: Principal | None = None
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Greet, then do what the client says; raises Closing or WebSocketDisconnect, and leaves nothing running."""
        await self._greet()
        try:
            await self._initialise()
            await _first_of(self._listen(), self._watch())
        finally:
            await _end(self._running.values())
            if self._principal is not None:
                self._endpoint.clients[self._principal.client_id] -= 1
                self._endpoint.clients += Counter()  # without those that have none left

    async def _greet(self) -> None:
        endpoint = self._endpoint
        speaks = SUBPROTOCOL in self._socket.scope["subprotocols"]
        await self._socket.accept(SUBPROTOCOL if speaks else None)
        endpoint.counters["opened"] += 1
        if not speaks:
            raise Closing(Code.NO_SUBPROTOCOL, f"the subprotocol here is {SUBPROTOCOL}")
        if endpoint.open > self._limits.sockets:
            raise Closing(Code.TRY_AGAIN_LATER, "too many sockets are open: try again later")

    async def _initialise(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_seconds):
                while self._principal is None:
                    await self._take(await self._receive())
        except TimeoutError:
            raise Closing(
                Code.TOO_LATE, f"connection_init did not come within {self._limits.init_seconds:g} s"
            ) from None

    async def _listen(self) -> None:
        while True:
            await self._take(await self._receive())

    async def _receive(self) -> Message:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received["code"], received.get("reason"))
        return read_message(received.get("text"))

    async def _watch(self) -> None:
        """End when the token does."""
        while True:
            await asyncio.sleep(self._limits.look_seconds)
            with suppress(SourceError):  # the issuer cannot be asked now: the token was good a moment ago
                self._principal = await self._ask_who(self._authorization)

    async def _take(self, message: Message) -> None:
        match message.type:
            case "connection_init":
                await self._admit(message)
            case "ping":
                await self._socket.send_text(PONG)
            case "pong":
                pass
            case "subscribe":
                await self._begin(message)
            case "complete":
                task = self._running.pop(message.id or "", None)
                if task is not None:
                    task.cancel()
            case _:
                raise Closing(Code.BAD_MESSAGE, f"{message.type[:30]!r} is no message of a client")

    async def _admit(self, message: Message) -> None:
        if self._principal is not None:
            raise Closing(Code.INITIALISED_TWICE, "connection_init came twice")
        clients = self._endpoint.clients
        authorization = read_init(message).authorization
        try:
            principal = await self._ask_who(authorization)
        except SourceError as error:
            raise Closing(Code.TRY_AGAIN_LATER, error.message) from None
        if clients[principal.client_id] >= self._limits.sockets_per_client:
            raise Closing(
                Code.TRY_AGAIN_LATER, f"a client may have {self._limits.sockets_per_client} sockets: close one"
            )
        clients[principal.client_id] += 1
        self._principal, self._authorization = principal, authorization
        await self._socket.send_text(ACKNOWLEDGED)

    async def _ask_who(self, authorization: str | None) -> Principal:
        try:
            return await self._endpoint.validator.principal(authorization)
        except Unauthenticated as error:
            raise Closing(Code.FORBIDDEN, error.message) from None

    async def _begin(self, message: Message) -> None:
        id_ = message.id
        if self._principal is None:
            raise Closing(Code.UNAUTHORIZED, "send connection_init first, and wait for connection_ack")
        if id_ is None:
            raise Closing(Code.BAD_MESSAGE, "subscribe needs an id")
        if id_ in self._running:
            raise Closing(Code.DUPLICATE_ID, f"a subscriber for {id_} exists already")
        if len(self._running) >= self._limits.operations:
            text = f"{self._limits.operations} operations run on this socket: complete one first"
            await self._socket.send_text(failed(id_, errors_of(Invalid(text))))
            return
        self._running[id_] = asyncio.create_task(self._operate(id_, bytes(message.payload)))

    async def _operate(self, id_: str, payload: bytes) -> None:
        """Tell all answers to one operation, and that it has ended; a socket that is gone ends it, too."""
        with suppress(WebSocketDisconnect, WebSocketDisconnected):
            last = await self._told(id_, payload)
            self._running.pop(id_, None)  # from now on the id may be used again
            await self._socket.send_text(last)

    async def _told(self, id_: str, payload: bytes) -> str:
        http = self._endpoint.http
        try:
            return await self._tell(id_, read_operation(payload, http))
        except Unfit as unfit:
            return failed(id_, errors_of(unfit.error))
        except TimeoutError:
            return failed(id_, errors_of(Invalid(too_slow(http)), code="DEADLINE"))
        except (WebSocketDisconnect, WebSocketDisconnected):
            raise
        except Exception as error:  # noqa: BLE001 -- the edge: what is unknown is logged once, and masked
            return failed(id_, msgspec.json.encode({"errors": [unknown(error)]}))

    async def _tell(self, id_: str, operation: Operation) -> str:
        """The message that ends the operation, once all others are sent."""
        endpoint = self._endpoint
        async with aclosing(endpoint.engine.stream(operation, self._context, endpoint.http.seconds)) as answers:
            async for answer in answers:
                if answer.outcome is not Outcome.EXECUTED:
                    return failed(id_, answer.body)
                await self._socket.send_text(told(id_, answer.body))
                endpoint.counters["told"] += 1
        return completed(id_)

    def _context(self) -> RequestContext:
        if self._principal is None:
            raise InternalError("an operation began before anybody said who asks")
        return self._endpoint.context_of(self._principal)


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Run side by side until one ends, and end as that one does."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _end(tasks)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
