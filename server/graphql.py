"""The /graphql endpoint: GraphQL over HTTP, with what a request may weigh and how long it may take."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from hub.domain.errors import HubError, Invalid, SourceError, Unauthenticated
from hub.domain.principal import Principal
from schema.context import RequestContext
from schema.engine import Answer, Engine, Operation
from schema.errors import unknown
from server.deadline import Deadline

JSON = b"application/json"
GRAPHQL_JSON = b"application/graphql-response+json"
_CONTENT_TYPES = {kind: (b"content-type", kind + b"; charset=utf-8") for kind in (JSON, GRAPHQL_JSON, b"text/plain")}
_NO_STORE = (b"cache-control", b"no-store")
_CHALLENGE = ((b"www-authenticate", b'Bearer error="invalid_token"'),)
_UNPRINTABLE = b"\\u0000"


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one request may weigh, in bytes and levels of JSON, and how many seconds it may take."""

    body: int = 1_000_000
    nesting: int = 20
    body_seconds: float = 10.0
    seconds: float = 30.0


class TokenValidator(Protocol):
    """Says who is calling (auth.validator)."""

    async def principal(self, authorization_header: str | None) -> Principal:
        """Raises Unauthenticated, or Retriable when the issuer's keys cannot be had now."""
        ...


class _Body(msgspec.Struct, rename="camel"):
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Body)


class _Unfit(Exception):
    """The request is not GraphQL over HTTP; `status` says how."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = Invalid(message)


class GraphQLEndpoint:
    """Answers POST with JSON; GET shows the way. A plain ASGI application: every request of a caller passes here."""

    def __init__(
        self,
        engine: Engine,
        validator: TokenValidator,
        context_of: Callable[[Principal], RequestContext],
        limits: HttpLimits,
    ) -> None:
        self._engine = engine
        self._validator = validator
        self._context_of = context_of
        self._limits = limits
        self.answers: Counter[int] = Counter()
        """How many answers had which status."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["method"] == "POST":
            reply = await self._post(dict(scope["headers"]), receive)
            self.answers[reply.status] += 1
            await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
            await send({"type": "http.response.body", "body": reply.body})
        else:
            await _show_the_way(Request(scope))(scope, receive, send)

    async def _post(self, headers: Mapping[bytes, bytes], receive: Receive) -> "_Reply":
        media_type = _accepted(headers.get(b"accept"))
        if media_type is None:
            text = f"Answers are {GRAPHQL_JSON.decode()} or {JSON.decode()}: accept one of them."
            return _Reply(text.encode(), 406, b"text/plain")
        operation: Operation | None = None
        try:
            principal = await self._validator.principal(_text(headers.get(b"authorization")))
            with Deadline(self._limits.body_seconds, self._limits.seconds) as deadline:
                operation = await self._read(headers, receive)
                deadline.request_is_there()
                answer = await self._engine.run(operation, self._context_of(principal))
        except Unauthenticated as error:
            return _Reply(_errors(error), 401, media_type, _CHALLENGE)
        except SourceError as error:
            return _Reply(_errors(error), 503, media_type)
        except _Unfit as unfit:
            return _Reply(_errors(unfit.error), unfit.status, media_type)
        except TimeoutError:
            if operation is None:
                return _Reply(_errors(Invalid(_not_there(self._limits))), 408, media_type)
            return _Reply(_errors(Invalid(_too_slow(self._limits)), code="DEADLINE"), 504, media_type)
        except Exception as error:  # noqa: BLE001 -- the edge: logged once, and masked
            return _Reply(msgspec.json.encode({"errors": [unknown(error)]}), 500, media_type)
        return _Reply(answer.body, _status(answer, media_type), media_type)

    async def _read(self, headers: Mapping[bytes, bytes], receive: Receive) -> Operation:
        kind = headers.get(b"content-type", b"")
        if kind != JSON and kind.partition(b";")[0].strip().lower() != JSON:
            raise _Unfit(415, f"send {JSON.decode()}: an object with query, variables and operationName")
        body = await self._body(receive)
        if _UNPRINTABLE in body:
            raise _Unfit(400, "the request holds a NUL character: take it out")
        try:
            read = _decoder.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _Unfit(400, f"the body is not a GraphQL request in JSON: {_told(error)}") from None
        deepest = self._limits.nesting
        brackets = body.count(b"{") + body.count(b"[")  # so few cannot be nested deeper
        if read.variables and brackets > deepest and _depth(read.variables, deepest) > deepest:
            raise _Unfit(400, f"the variables are nested deeper than {deepest} levels")
        return Operation(read.query, read.variables or {}, read.operation_name)

    async def _body(self, receive: Receive) -> bytes:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Unfit(408, "the connection was closed before the body was there")
            part: bytes = message.get("body", b"")
            body = body + part if body else part
            if len(body) > self._limits.body:
                raise _Unfit(413, f"the body is larger than {self._limits.body} bytes: send less at a time")
            if not message.get("more_body", False):
                return body


class _Reply:
    """What is sent back."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int, media_type: bytes, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self.body = body
        self.status = status
        self.headers = [_CONTENT_TYPES[media_type], (b"content-length", b"%d" % len(body)), _NO_STORE, *more]


def _show_the_way(request: Request) -> Response:
    """A browser is shown GraphiQL, anything else what to do."""
    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", ""):
        return RedirectResponse("graphiql/", 303)
    page = request.url.replace(path="/graphiql/", query="")
    text = f"POST a JSON object with query and variables here, with a token. In a browser, open {page}\n"
    return PlainTextResponse(text, 405, {"Allow": "POST"})


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")


def _accepted(header: bytes | None) -> bytes | None:
    """The media type of the answer; plain JSON when the caller does not mind."""
    if header is None or header == b"*/*":
        return JSON
    ranges = [part.partition(b";")[0].strip().lower() for part in header.split(b",")]
    if GRAPHQL_JSON in ranges:
        return GRAPHQL_JSON
    return JSON if {JSON, b"*/*", b"application/*"} & set(ranges) else None


def _status(answer: Answer, media_type: bytes) -> int:
    """As GraphQL over HTTP says: plain JSON answers every well-formed request with 200."""
    if answer.executed or media_type == JSON:
        return 200
    return 403 if answer.is_forbidden else 400


def _errors(error: HubError, code: str | None = None) -> bytes:
    shown: dict[str, Any] = {"message": error.message, "extensions": {"code": code or error.code}}
    return msgspec.json.encode({"errors": [shown]})


def _depth(value: object, enough: int) -> int:
    """How many levels JSON is nested; stops looking soon after `enough`."""
    level: list[object] = [value]
    depth = 0
    while level and depth <= enough:
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        depth += 1
    return depth


def _told(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def _not_there(limits: HttpLimits) -> str:
    return f"the body did not arrive within {limits.body_seconds:.0f} seconds"


def _too_slow(limits: HttpLimits) -> str:
    return f"this took longer than {limits.seconds:.0f} seconds: ask for less at a time"
