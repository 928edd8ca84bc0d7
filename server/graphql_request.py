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
_PARAMETERS = "query, variables, operationName and extensions"
_OBJECTS = ("variables", "extensions")
_FIELDS_MAX = 100


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one request may weigh, in bytes and levels of JSON, and how many seconds it may take."""

    body: int = 1_000_000
    nesting: int = 20
    body_seconds: float = 10.0
    seconds: float = 30.0


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
    return read_body(headers, await _body(receive, limits), limits)


def read_body(headers: Mapping[bytes, bytes], body: bytes, limits: HttpLimits) -> Operation:
    """The operation in a body of JSON; raises Unfit."""
    _require_json(headers)
    _require_small(body, limits)
    if _UNPRINTABLE in body:
        raise Unfit(400, "the request holds a NUL character: take it out")
    try:
        read = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Unfit(400, f"the body is not a GraphQL request in JSON: {_told(error)}") from None
    brackets = body.count(b"{") + body.count(b"[")  # so few cannot be nested deeper
    if read.variables and brackets > limits.nesting:
        _require_shallow(read.variables, limits)
    return Operation(read.query, read.variables or {}, read.operation_name)


def read_get(query_string: bytes, limits: HttpLimits) -> Operation:
    """The operation in the parameters of a URL, which may only read; raises Unfit."""
    if len(query_string) > limits.body:
        raise Unfit(414, f"the URL is longer than {limits.body} bytes: send a body with POST")
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX
        )
        given = dict(pairs)
        if len(given) != len(pairs):
            raise Unfit(400, "the URL has a parameter twice: give each once")
        values = {name: msgspec.json.decode(text) if name in _OBJECTS else text for name, text in given.items()}
        read = msgspec.convert(values, _Request)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Unfit(400, f"the URL's parameters are not a GraphQL request: {_told(error)}") from None
    if "\0" in read.query or b"%00" in query_string or _UNPRINTABLE in query_string:
        raise Unfit(400, "the request holds a NUL character: take it out")
    if read.variables:
        _require_shallow(read.variables, limits)
    return Operation(read.query, read.variables or {}, read.operation_name, is_safe=True)


async def _body(receive: Callable[[], Awaitable[Message]], limits: HttpLimits) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unfit(408, "the connection was closed before the body was there")
        part: bytes = message.get("body", b"")
        body = body + part if body else part
        _require_small(body, limits)
        if not message.get("more_body", False):
            return body


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
