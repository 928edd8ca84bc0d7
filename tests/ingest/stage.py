"""One simulated world on a real socket, one database, and what a clean sync leaves there."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
import msgspec

from connectors.district.client import load_contract
from connectors.registry import ConnectorRegistry, SystemSettings
from connectors.settings import DistrictSettings, HttpSettings, KisSettings, PkhSettings
from hub.domain.source import Connector
from hub.ingest.pull import SourceReport, Sync
from hub.store import sources
from hub.store.database import Database
from simulators.evolve import Changes, Evolution
from simulators.regions import Regency, Subdistrict
from simulators.server import path_of, running
from simulators.simulation import Simulation
from simulators.world import World, WorldSettings
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DISTRICTS = ("35.10", "35.09")
CODES = ("KIS", "PKH", *DISTRICTS)
PAGES = {"KIS": 10, "PKH": 1, "35.10": 4, "35.09": 4}
"""Small enough that each feed has about ten pages."""
HASTY = HttpSettings(
    deadline=0.3,
    read_deadline=0.1,
    attempts=3,
    wait_initial=0.001,
    wait_jitter=0.0,
    retry_after_cap=0.1,
    max_response_bytes=2_000_000,
    breaker_threshold=1_000,
    calls_per_second=10_000,
)
PATIENT = msgspec.structs.replace(HASTY, deadline=20.0, read_deadline=10.0)
TABLES = (
    "household", "household_kk", "person", "case_file", "village_service", "roster_entry", "enrolment", "reject",
    "entitlement_pool",
)  # fmt: skip
_OF_THE_SYNC = {"fetched_at", "batch_id", "rejected_at", "pool_id", "removed_at", "left_at"}
Rows = frozenset[str]


def small_world(households: int, seed: int = 7) -> World:
    """Two regencies in which some time has passed already. The files of regions do not know 35.10.01.2003."""
    regencies = [
        Regency(code, code, 1_000_000, (Subdistrict(f"{code}.01", tuple(f"{code}.01.200{v}" for v in (1, 2, 3, 4))),))
        for code in DISTRICTS
    ]
    world = World(WorldSettings(regencies=tuple(regencies), households=households, seed=seed))
    Evolution(world).make(Changes(deaths=2, deactivations=2, births=2, moves=2, revisions=3, exits=1))
    return world


@dataclass
class Stage:
    """The world, its servers, and the hub's database beside it."""

    simulation: Simulation
    url: str
    database: Database
    patient: ConnectorRegistry
    hasty: ConnectorRegistry
    prefixes: dict[str, dict[str | None, Rows]] = field(default_factory=dict)
    """By source and cursor: the records that a hub holds that has read the feed up to there."""

    @asynccontextmanager
    async def connectors(self, hasty: str = "") -> AsyncIterator[dict[str, Connector]]:
        """A connector to each system; the `hasty` one has short deadlines."""
        built = {
            code: (self.hasty if code == hasty else self.patient).build(settings)
            for code, settings in self._settings().items()
        }
        try:
            yield built
        finally:
            for connector in built.values():
                await connector.aclose()

    def _settings(self) -> dict[str, SystemSettings]:
        known = self.simulation.credentials
        national: dict[str, SystemSettings] = {
            "KIS": KisSettings(
                url=self.url + path_of("KIS"),
                client_id=known.kis_client_id,
                client_secret=known.kis_client_secret,
                page_size=PAGES["KIS"],
            ),
            "PKH": PkhSettings(url=self.url + path_of("PKH"), api_key=known.pkh_api_key, page_size=PAGES["PKH"]),
        }
        return national | {
            code: DistrictSettings(
                code=code,
                url=f"{self.url}{path_of(code)}/graphql",
                token=known.district_tokens[code],
                page_size=PAGES[code],
            )
            for code in DISTRICTS
        }

    async def sync(
        self,
        connectors: dict[str, Connector],
        *,
        batch_records: int = 20,
        progress: Callable[[str, int], None] = lambda *_: None,
    ) -> dict[str, SourceReport]:
        """One sync of everything."""
        sync = Sync(self.database.jobs, lambda: NOW, progress, batch_records)
        return {report.source_code: report for report in await sync.pull_all(connectors.values())}

    async def forget_everything(self) -> None:
        """The database as it was before the first sync; the faults off."""
        self.simulation.faults.switch_off()
        async with self.database.jobs.connection() as connection:
            await connection.execute(
                "truncate household, household_kk, person, case_file, village_service, roster_entry, enrolment, reject,"
                " ingest_batch, entitlement_pool, verdict, slot_ledger cascade;"
                "update source set cursor = null, drained_at = null, failed_at = null, failure_code = null"
            )

    async def rows(self, table: str, source_code: str | None = None) -> Rows:
        """All rows of a table, of one source, without what differs between any two syncs."""
        async with self.database.jobs.connection() as connection:
            condition = "" if source_code is None else "where source_code = $1"
            if table == "household_kk":
                condition = "where $1 = regency_code" if source_code is not None else ""
            arguments = [] if source_code is None else [source_code]
            found = await connection.fetch(f"select * from {table} {condition}", *arguments)
        return frozenset(_text(row) for row in found)

    async def everything(self, source_code: str | None = None) -> dict[str, Rows]:
        """Registry, rosters, quarantine and pools, with cursors; of one source or of all."""
        held = {table: await self.rows(table, source_code) for table in TABLES}
        for code in CODES if source_code is None else (source_code,):
            held[f"cursor of {code}"] = frozenset({str(await sources.find_cursor(self.database.jobs, code))})
        return held

    async def ids(self, source_code: str) -> Rows:
        """Names of the records that a source has here."""
        async with self.database.jobs.connection() as connection:
            found = await connection.fetch(
                " union all ".join(
                    f"select '{table}/' || source_record_id as id from {table} where source_code = $1"
                    for table in ("household", "person", "case_file", "village_service", "roster_entry")
                ),
                source_code,
            )
        names = [row["id"] for row in found]
        assert len(names) == len(set(names)), "a record is there twice"
        return frozenset(names)

    async def read_page_by_page(self) -> dict[str, Rows]:
        """A clean sync, one batch for each page, that notes what is here at each cursor; returns all that is here then."""
        async with self.connectors() as connectors:
            for code, connector in connectors.items():
                self.prefixes[code] = {None: frozenset()}
                page = await connector.pull(None)
                while page.has_more:
                    await self._read_one(code, connector)
                    page = await connector.pull(await sources.find_cursor(self.database.jobs, code))
                await self._read_one(code, connector)
            await self.sync(connectors)
        return await self.everything()

    async def _read_one(self, code: str, connector: Connector) -> None:
        class OnePage:
            """The feed ends for this sync after one page."""

            def __init__(self) -> None:
                self.code, self.capabilities = connector.code, connector.capabilities
                self.check, self.pools, self.profiles = connector.check, connector.pools, connector.profiles

            async def pull(self, after: str | None) -> object:
                return msgspec.structs.replace(await connector.pull(after), has_more=False)

        await self.sync({code: OnePage()})
        cursor = await sources.find_cursor(self.database.jobs, code)
        self.prefixes[code][cursor] = await self.ids(code)


def _text(row: asyncpg.Record) -> str:
    gone = {name: row[name] is not None for name in ("removed_at", "left_at") if name in row}
    return repr({name: value for name, value in row.items() if name not in _OF_THE_SYNC} | gone)


@asynccontextmanager
async def staged(database: Database, world: World) -> AsyncIterator[Stage]:
    """Serve a world, with its districts joined to the hub of the database."""
    simulation = Simulation(world)
    async with running(simulation) as url:
        await join_districts(database.jobs, dict.fromkeys(DISTRICTS, url), NOW)
        contract = load_contract()
        patient, hasty = (ConnectorRegistry(contract=contract, http=http) for http in (PATIENT, HASTY))
        yield Stage(simulation, url, database, patient, hasty)
