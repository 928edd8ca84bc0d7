"""The /graphql endpoint: GraphQL over HTTP, with what a request may weigh and how long it may take."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from hub.domain.errors import HubError, Invalid, SourceError, Unauthenticated
from hub.domain.principal import Principal
from schema.context import RequestContext
from schema.engine import Answer, Engine, Operation
from schema.errors import unknown

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
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


class _Unfit(Exception):
    """The request is not GraphQL over HTTP; `status` says how."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = Invalid(message)


class GraphQLEndpoint:
    """Answers POST with JSON; GET shows the way."""

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

    async def post(self, request: Request) -> Response:
        """One operation."""
        media_type = _accepted(request.headers.get("Accept"))
        if media_type is None:
            return PlainTextResponse(f"Answers are {GRAPHQL_JSON} or {JSON}: accept one of them.", 406)
        try:
            principal = await self._validator.principal(request.headers.get("Authorization"))
            operation = await self._read(request)
            async with asyncio.timeout(self._limits.seconds):
                answer = await self._engine.run(operation, self._context_of(principal))
        except Unauthenticated as error:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return _response(_errors(error), 401, media_type, challenge)
        except SourceError as error:
            return _response(_errors(error), 503, media_type)
        except _Unfit as unfit:
            return _response(_errors(unfit.error), unfit.status, media_type)
        except TimeoutError:
            return _response(_errors(Invalid(_too_slow(self._limits)), code="DEADLINE"), 504, media_type)
        except Exception as error:  # noqa: BLE001 -- the edge: logged once, and masked
            return _response(msgspec.json.encode({"errors": [unknown(error)]}), 500, media_type)
        return _response(answer.body, _status(answer, media_type), media_type)

    async def get(self, request: Request) -> Response:
        """A browser is shown GraphiQL, anything else what to do."""
        if "text/html" in request.headers.get("Accept", ""):
            return RedirectResponse("graphiql/", 303)
        page = request.url.replace(path="/graphiql/", query="")
        text = f"POST a JSON object with query and variables here, with a token. In a browser, open {page}\n"
        return PlainTextResponse(text, 405, {"Allow": "POST"})

    async def _read(self, request: Request) -> Operation:
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON:
            raise _Unfit(415, f"send {JSON}: an object with query, variables and operationName")
        body = await self._body(request)
        if _UNPRINTABLE in body:
            raise _Unfit(400, "the request holds a NUL character: take it out")
        try:
            read = msgspec.json.decode(body, type=_Body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _Unfit(400, f"the body is not a GraphQL request in JSON: {_told(error)}") from None
        if _depth(read.variables, self._limits.nesting) > self._limits.nesting:
            raise _Unfit(400, f"the variables are nested deeper than {self._limits.nesting} levels")
        return Operation(read.query, read.variables or {}, read.operation_name)

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for part in request.stream():
                    body += part
                    if len(body) > self._limits.body:
                        raise _Unfit(413, f"the body is larger than {self._limits.body} bytes: send less at a time")
        except (TimeoutError, ClientDisconnect):
            raise _Unfit(408, f"the body did not arrive within {self._limits.body_seconds:.0f} seconds") from None
        return bytes(body)


def _accepted(header: str | None) -> str | None:
    """The media type of the answer; plain JSON when the caller does not mind."""
    ranges = [part.partition(";")[0].strip().lower() for part in (header or "*/*").split(",")]
    if GRAPHQL_JSON in ranges:
        return GRAPHQL_JSON
    return JSON if {JSON, "*/*", "application/*"} & set(ranges) else None


def _status(answer: Answer, media_type: str) -> int:
    """As GraphQL over HTTP says: plain JSON answers every well-formed request with 200."""
    if answer.executed or media_type == JSON:
        return 200
    return 403 if answer.is_forbidden else 400


def _response(body: bytes, status: int, media_type: str, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, {**(headers or {}), "Cache-Control": "no-store"}, f"{media_type}; charset=utf-8")


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


def _too_slow(limits: HttpLimits) -> str:
    return f"this took longer than {limits.seconds:.0f} seconds: ask for less at a time"
