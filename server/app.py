"""The application: what is served at which path. Whoever makes it owns the database and closes it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from hub.domain.principal import Principal
from hub.domain.source import Connector
from hub.federation.federation import Federation
from hub.store.database import Access, Database
from hub.store.districts import count_stale_sources
from resolvers.context import Clock
from resolvers.reference import Reference
from schema.build import build_schema
from schema.context import RequestContext
from schema.engine import Engine
from server.graphql import GraphQLEndpoint, TokenValidator
from server.graphql_request import HttpLimits
from server.metrics import metrics_route
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


def create_app(
    *,
    database: Database,
    validator: TokenValidator,
    oauth_routes: Sequence[BaseRoute],
    outside: OutsideSystems,
    clock: Clock,
    limits: HttpLimits | None = None,
) -> "HubApp":
    """/graphql, /graphiql, /healthz, /readyz, /metrics and the issuer's routes; `database` is open and stays the caller's."""

    reference = Reference()

    def context_of(principal: Principal) -> RequestContext:
        session = database.caller(Access(principal.regions, principal.client_id))
        return RequestContext(
            principal=principal,
            session=session,
            jobs=database.jobs,
            clock=clock,
            connectors=outside.connectors,
            reference=reference,
            inspector=outside.inspector,
            federation=outside.federation,
        )

    engine = Engine(build_schema().graphql)
    endpoint = GraphQLEndpoint(engine, validator, context_of, limits or HttpLimits())
    rest = Starlette(
        routes=[
            graphiql_route(PAGES / "graphiql"),
            Route("/healthz", _health, methods=["GET"]),
            Route("/readyz", _readiness(database, clock), methods=["GET"]),
            metrics_route(endpoint.answers, engine.counters, outside.federation.gather.counters),
            *oauth_routes,
        ]
    )
    return HubApp(endpoint, rest)


class HubApp:
    """Hands /graphql straight to its endpoint; a router and its middleware would cost more than some operations."""

    def __init__(self, graphql: GraphQLEndpoint, rest: ASGIApp) -> None:
        self.graphql = graphql
        self.idle = Timeouts(KEEP_ALIVE_SECONDS)
        """Connections that wait for a request."""
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        is_graphql = scope["type"] == "http" and scope["path"] == "/graphql"
        await (self.graphql if is_graphql else self._rest)(scope, receive, send)


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


async def _stale_sources(database: Database, now: datetime) -> int:
    async with asyncio.timeout(_READY_SECONDS):
        return await count_stale_sources(database.jobs, now)
