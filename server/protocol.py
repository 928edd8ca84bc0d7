"""uvicorn's HTTP protocol with a short way for what comes most: a POST to /graphql that arrives in one piece.

For every request uvicorn makes a scope, an event, a cycle, a task and a timer, and takes the answer in two messages, which
it writes apart. On the short way the endpoint gets headers and body, its answer is one write, and a task is made only if
it has to wait for something. Everything else, a request that comes in pieces or before the last one is answered among it,
goes uvicorn's way.
"""

from collections.abc import Awaitable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.app import HubApp
from server.graphql import Reply

_PATH = b"/graphql"
_POST = b"POST"
_LAST_WORDS_SECONDS = 1.0
_SWITCHING = 101


class _Exchange:
    """A request on the short way and its answer; where uvicorn looks at a cycle, it finds this."""

    __slots__ = ("body", "disconnected", "headers", "keep_alive", "response_complete")

    def __init__(self, headers: dict[bytes, bytes], *, keep_alive: bool) -> None:
        self.headers = headers
        self.body = b""
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False

    @property
    def message_event(self) -> "_Exchange":
        """What uvicorn sets to wake an application that waits for more of a request."""
        return self

    def set(self) -> None:
        """Nobody waits: the request is there."""


class HubProtocol(HttpToolsProtocol):
    """One connection of a caller."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hub = self.app if isinstance(self.app, HubApp) else None
        self._coming: _Exchange | None = None
        self._dated: tuple[Any, bytes] = (None, b"")

    def on_message_begin(self) -> None:
        """A request begins."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._coming = None

    def on_headers_complete(self) -> None:
        """Choose the way. What comes after the last answer of a connection is not read."""
        if self.transport.is_closing():
            return
        parser = self.parser
        if (
            self.url == _PATH
            and parser.get_method() == _POST
            and self._hub is not None
            and not self.expect_100_continue
            and not parser.should_upgrade()
            and (self.cycle is None or self.cycle.response_complete)
        ):
            keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
            self._coming = _Exchange(dict(self.headers), keep_alive=keep_alive)
        else:
            self._go_uvicorns_way()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._coming is None:
            super().on_body(body)
        else:
            self._coming.body += body

    def on_message_complete(self) -> None:
        """The request is there."""
        exchange, self._coming = self._coming, None
        if exchange is None:
            super().on_message_complete()
            return
        self.cycle = cast(Any, exchange)
        reply = cast(HubApp, self._hub).graphql.post(exchange.headers, exchange.body)
        if isinstance(reply, Reply):
            self._send(reply, exchange)
            return
        task = self.loop.create_task(self._answer(reply, exchange))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def data_received(self, data: bytes) -> None:
        """A piece of what the caller sends."""
        super().data_received(data)
        exchange, self._coming = self._coming, None
        if exchange is not None and not self.transport.is_closing():
            self._go_uvicorns_way()
            if exchange.body:
                super().on_body(exchange.body)

    def _go_uvicorns_way(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    async def _answer(self, reply: Awaitable[Reply], exchange: _Exchange) -> None:
        self._send(await reply, exchange)

    def _send(self, reply: Reply, exchange: _Exchange) -> None:
        exchange.response_complete = True
        if not exchange.disconnected and not self.transport.is_closing():
            end = b"\r\n" if exchange.keep_alive else b"connection: close\r\n\r\n"
            self.transport.write(
                b"".join((STATUS_LINE[reply.status], self._default_headers(), reply.head, end, reply.body))
            )
            if not exchange.keep_alive:
                self.transport.close()
        self.on_response_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or go on with one that came already."""
        if self._hub is None or self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._hub.idle.start(self)

    def expire(self) -> None:
        """No request came."""
        self.timeout_keep_alive_handler()

    def _unset_keepalive_if_required(self) -> None:
        super()._unset_keepalive_if_required()
        if self._hub is not None:
            self._hub.idle.stop(self)

    def _default_headers(self) -> bytes:
        """The date, which uvicorn renews every second."""
        headers, written = self._dated
        if headers is not self.server_state.default_headers:
            headers = self.server_state.default_headers
            written = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
            self._dated = (headers, written)
        return written


class HubSockets(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which does not wait for one who no longer reads.

    uvicorn closes such a connection once everything was sent, which is never: what is under way for it would wait as long.
    """

    def handle_connect(self, event: Any) -> None:
        """A socket is asked for: what its URL may hold, such as a token that does not belong there, reaches no log."""
        super().handle_connect(event)
        if self.response.status_code == _SWITCHING:
            self.scope["query_string"] = b""

    def keepalive_timeout(self) -> None:
        """A ping was not answered in time."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """The server ends."""
        super().shutdown()
        self.loop.call_later(_LAST_WORDS_SECONDS, self.transport.abort)

    async def send(self, message: Any) -> None:
        """What the application says; after its last word the peer has some seconds to say goodbye."""
        await super().send(message)
        if message["type"] == "websocket.close" and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)
