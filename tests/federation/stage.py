"""Three simulated districts on a real socket, the hub beside them with a replica that is a day old, and its answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx2
import msgspec

from connectors.settings import DistrictSettings, HttpSettings
from hub.federation.directory import Directory
from hub.federation.federation import Federation
from hub.federation.gather import GatherSettings
from hub.ingest.pull import Sync
from hub.store.database import Database
from server.app import create_app
from simulators.district import DistrictSystem
from simulators.faults import Fault, FaultKind
from simulators.records import CaseFile
from simulators.regions import Regency, Regions
from simulators.server import path_of, running
from simulators.simulation import Simulation
from simulators.world import World, make_world
from tests.districts import Still
from tests.federation.wiring import Systems, directory_of, join, open_connectors, open_federation
from tests.schema.world import NamedCallers

CODES = ("34.01", "35.09", "35.10")
READ_AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
"""When the replica read the feeds to their ends."""
NOW = READ_AT + timedelta(days=1)
PATIENT = GatherSettings(deadline=25.0, shard_deadline=20.0, hedge_after=15.0, retry_wait=0.01)
HASTY = msgspec.structs.replace(PATIENT, shard_deadline=1.5)
"""For a district that never answers; the others have to answer within it on a busy machine."""
NO_RETRIES = msgspec.structs.replace(PATIENT, saved=0.0)
HTTP = HttpSettings(breaker_threshold=4, breaker_seconds=60.0, read_deadline=15.0, deadline=15.0)

LIST = """
query ($region: String, $filter: CaseFileFilter, $order: CaseFileOrder! = OLDEST_FIRST, $live: Boolean! = true,
       $minimum: Float, $first: Int! = 100, $after: String) {
  caseFiles(regionCode: $region, filter: $filter, order: $order, live: $live, minimumCoverage: $minimum, first: $first,
            after: $after) {
    nodes { receivedAt status summary number isSensitive sourceStamp { system recordId fetchedAt } }
    pageInfo { hasNextPage endCursor }
    completeness { ...All }
  }
}
fragment All on Completeness {
  asked answered inReplica missing coverage isComplete rejectCount
  unavailable { regencyCode reason isInReplica asOf }
  rejects { regencyCode recordId field code }
}
"""
COUNT = """
query ($region: String, $filter: CaseFileFilter, $minimum: Float) {
  caseFileCount(regionCode: $region, filter: $filter, live: true, minimumCoverage: $minimum) {
    count completeness { ...All }
  }
}
""" + LIST[LIST.index("fragment All") :]


@cache
def _regencies() -> tuple[Regency, ...]:
    return tuple(Regions.read().select(CODES))


def make() -> World:
    """The same world every time: some two dozen case files in each district."""
    return make_world(_regencies(), households=300, seed=7)


@dataclass(frozen=True)
class Listed:
    """An answer: rows as `35.10/C000001`, and what it says of itself."""

    rows: list[str]
    nodes: list[dict[str, Any]]
    has_more: bool
    end: str | None
    completeness: dict[str, Any]


@dataclass
class Stage:
    """What a test works with; `systems` can be changed before `hub` is opened."""

    simulation: Simulation
    database: Database
    url: str
    systems: Systems
    http: httpx2.AsyncClient = field(init=False)
    federation: Federation = field(init=False)
    directory: Directory = field(init=False)

    def district(self, code: str) -> DistrictSystem:
        return self.simulation.world.districts[code]

    def switch_on(self, code: str, kind: FaultKind, **details: Any) -> None:
        self.simulation.faults.switch_on(code, Fault(kind=kind, path="/graphql", **details))

    @asynccontextmanager
    async def hub(self, settings: GatherSettings = PATIENT) -> AsyncIterator["Stage"]:
        """The hub with these live settings."""
        systems = msgspec.structs.replace(self.systems, live=settings)
        self.directory = directory_of(systems)
        async with open_federation(systems, lambda: self.directory) as self.federation:
            app = create_app(
                database=self.database,
                validator=NamedCallers(),
                oauth_routes=[],
                outside=Still(federation=self.federation),
                clock=lambda: NOW,
            )
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://hub.example", timeout=60) as self.http:
                yield self

    @property
    def asked(self) -> set[str]:
        """The districts that were asked."""
        return set(self.federation.gather._known)

    async def post(self, query: str, caller: str = "analyst", **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {caller}"}
        response = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def list(self, caller: str = "analyst", **variables: Any) -> Listed:
        answer = await self.post(LIST, caller, **variables)
        assert "errors" not in answer, answer["errors"]
        page = answer["data"]["caseFiles"]
        rows = [f"{node['sourceStamp']['system']}/{node['sourceStamp']['recordId']}" for node in page["nodes"]]
        info = page["pageInfo"]
        return Listed(rows, page["nodes"], info["hasNextPage"], info["endCursor"], page["completeness"])

    async def count(self, caller: str = "analyst", **variables: Any) -> dict[str, Any]:
        answer = await self.post(COUNT, caller, **variables)
        assert "errors" not in answer, answer["errors"]
        counted: dict[str, Any] = answer["data"]["caseFileCount"]
        return counted

    async def refused(self, **variables: Any) -> dict[str, Any]:
        """The only error of a list."""
        (error,) = (await self.post(LIST, **variables))["errors"]
        found: dict[str, Any] = error
        return found

    def open_case(self, code: str, **values: Any) -> str:
        """A case file that the district has and the replica does not."""
        system = self.district(code)
        model = next(iter(system.case_files.values()))
        usual = {
            "id": "N00001",
            "revision": system.next_revision,
            "status": "RECEIVED",
            "category": "FOOD",
            "number": f"{code}/2025/NEW",
            "received_at": datetime(2025, 9, 1, 3, 4, 5, 678_901, UTC),
            "closed_at": None,
            "summary": "baru",
        }
        case_file = msgspec.structs.replace(model, **(usual | values))
        system.put_case_file(case_file)
        return f"{code}/{case_file.id}"


def truth(world: World, codes: Iterable[str] = CODES, where: Callable[[CaseFile], bool] = lambda _: True) -> list[str]:
    """All rows of some districts as they are, in the order of the list."""
    rows = [
        (case_file.received_at, code, case_file.id)
        for code in codes
        for case_file in world.districts[code].case_files.values()
        if where(case_file)
    ]
    return [f"{code}/{record_id}" for _, code, record_id in sorted(rows)]


def merged(*parts: tuple[World, Iterable[str]]) -> list[str]:
    """The rows of some districts in one world and of others in another, as one list."""
    rows = [
        (case_file.received_at, code, case_file.id)
        for world, codes in parts
        for code in codes
        for case_file in world.districts[code].case_files.values()
    ]
    return [f"{code}/{record_id}" for _, code, record_id in sorted(rows)]


def complete(asked: int = 3) -> dict[str, Any]:
    """What an answer says of itself when nothing is wrong."""
    return {
        "asked": asked, "answered": asked, "inReplica": 0, "missing": 0, "coverage": 1.0, "isComplete": True,
        "rejectCount": 0, "unavailable": [], "rejects": [],
    }  # fmt: skip


def lacking(*, is_in_replica: bool = True, **reasons: str) -> dict[str, Any]:
    """What it says when districts (`d35_10="TIMEOUT"`) did not answer and the replica stands in, or has nothing."""
    named = {code.removeprefix("d").replace("_", "."): reason for code, reason in reasons.items()}
    return complete() | {
        "answered": 3 - len(named),
        "inReplica": len(named) if is_in_replica else 0,
        "missing": 0 if is_in_replica else len(named),
        "coverage": (3 - len(named)) / 3,
        "isComplete": False,
        "unavailable": [
            {
                "regencyCode": code,
                "reason": reason,
                "isInReplica": is_in_replica,
                "asOf": READ_AT.isoformat() if is_in_replica else None,
            }
            for code, reason in sorted(named.items())
        ],
    }


def systems_at(url: str, simulation: Simulation) -> Systems:
    tokens = simulation.credentials.district_tokens
    districts = tuple(
        DistrictSettings(code=code, url=f"{url}{path_of(code)}/graphql", token=tokens[code]) for code in CODES
    )
    return Systems(districts=districts, http=HTTP)


async def read_feeds(database: Database) -> None:
    """Fill the replica, as of READ_AT."""
    simulation = Simulation(make())
    async with running(simulation) as url:
        systems = systems_at(url, simulation)
        async with open_connectors(systems) as connectors:
            await join(database.jobs, systems, READ_AT)
            reports = await Sync(database.jobs, lambda: READ_AT).pull_all(connectors.values())
    assert [report.error for report in reports] == [None] * 3


async def settled(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
