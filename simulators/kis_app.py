"""KIS over HTTP, as docs/reference/national-systems.md says."""

import secrets
from collections.abc import Callable
from datetime import date

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.http import (
    HANDLERS,
    BadRequest,
    Endpoint,
    InvalidToken,
    answer,
    basic_credentials,
    bearer_token,
    limit_of,
    same,
    snapshot_page,
)
from simulators.kis import CardRequest, KisSystem

MAX_CARDS = 200
TOKEN_SECONDS = 3_600


class _Item(msgspec.Struct):
    key: str
    nik: str | None
    name: str | None
    birth_date: date | None
    pool_region: str | None


class _Cards(msgspec.Struct):
    items: list[_Item]


class Tokens:
    """Access tokens of client credentials; `clock` counts seconds and only has to grow."""

    def __init__(self, client_id: str, client_secret: str, clock: Callable[[], float]) -> None:
        self._client = client_id, client_secret
        self._clock = clock
        self._until: dict[str, float] = {}

    def grant(self, client_id: str, client_secret: str) -> str:
        """A new token; InvalidToken when id or secret are wrong."""
        if not (same(client_id, self._client[0]) and same(client_secret, self._client[1])):
            raise InvalidToken
        token = secrets.token_urlsafe(24)
        self._until[token] = self._clock() + TOKEN_SECONDS
        return token

    def check(self, token: str) -> None:
        """InvalidToken when a token is unknown, revoked or too old."""
        if self._until.get(token, float("-inf")) <= self._clock():
            raise InvalidToken

    def revoke_all(self) -> None:
        """Refuse every token given out so far."""
        self._until.clear()


def kis_app(system: KisSystem, tokens: Tokens) -> Starlette:
    """The application of KIS."""
    routes = _Routes(system, tokens)

    def guarded(endpoint: Endpoint) -> Endpoint:
        async def checked(request: Request) -> Response:
            tokens.check(bearer_token(request))
            return await endpoint(request)

        return checked

    return Starlette(
        routes=[
            Route("/oauth/token", routes.token, methods=["POST"]),
            Route("/pools", guarded(routes.pools)),
            Route("/participants", guarded(routes.participants)),
            Route("/changes", guarded(routes.changes)),
            Route("/cards", guarded(routes.cards), methods=["POST"]),
        ],
        exception_handlers=HANDLERS,
    )


class _Routes:
    def __init__(self, system: KisSystem, tokens: Tokens) -> None:
        self._system = system
        self._tokens = tokens

    async def token(self, request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        if "grant_type=client_credentials" not in body.split("&"):
            raise BadRequest("UNSUPPORTED_GRANT_TYPE", "grant_type must be client_credentials")
        token = self._tokens.grant(*basic_credentials(request))
        return answer({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    async def pools(self, _: Request) -> Response:
        return answer({"pools": self._system.pools()})

    async def participants(self, request: Request) -> Response:
        feed = self._system.feed
        page, next_cursor, changes_cursor = snapshot_page(request, self._system.rows, feed)
        current = [self._system.participants[participant_id] for participant_id in page]
        return answer(
            {
                "participants": current,
                "next_cursor": next_cursor,
                "changes_cursor": changes_cursor,
            }
        )

    async def changes(self, request: Request) -> Response:
        after = request.query_params.get("after")
        values, cursor, has_more = self._system.feed.page(after, limit_of(request))
        return answer({"changes": values, "cursor": cursor, "has_more": has_more})

    async def cards(self, request: Request) -> Response:
        try:
            cards = msgspec.json.decode(await request.body(), type=_Cards)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise BadRequest("BAD_BODY", str(error)) from error
        if len(cards.items) > MAX_CARDS:
            raise BadRequest("TOO_MANY_ITEMS", f"{len(cards.items)} items; at most {MAX_CARDS}")
        requests = [CardRequest(i.key, i.nik, i.name, i.birth_date, i.pool_region) for i in cards.items]
        return answer({"results": self._system.issue_all(requests)})
