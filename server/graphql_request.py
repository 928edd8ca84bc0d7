"""A GraphQL request out of an HTTP one: from the body of a POST, or from the URL of a GET."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Message

from hub.domain.errors import Invalid
from schema.engine import Operation
from server.media_types import JSON, is_json

_UNPRINTABLE = b"\\u0000"
_NO_NUL = "the request holds a NUL character: take it out"
_PARAMETERS = "query, variables, operationName and extensions"
_OBJECTS = ("variables", "extensions")
_FIELDS_MAX = 100


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How many sockets there may be in all and of one client, how many operations run on one, and how long things may take."""

    sockets: int = 1_000
    sockets_per_client: int = 20
    operations: int = 20
    init_seconds: float = 5.0
    look_seconds: float = 1.0
    """How often the token of an open socket is looked at."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one request may weigh, in bytes and levels of JSON, and how many seconds it may take."""

    body: int = 1_000_000
    nesting: int = 20
    body_seconds: float = 10.0
    seconds: float = 30.0
    sockets: SocketLimits = SocketLimits()


class Unfit(Exception):
    """The request is not GraphQL over HTTP; `status` says how."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = Invalid(message)


class _Request(msgspec.Struct, rename="camel"):
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Request)


async def read_post(
    headers: Mapping[bytes, bytes], receive: Callable[[], Awaitable[Message]], limits: HttpLimits
) -> Operation:
    """The operation in a body that is still to come; raises Unfit."""
    _require_json(headers)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body", False) or message["type"] == "http.disconnect":
        body = await _whole(message, receive, limits)
    return read_operation(body, limits)


def read_body(headers: Mapping[bytes, bytes], body: bytes, limits: HttpLimits) -> Operation:
    """The operation in a body of JSON; raises Unfit."""
    _require_json(headers)
    return read_operation(body, limits)


def read_operation(body: bytes, limits: HttpLimits) -> Operation:
    """The operation in JSON; raises Unfit."""
    _require_small(body, limits)
    if _UNPRINTABLE in body:
        raise Unfit(400, _NO_NUL)
    try:
        read = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Unfit(400, f"the body is not a GraphQL request in JSON: {_told(error)}") from None
    variables = read.variables
    if not variables:
        variables = {}
    elif body.count(b"{") + body.count(b"[") > limits.nesting:  # fewer cannot be nested deeper
        _require_shallow(variables, limits)
    return Operation(read.query, variables, read.operation_name)


async def read_get(query_string: bytes, limits: HttpLimits) -> Operation:
    """The operation in the parameters of a URL, which may only read; raises Unfit."""
    if len(query_string) > limits.body:
        raise Unfit(414, f"the URL is longer than {limits.body} bytes: send a body with POST")
    try:
        given = _parameters(query_string.decode("ascii"))
        values = {name: msgspec.json.decode(text) if name in _OBJECTS else text for name, text in given.items()}
        read = msgspec.convert(values, _Request)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Unfit(400, f"the URL's parameters are not a GraphQL request: {_told(error)}") from None
    if any("\0" in text or "\\u0000" in text for text in given.values()):
        raise Unfit(400, _NO_NUL)
    if read.variables:
        _require_shallow(read.variables, limits)
    return Operation(read.query, read.variables or {}, read.operation_name, is_safe=True)


def _parameters(query_string: str) -> dict[str, str]:
    """The parameters of a URL; raises ValueError when they are not percent-encoded UTF-8, too many, or given twice."""
    pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    given = dict(pairs)
    if len(given) != len(pairs):
        raise ValueError("one is given twice")
    return given


async def _whole(message: Message, receive: Callable[[], Awaitable[Message]], limits: HttpLimits) -> bytes:
    """The body that begins with this message."""
    body: bytes = b""
    while True:
        if message["type"] == "http.disconnect":
            raise Unfit(408, "the connection was closed before the body was there")
        body += message.get("body", b"")
        _require_small(body, limits)
        if not message.get("more_body", False):
            return body
        message = await receive()


def _require_json(headers: Mapping[bytes, bytes]) -> None:
    kind = headers.get(b"content-type", b"")
    if kind != JSON and not is_json(kind):
        raise Unfit(415, f"send {JSON.decode()} in UTF-8: an object with {_PARAMETERS}")


def _require_small(body: bytes, limits: HttpLimits) -> None:
    if len(body) > limits.body:
        raise Unfit(413, f"the body is larger than {limits.body} bytes: send less at a time")


def _require_shallow(variables: dict[str, Any], limits: HttpLimits) -> None:
    if _depth(variables, limits.nesting) > limits.nesting:
        raise Unfit(400, f"the variables are nested deeper than {limits.nesting} levels")


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
