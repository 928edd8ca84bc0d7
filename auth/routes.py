"""The issuer's HTTP endpoints."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth.core import Answer, oauth_error
from auth.issuer import Issuer

LARGEST_FORM = 16 * 1024
MOST_FIELDS = 20
BODY_SECONDS = 10.0
_FORM = "application/x-www-form-urlencoded"
_CACHED = {"Cache-Control": "public, max-age=300"}


def oauth_routes(issuer: Issuer) -> list[Route]:
    """Token endpoint, key set and metadata, at the root of the issuer's URL."""
    return [
        Route("/oauth/token", _token(issuer), methods=["POST"]),
        Route("/oauth/jwks", _jwks(issuer), methods=["GET"]),
        Route("/.well-known/oauth-authorization-server", _metadata(issuer), methods=["GET"]),
    ]


def _token(issuer: Issuer) -> Callable[[Request], Awaitable[Response]]:
    async def token(request: Request) -> Response:
        form = await _read_form(request)
        answer = form if isinstance(form, Answer) else await issuer.token(form, request.headers.get("Authorization"))
        headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
        return JSONResponse(answer.body, answer.status, headers)

    return token


def _jwks(issuer: Issuer) -> Callable[[Request], Awaitable[Response]]:
    async def jwks(_: Request) -> Response:
        return JSONResponse(await issuer.jwks(), headers=_CACHED)

    return jwks


def _metadata(issuer: Issuer) -> Callable[[Request], Awaitable[Response]]:
    async def metadata(_: Request) -> Response:
        return JSONResponse(issuer.metadata(), headers=_CACHED)

    return metadata


async def _read_form(request: Request) -> dict[str, str] | Answer:
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM:
        return oauth_error("invalid_request", f"the content type must be {_FORM}")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read_body(request)
    except (TimeoutError, ClientDisconnect):
        return oauth_error("invalid_request", f"the form did not arrive within {BODY_SECONDS:.0f} seconds", 408)
    if body is None:
        return oauth_error("invalid_request", f"the form is larger than {LARGEST_FORM} bytes", 413)
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        return oauth_error("invalid_request", "the form is not urlencoded UTF-8")
    form = dict(fields)
    if len(form) != len(fields):
        return oauth_error("invalid_request", "a parameter comes twice")
    # RFC 6749, section 3.2: a parameter without a value counts as left out.
    return {name: value for name, value in form.items() if value}


async def _read_body(request: Request) -> bytes | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return None
    return bytes(body)
