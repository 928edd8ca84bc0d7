"""What the HTTP interfaces of the national systems have in common."""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from secrets import compare_digest
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from simulators.feed import CursorExpired, Feed

MAX_PAGE = 2_000
DEFAULT_PAGE = 500

Endpoint = Callable[[Request], Awaitable[Response]]


class BadRequest(Exception):
    """422: the request cannot be understood; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class InvalidToken(Exception):
    """401."""


def answer(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response."""
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


async def on_error(_: Request, error: Exception) -> Response:
    """The documented body of each error."""
    match error:
        case InvalidToken():
            return answer({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        case CursorExpired():
            return answer({"error": "cursor_expired"}, 410)
        case BadRequest():
            return answer({"error": error.code, "message": error.message}, 422)
        case HTTPException():
            return answer({"error": "http", "message": error.detail}, error.status_code)
    return answer({"error": "internal", "message": "the system failed"}, 500)


HANDLERS = dict.fromkeys((InvalidToken, CursorExpired, BadRequest, HTTPException), on_error)
"""Exception handlers of a Starlette application."""


def limit_of(request: Request) -> int:
    """The `limit` of a list, 500 when absent; BadRequest when it is no number from 1 to 2,000."""
    text = request.query_params.get("limit", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAX_PAGE:
        raise BadRequest("BAD_LIMIT", f"limit is {text!r}; write a number from 1 to {MAX_PAGE}")
    return int(text)


def basic_credentials(request: Request) -> tuple[str, str]:
    """User and password of HTTP Basic, both empty when absent or malformed."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def bearer_token(request: Request) -> str:
    """The bearer token, empty when absent."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def same(given: str, expected: str) -> bool:
    """Compare secrets in constant time."""
    return compare_digest(given.encode(), expected.encode())


def snapshot_page(request: Request, rows: Sequence[str], feed: Feed[Any]) -> tuple[Sequence[str], str | None, str]:
    """A page of the snapshot `rows`, the next cursor, and the cursor where its first page left the feed.

    The snapshot's cursor carries the feed's, so that it is the same on every page and expires with it.
    """
    cursor = request.query_params.get("cursor")
    left_at, offset = feed.cursor(feed.position), 0
    if cursor:
        left_at, _, place = cursor.partition("-")
        feed.decode(left_at)
        if not (place.isascii() and place.isdigit()) or int(place) > len(rows):
            raise CursorExpired(cursor)
        offset = int(place)
    page = rows[offset : offset + limit_of(request)]
    end = offset + len(page)
    return page, f"{left_at}-{end}" if end < len(rows) else None, left_at
