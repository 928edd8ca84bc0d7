"""Two regencies with households, rosters, pools, a run and matches, made the way the hub makes them; and its callers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2

from hub.domain.errors import Unauthenticated
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role, Scope
from hub.domain.records import (
    Record,
)
from hub.domain.village_profiles import PovertySeriesRecord, VillageProfileRecord
from hub.store import sources
from hub.store.batches import Batch, merge_batch
from hub.store.database import Access, Database, open_database
from hub.store.village_profiles import ProfileBatch, merge_profiles
from resolvers import allocation, lifecycle
from resolvers.context import Context
from resolvers.findings import find_unused
from resolvers.matching import evaluate_all
from schema.context import RequestContext
from server.app import create_app
from server.graphql_request import HttpLimits
from tests.districts import Still, join_districts
from tests.schema.happenings import (
    change_rules,
    let_case_files_rise,
    put_to_review,
    refer,
    register_webhooks,
    suspect_moves,
    work_on_cases,
)
from tests.schema.world_records import (
    FOREIGN,
    HOUSEHOLDS,
    NOW,
    OWN,
    PERIOD,
    VILLAGES,
    district_records,
    household_of,
    person_of,
    pool,
    roster,
)


def clock() -> datetime:
    return NOW


def _principal(name: str, role: Role, regency: str | None = None, without: frozenset[Scope] = frozenset()) -> Principal:
    return Principal(name, role, SCOPES_OF_ROLE[role] - without, regency)


CALLERS: dict[str, Principal] = {
    "analyst": _principal("analyst", Role.MINISTRY_ANALYST),
    "approver": _principal("approver", Role.MINISTRY_ANALYST),
    "officer": _principal("officer", Role.DISTRICT_OFFICER, OWN),
    "masked-officer": _principal("masked", Role.DISTRICT_OFFICER, OWN, frozenset({Scope.IDENTITY_READ})),
    "system": _principal("system", Role.DISTRICT_SYSTEM, OWN),
    "foreign-officer": _principal("foreign", Role.DISTRICT_OFFICER, FOREIGN),
    "health-officer": replace(_principal("health", Role.DISTRICT_OFFICER, OWN), agency_code=f"{OWN}/DINAS_KESEHATAN"),
    "blind-analyst": _principal("blind", Role.MINISTRY_ANALYST, without=frozenset({Scope.CASE_SENSITIVE})),
    "partner": _principal("partner", Role.PARTNER_APP),
    "router": _principal("router", Role.ROUTER),
    "bare-router": Principal("bare-router", Role.ROUTER, frozenset({Scope.FEDERATION_READ})),
}


class NamedCallers:
    """Takes the name of a caller for a token."""

    def known(self, authorization_header: str | None) -> Principal | None:
        return CALLERS.get((authorization_header or "").removeprefix("Bearer "))

    async def principal(self, authorization_header: str | None) -> Principal:
        known = self.known(authorization_header)
        if known is None:
            raise Unauthenticated("no token came with the request")
        return known


async def fill(database: Database) -> None:
    """Join, ingest, link, judge, allocate, offer."""
    jobs = database.jobs
    await join_districts(jobs, {code: f"http://{code}.example/graphql" for code in (OWN, FOREIGN)}, NOW)
    for regency, count in ((OWN, HOUSEHOLDS), (FOREIGN, 6)):
        await _merge(jobs, regency, regency, district_records(regency, count))
        for source, records in roster(regency, count).items():
            await _merge(jobs, source, None, records)
    for code in ("KIS", "PKH", OWN):
        await sources.move_cursor(jobs, sources.CursorMove(code, None, "end", is_drained=True), NOW)
    await sources.merge_pools(jobs, "KIS", [pool("KIS_PBI", None, 400)], NOW)
    await sources.merge_pools(jobs, "PKH", [pool("PKH", OWN, 20), pool("PKH", FOREIGN, 2)], NOW)
    await evaluate_all(jobs, clock)
    for programme in ("KIS_PBI", "PKH"):
        await _allocate(database, programme)
    await lifecycle.Desk(jobs, clock, {}).offer_reserved()
    await evaluate_all(jobs, clock)
    await find_unused(jobs, clock)
    await change_rules(context(database, CALLERS["analyst"]), context(database, CALLERS["approver"]))
    await put_to_review(jobs, NOW)
    await work_on_cases(jobs, NOW)
    await let_case_files_rise(jobs, context(database, CALLERS["analyst"]), (OWN, FOREIGN), NOW)
    for regency, caller in ((OWN, "officer"), (FOREIGN, "foreign-officer")):
        await refer(context(database, CALLERS[caller]), household_of(regency, 1), person_of(regency, 1))
    await suspect_moves(jobs, {code: household_of(code, 6) for code in (OWN, FOREIGN)}, NOW)
    for regency in (OWN, FOREIGN):
        await _report(jobs, regency)
    await register_webhooks(jobs, {OWN: "officer", FOREIGN: "foreign"}, NOW)


async def _merge(jobs: Any, source: str, regency: str | None, records: list[Record]) -> None:
    async with jobs.transaction() as transaction:
        await merge_batch(transaction, Batch(source, regency, "PULL", records, [], NOW))


async def _report(jobs: Any, regency: str) -> None:
    """A profile and a poverty series of the regency's village, older than any that a test sends."""
    stamp: dict[str, Any] = {"revision": 0, "observed_at": NOW, "region_code": VILLAGES[regency]}
    profile = VillageProfileRecord(source_record_id="V0", **stamp)
    series = PovertySeriesRecord(source_record_id="P0", origin="DISTRICT_COUNT", method="UGD", **stamp)
    await merge_profiles(jobs, ProfileBatch(regency, regency, [profile], [series], NOW))


async def _allocate(database: Database, programme: str) -> None:
    creator, approver = (context(database, CALLERS[name]) for name in ("analyst", "approver"))
    run = await allocation.create_run(creator, allocation.Asked((programme,), PERIOD, 7))
    await allocation.simulate_run(creator, run.run_id)
    await allocation.approve_run(approver, run.run_id)
    await allocation.execute_run(creator, run.run_id)


def context(database: Database, principal: Principal, connectors: Mapping[str, Any] | None = None) -> Context:
    session = database.caller(Access.of(principal))
    return RequestContext(principal, session, database.jobs, clock, connectors or {})


def world_template(server_url: str, template: str) -> str:
    """The name of a database with the world in it, made once for a server; nobody connects to it."""
    return filled_template(server_url, template, "world_template", fill)


def filled_template(
    server_url: str, template: str, name: str, fill_it: Callable[[Database], Coroutine[Any, Any, None]]
) -> str:
    """The name of a database that was filled once for a server; nobody connects to it."""

    async def build() -> None:
        if await _make(server_url, name, template):
            async with open_database(on_database(server_url, name)) as database:
                await fill_it(database)

    asyncio.run(build())
    return name


def copy_of_world(server_url: str, template: str, name: str) -> str:
    """The URL of a copy of the world for a whole folder of tests."""
    asyncio.run(_make(server_url, name, world_template(server_url, template)))
    return on_database(server_url, name)


@asynccontextmanager
async def fresh_world(server_url: str, template_of_world: str) -> AsyncIterator[Database]:
    """A copy of the world for one test."""
    async with fresh_copy(server_url, template_of_world) as url, open_database(url) as database:
        yield database


@asynccontextmanager
async def fresh_copy(server_url: str, template: str) -> AsyncIterator[str]:
    """The URL of a copy of a database, which goes after the test."""
    name = f"world_{uuid4().hex}"
    await _make(server_url, name, template)
    yield on_database(server_url, name)
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


def on_database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


async def _make(server_url: str, name: str, template: str) -> bool:
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"create database {name} template {template}")
    except asyncpg.DuplicateDatabaseError:
        return False
    finally:
        await admin.close()
    return True


@dataclass
class Calls:
    """Connectors that must not be called: every call is noted."""

    noted: list[str] = field(default_factory=list)

    def __getitem__(self, code: str) -> Any:
        self.noted.append(code)
        raise KeyError(code)

    def __iter__(self) -> Any:
        self.noted.append("all")
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass
class Client:
    """Asks the hub over HTTP, in this process."""

    http: httpx2.AsyncClient

    async def post(self, query: str, caller: str = "officer", **variables: Any) -> httpx2.Response:
        """`caller` may be one whose request a router sent: "officer via bare-router"."""
        user, _, router = caller.partition(" via ")
        headers = {"Authorization": f"Bearer {user}"}
        if router:
            headers["Router-Authorization"] = f"Bearer {router}"
        return await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def ask(self, query: str, caller: str = "officer", **variables: Any) -> Any:
        """The data of an answer that must have no errors."""
        answer = (await self.post(query, caller, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, caller: str = "officer", **variables: Any) -> list[dict[str, Any]]:
        """The errors of an answer that must have some."""
        answer = (await self.post(query, caller, **variables)).json()
        assert answer.get("errors"), answer
        errors: list[dict[str, Any]] = answer["errors"]
        return errors


@asynccontextmanager
async def client_of(
    database: Database, connectors: Any = None, limits: HttpLimits | None = None, inspector: Any = None
) -> AsyncIterator[Client]:
    app = create_app(
        database=database,
        validator=NamedCallers(),
        oauth_routes=[],
        outside=Still({} if connectors is None else connectors, inspector),
        clock=clock,
        limits=limits,
    )
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub.example") as http:
        yield Client(http)
