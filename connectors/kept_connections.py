"""HTTP/1.1 over connections that are kept, for calls by the hundred: a transport for httpx2 on asyncio and httptools.

httpx2's own costs about a millisecond of processor time a call, which is half a second when 514 districts are asked at
once; this one a tenth of it. It speaks to one origin, sends bodies that are there as a whole, and knows no proxy.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from typing import cast

import httptools
import httpx2

_BUFFERED = 256 * 1024
"""Bytes of an answer that wait to be read; the connection is not read on while there are more."""
_NEVER_IN_A_HEADER = frozenset(b"\r\n\x00")
_WRITTEN_BY_US = frozenset({b"connection", b"host", b"transfer-encoding"})


class KeptConnections(httpx2.AsyncBaseTransport):
    """Connections to one origin; how many at the same time is the caller's matter."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._idle: list[_Connection] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and wait for the head of its answer; httpx2's exceptions say what went wrong."""
        head = _head(request)
        body = await request.aread()
        timeout = request.extensions.get("timeout", {})
        while True:
            kept = self._kept()
            connection = kept or await self._connect(request.url, timeout.get("connect"))
            try:
                return await connection.exchange(head + body, timeout.get("read"), self._idle)
            except httpx2.RemoteProtocolError:
                # A connection that was kept may have been closed meanwhile; what was sent on it was not taken.
                if kept is None or connection.has_answered:
                    raise
            except BaseException:
                connection.close()
                raise

    async def aclose(self) -> None:
        """Close what is kept."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _kept(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed:
                return connection
        return None

    async def _connect(self, url: httpx2.URL, seconds: float | None) -> "_Connection":
        is_tls = url.scheme == "https"
        port = url.port or (443 if is_tls else 80)
        tls = (self._tls or ssl.create_default_context()) if is_tls else None
        try:
            async with asyncio.timeout(seconds):
                _, connection = await asyncio.get_running_loop().create_connection(
                    _Connection, url.host, port, ssl=tls, server_hostname=url.host if is_tls else None
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout(f"no connection within {seconds} s") from error
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        return connection


class _Connection(asyncio.Protocol):
    """One connection: an exchange at a time."""

    def __init__(self) -> None:
        self.is_closed = False
        self.has_answered = False
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[None] | None = None
        self._begin()

    def _begin(self) -> None:
        self.has_answered = False
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._has_head = False
        self._is_whole = False
        self._is_kept = False
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._error: Exception | None = None

    async def exchange(self, message: bytes, seconds: float | None, idle: "list[_Connection]") -> httpx2.Response:
        """Send, and give the answer once its head is there; the connection is kept when its body was read to the end."""
        self._begin()
        self._parser = httptools.HttpResponseParser(self)
        if self._transport is None or self.is_closed:
            raise httpx2.RemoteProtocolError("the connection was closed")
        self._transport.write(message)
        while not self._has_head:
            await self._wait(seconds)
        return httpx2.Response(self._status, headers=self._headers, stream=_Body(self, seconds, idle))

    async def chunks(self, seconds: float | None) -> AsyncIterator[bytes]:
        """The body as it comes."""
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._size -= len(chunk)
                if self._size <= _BUFFERED and self._transport is not None and not self.is_closed:
                    self._transport.resume_reading()
                yield chunk
            if self._is_whole:
                return
            await self._wait(seconds)

    def release(self, idle: "list[_Connection]") -> None:
        """Keep the connection for another exchange if the other side does and nothing of this one is left."""
        if self._is_whole and self._is_kept and not self.is_closed:
            idle.append(self)
        else:
            self.close()

    def close(self) -> None:
        """Let go at once."""
        self.is_closed = True
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self, seconds: float | None) -> None:
        """Until something came; raises what went wrong."""
        if self._error is None and not self.is_closed:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    await self._waiting
            except TimeoutError as error:
                raise httpx2.ReadTimeout(f"silent for {seconds} s") from error
            finally:
                self._waiting = None
        if self._error is not None:
            raise self._error
        if self.is_closed and not self._is_whole and not self._chunks:
            raise httpx2.RemoteProtocolError("the connection was closed before the answer was whole")

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.has_answered = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._error = httpx2.RemoteProtocolError(f"this is no HTTP: {type(error).__name__}")
            self.close()
        if self._size > _BUFFERED and self._transport is not None and not self.is_closed:
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, _: Exception | None) -> None:
        self.is_closed = True
        if self._has_head and not self._is_whole and not self._is_measured():
            self._is_whole = True  # a body without a length ends with its connection
        self._wake()

    # httptools calls these

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._status >= 200:
            self._has_head = True
        else:
            self._headers = []

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._size += len(body)

    def on_message_complete(self) -> None:
        if self._has_head:
            self._is_whole = True
            self._is_kept = self._parser.should_keep_alive()  # it can be told now and not later

    def _is_measured(self) -> bool:
        return any(name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in self._headers)


class _Body(httpx2.AsyncByteStream):
    """The body of an answer; the connection goes back when it is closed."""

    def __init__(self, connection: _Connection, seconds: float | None, idle: list[_Connection]) -> None:
        self._connection = connection
        self._seconds = seconds
        self._idle = idle

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._connection.chunks(self._seconds)

    async def aclose(self) -> None:
        """The caller has what it wants."""
        self._connection.release(self._idle)


def _head(request: httpx2.Request) -> bytes:
    """The head of the request; LocalProtocolError for a header that cannot be sent."""
    lines = [b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (request.method.encode(), request.url.raw_path, request.url.netloc)]
    for name, value in request.headers.raw:
        if not _NEVER_IN_A_HEADER.isdisjoint(name + value):
            raise httpx2.LocalProtocolError("a header holds a line break")
        if name.lower() not in _WRITTEN_BY_US:
            lines.append(b"%b: %b\r\n" % (name, value))
    return b"".join(lines) + b"\r\n"
