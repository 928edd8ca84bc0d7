"""The application: what is served at which path. Whoever makes it owns the database and closes it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.domain.directory import DistrictInspector
from hub.domain.errors import InternalError
from hub.domain.principal import Principal
from hub.domain.source import Connector
from hub.federation.federation import Federation
from hub.store.database import Access, Database
from hub.store.districts import count_stale_sources
from hub.store.escalation import Pass, find_pass
from hub.store.event_feed import EventFeed
from resolvers.context import Clock
from resolvers.outbox_delivery import OutboxCounters
from resolvers.reference import Reference
from schema.build import build_schema
from schema.context import RequestContext
from schema.engine import Engine
from server.event_metrics import EventFigures
from server.graphql import GraphQLEndpoint, TokenValidator
from server.graphql_request import HttpLimits
from server.metrics import LastPass, metrics_route
from server.socket import SocketEndpoint
from server.timeouts import Timeouts

PAGES = Path(__file__).with_name("pages") / "dist"
KEEP_ALIVE_SECONDS = 5.0
"""How long a connection may stand open between two requests."""
_READY_SECONDS = 2.0


class OutsideSystems(Protocol):
    """The outside systems as they are now: each request takes them as it begins."""

    @property
    def connectors(self) -> Mapping[str, Connector]:
        """By the codes of their systems."""
        ...

    @property
    def federation(self) -> Federation:
        """The districts as one."""
        ...

    @property
    def inspector(self) -> DistrictInspector:
        """Checks districts."""
        ...

    @property
    def outbox(self) -> OutboxCounters:
        """What of the outbox this process delivered."""
        ...


def create_app(
    *,
    database: Database,
    validator: TokenValidator,
    oauth_routes: Sequence[BaseRoute],
    outside: OutsideSystems,
    clock: Clock,
    limits: HttpLimits | None = None,
) -> "HubApp":
    """/graphql, /graphiql, /healthz, /readyz, /metrics and the issuer's routes; `database` is open and stays the caller's.

    Somebody has to run the application's `telling.feed.follow()`, or no event is told.
    """
    feed = EventFeed(database, clock)
    context_of = _contexts(database, outside, clock, feed)
    engine = Engine(build_schema().graphql)
    http = limits or HttpLimits()
    endpoint = GraphQLEndpoint(engine, validator, context_of, http)
    sockets = SocketEndpoint(engine, validator, context_of, http)
    figures = EventFigures(feed, sockets)
    metrics = metrics_route(
        endpoint.answers,
        engine.counters,
        outside.federation.gather.counters,
        outside.outbox,
        figures,
        last_pass=_last_pass(database, clock),
    )
    rest = Starlette(routes=[*_own_routes(database, clock), metrics, *oauth_routes])
    return HubApp(endpoint, rest, Telling(sockets, feed, figures))


def _contexts(
    database: Database, outside: OutsideSystems, clock: Clock, feed: EventFeed
) -> Callable[[Principal], RequestContext]:
    """Makes the context of each request: what all of them share, and the outside systems as they are then."""
    reference = Reference()

    def context_of(principal: Principal) -> RequestContext:
        return RequestContext(
            principal=principal,
            session=database.caller(Access.of(principal)),
            jobs=database.jobs,
            clock=clock,
            connectors=outside.connectors,
            reference=reference,
            inspector=outside.inspector,
            federation=outside.federation,
            feed=feed,
        )

    return context_of


def _own_routes(database: Database, clock: Clock) -> list[BaseRoute]:
    return [
        graphiql_route(PAGES / "graphiql"),
        Route("/healthz", _health, methods=["GET"]),
        Route("/readyz", _readiness(database, clock), methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class Telling:
    """What tells of events: over sockets, from the feed, with its figures."""

    sockets: SocketEndpoint
    feed: EventFeed
    figures: EventFigures


class HubApp:
    """Hands /graphql straight to its endpoint; a router and its middleware would cost more than some operations."""

    def __init__(self, graphql: GraphQLEndpoint, rest: ASGIApp, telling: Telling | None = None) -> None:
        self.graphql = graphql
        self.idle = Timeouts(KEEP_ALIVE_SECONDS)
        """Connections that wait for a request."""
        self._rest = rest
        self._telling = telling
        self._ways: dict[str, ASGIApp] = {"http": graphql}
        if telling is not None:
            self._ways["websocket"] = telling.sockets

    @property
    def telling(self) -> Telling:
        """What tells of events."""
        if self._telling is None:
            raise InternalError("this application was made to tell of no events")
        return self._telling

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        way = self._ways.get(scope["type"]) if scope.get("path") == "/graphql" else None
        await (way or self._rest)(scope, receive, send)


def graphiql_route(folder: Path) -> BaseRoute:
    """/graphiql/ from the folder that set-up built, or what to do when there is none."""
    if (folder / "index.html").is_file():
        return Mount("/graphiql", StaticFiles(directory=folder, html=True))
    return Route("/graphiql{rest:path}", _not_built, methods=["GET"])


async def _not_built(_: Request) -> Response:
    return PlainTextResponse("GraphiQL was not built: run ./run once where npm's registry can be reached.\n", 404)


async def _health(_: Request) -> Response:
    """The process is up."""
    return JSONResponse({"status": "up"})


def _readiness(database: Database, clock: Clock) -> Callable[[Request], Awaitable[Response]]:
    async def ready(_: Request) -> Response:
        """The database answers; and how many sources are stale."""
        try:
            stale = await _stale_sources(database, clock())
        except Exception:  # noqa: BLE001 -- whatever it is, the hub cannot serve now
            return JSONResponse({"status": "database unavailable"}, 503)
        return JSONResponse({"status": "ready", "staleSources": stale})

    return ready


def _last_pass(database: Database, clock: Clock) -> LastPass:
    async def last() -> tuple[datetime, Pass | None]:
        return clock(), await find_pass(database.jobs)

    return last


async def _stale_sources(database: Database, now: datetime) -> int:
    async with asyncio.timeout(_READY_SECONDS):
        return await count_stale_sources(database.jobs, now)
