"""HTTP/1.1 over connections that are kept, for calls by the hundred: a Line on asyncio and httptools.

httpx2 with its pool takes a millisecond of processor time and more for a call, which is half a second when 514 districts
are asked at once; this one takes a twentieth of it. It speaks to one origin, sends bodies that are there as a whole, takes
answers as a whole, and knows no proxy, no redirect and no cookie.
"""

import asyncio
import ssl
from typing import cast
from urllib.parse import urlencode

import httptools
import httpx2

from connectors.line import USUAL_HEADERS, Answer, Call, limit_for, number
from connectors.settings import HttpSettings

_HEAD_MOST = 64 * 1024
"""Bytes of an answer before its body."""
_NEVER_IN_A_HEADER = frozenset("\r\n\x00")


class KeptConnections:
    """A Line; how many calls there are at the same time is the caller's matter."""

    def __init__(self, url: str, settings: HttpSettings, tls: ssl.SSLContext | None = None) -> None:
        self._url = url
        self._settings = settings
        self._tls = tls
        self._origin: _Origin | None = None
        self._idle: list[_Connection] = []
        self._is_closed = False

    async def exchange(self, call: Call, limit: int) -> Answer:
        """Send the call, read the answer up to the limit."""
        if self._origin is None:
            self._origin = _Origin(self._url)
        message = self._origin.message(call)
        while True:
            kept = self._kept()
            connection = kept or await self._connect(self._origin)
            try:
                answer = await connection.exchange(message, limit, self._settings.read_deadline)
            except httpx2.RemoteProtocolError:
                # A connection that was kept may have been closed meanwhile; what was sent on it was not taken.
                if kept is None or connection.has_answered:
                    raise
            else:
                if connection.is_reusable and not self._is_closed:
                    self._idle.append(connection)
                else:
                    connection.close()
                return answer

    async def aclose(self) -> None:
        """Close what is kept; a call that is under way closes its connection when it ends."""
        self._is_closed = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _kept(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable:
                return connection
        return None

    async def _connect(self, origin: "_Origin") -> "_Connection":
        seconds = self._settings.connect_deadline
        tls = (self._tls or ssl.create_default_context()) if origin.is_tls else None
        try:
            async with asyncio.timeout(seconds):
                _, connection = await asyncio.get_running_loop().create_connection(
                    _Connection, origin.host, origin.port, ssl=tls, server_hostname=origin.host if tls else None
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout(f"no connection within {seconds} s") from error
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        return connection


class _Connection(asyncio.Protocol):
    """One connection: an exchange at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self.has_answered = False
        """Whether anything came back in the exchange that is under way, or was the last."""
        self.is_reusable = False
        """Whether another exchange can follow the last one."""

    async def exchange(self, message: bytes, limit: int, silence: float) -> Answer:
        """Send, and wait for the whole answer; afterwards the connection is closed unless it is reusable."""
        self._begin(limit)
        if self._transport is None or self._transport.is_closing():
            raise httpx2.RemoteProtocolError("the connection was closed")
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self._watch = self._loop.call_later(silence, self._listen, silence)
        try:
            self._transport.write(message)
            return await answer
        except BaseException:
            self.close()
            raise
        finally:
            self._watch.cancel()
            self._answer = None

    def close(self) -> None:
        """Let go at once."""
        self.is_reusable = False
        self._parser = None  # it refers to us: without it nothing is left for the collector
        if self._transport is not None:
            self._transport.abort()

    def _begin(self, limit: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.has_answered = self.is_reusable = False
        self._limit = limit
        self._status = 0
        self._headers: dict[str, str] = {}
        self._has_head = False
        self._head_size = 0
        self._body = bytearray()
        self._heard_at = self._loop.time()

    def _listen(self, silence: float) -> None:
        """Give up when nothing came for so long; else look again when that could be."""
        left = self._heard_at + silence - self._loop.time()
        if left <= 0:
            self._fail(httpx2.ReadTimeout(f"silent for {silence} s"))
        else:
            self._watch = self._loop.call_later(left, self._listen, silence)

    def _finish(self, *, is_whole: bool) -> None:
        if self._answer is not None and not self._answer.done():
            body = bytes(self._body) if is_whole else b""
            self._answer.set_result(Answer(self._status, self._headers, body, is_whole))

    def _fail(self, error: httpx2.TransportError) -> None:
        """The exchange breaks off; of a refusal its status is enough."""
        self.is_reusable = False
        if self._has_head and not 200 <= self._status < 300:
            self._finish(is_whole=False)
        elif self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._parser is None or self._answer is None or self._answer.done():
            # Nobody asked for this: it must not be taken for the answer to the next call.
            self.close()
            return
        self.has_answered = True
        self._heard_at = self._loop.time()
        if not self._has_head:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(httpx2.RemoteProtocolError(f"this is no answer in HTTP: {type(error).__name__}"))
        if not self._has_head and self._head_size > _HEAD_MOST:
            self._fail(httpx2.RemoteProtocolError(f"a head of more than {_HEAD_MOST} bytes"))

    def connection_lost(self, error: Exception | None) -> None:
        is_measured = not {"content-length", "transfer-encoding"}.isdisjoint(self._headers) if self._parser else True
        if self._parser is not None and self._has_head and not is_measured and error is None:
            self._finish(is_whole=True)  # a body without a length ends with its connection
        self._fail(httpx2.RemoteProtocolError("the connection was closed before the answer was whole"))
        self._parser = None

    # httptools calls these

    def on_message_begin(self) -> None:
        if self._answer is not None and self._answer.done():
            self.is_reusable = False  # a second answer to one call: what is on this connection cannot be told any more

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head:  # behind a body there may be more, of which nobody said that it would come
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._status = cast(httptools.HttpResponseParser, self._parser).get_status_code()
        if self._status < 200:
            self._headers = {}
            return
        self._has_head = True
        self._limit = limit_for(self._status, self._limit)
        if (number(self._headers.get("content-length")) or 0) > self._limit:
            self._finish(is_whole=False)

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > self._limit:
            self._finish(is_whole=False)

    def on_message_complete(self) -> None:
        if self._has_head and self._answer is not None and not self._answer.done():
            self.is_reusable = cast(httptools.HttpResponseParser, self._parser).should_keep_alive()
            self._finish(is_whole=True)


class _Origin:
    """Where a URL leads, and how a call to it is written."""

    def __init__(self, url: str) -> None:
        parsed = httpx2.URL(url)
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise httpx2.UnsupportedProtocol(f"a URL has to be http:// or https://, not {parsed.scheme}")
        self.is_tls = parsed.scheme == "https"
        self.host = parsed.raw_host.decode("ascii")
        self.port = parsed.port or (443 if self.is_tls else 80)
        self._path = parsed.raw_path
        self._usual = b"Host: %b\r\n" % parsed.netloc + b"".join(_line(*each) for each in USUAL_HEADERS.items())

    def message(self, call: Call) -> bytes:
        """The call on the wire; LocalProtocolError for a header that cannot be sent."""
        target = self._path.rstrip(b"/") + call.path.encode("ascii") if call.path else self._path
        if call.params:
            target += (b"&" if b"?" in target else b"?") + urlencode(call.params).encode()
        lines = [b"%b %b HTTP/1.1\r\n" % (call.method.encode(), target), self._usual]
        lines += [_line(name, value) for name, value in call.headers.items()]
        body = call.body or b""
        if body or call.method not in {"GET", "HEAD"}:
            lines.append(b"Content-Length: %d\r\n" % len(body))
        return b"".join([*lines, b"\r\n", body])


def _line(name: str, value: str) -> bytes:
    if not _NEVER_IN_A_HEADER.isdisjoint(name + value):
        raise httpx2.LocalProtocolError("a header holds a line break")
    return f"{name}: {value}\r\n".encode("ascii")
