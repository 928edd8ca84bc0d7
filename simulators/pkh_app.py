"""PKH over HTTP, as docs/reference/national-systems.md says."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.http import HANDLERS, Endpoint, InvalidToken, answer, limit_of, same, snapshot_page
from simulators.pkh import PkhSystem


def pkh_app(system: PkhSystem, api_key: str) -> Starlette:
    """The application of PKH."""

    def guarded(endpoint: Endpoint) -> Endpoint:
        async def checked(request: Request) -> Response:
            if not same(request.headers.get("x-api-key", ""), api_key):
                raise InvalidToken
            return await endpoint(request)

        return checked

    async def quotas(_: Request) -> Response:
        return answer({"quotas": system.pools()})

    async def households(request: Request) -> Response:
        page, next_cursor, changes_cursor = snapshot_page(request, system.rows, system.feed)
        return answer(
            {
                "households": [system.recipients[recipient_id] for recipient_id in page],
                "next_cursor": next_cursor,
                "changes_cursor": changes_cursor,
            }
        )

    async def changes(request: Request) -> Response:
        values, cursor, has_more = system.feed.page(request.query_params.get("after"), limit_of(request))
        return answer({"changes": values, "cursor": cursor, "has_more": has_more})

    return Starlette(
        routes=[
            Route("/quotas", guarded(quotas)),
            Route("/households", guarded(households)),
            Route("/changes", guarded(changes)),
        ],
        exception_handlers=HANDLERS,
    )
