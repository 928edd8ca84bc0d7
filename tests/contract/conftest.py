"""A small simulated world on real sockets, and what each connector must bring back from it."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import msgspec
import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.district.client import load_contract
from connectors.registry import ConnectorRegistry, SystemSettings
from connectors.settings import DistrictSettings, HttpSettings, KisSettings, PkhSettings
from hub.domain.errors import Fatal, Retriable
from hub.domain.records import (
    CaseFileRecord,
    HouseholdRecord,
    MatchOutcomeRecord,
    PersonRecord,
    Record,
    Reject,
    RosterRecord,
    VillageServiceRecord,
)
from hub.domain.source import Connector
from simulators import records as made
from simulators.faults import Fault, FaultKind
from simulators.regions import Regency, Subdistrict
from simulators.server import build, path_of
from simulators.serving import served
from simulators.simulation import Simulation
from simulators.world import World, make_world

DISTRICT = "35.10"
VILLAGES = tuple(f"{DISTRICT}.01.200{number}" for number in range(1, 4))
REGENCY = Regency(DISTRICT, "Banyuwangi", 1_700_000, (Subdistrict(f"{DISTRICT}.01", VILLAGES),))
PATIENT = HttpSettings(
    deadline=10.0,
    attempts=3,
    wait_initial=0.001,
    wait_jitter=0.0,
    retry_after_cap=0.2,
    max_response_bytes=2_000_000,
    breaker_threshold=1_000,
    calls_per_second=10_000,
)
HASTY = msgspec.structs.replace(PATIENT, deadline=0.4, read_deadline=0.1)
"""For faults in which nothing comes: their deadline is all that ends them."""
NOTHING_COMES = frozenset({FaultKind.TIMEOUT, FaultKind.SLOW})
PAGE_SIZES = {"KIS": 60, "PKH": 4, DISTRICT: 37}
"""Small enough that each feed has more than two pages."""


@dataclass
class Stage:
    """One server for all tests, on which each test puts its own simulation."""

    url: str = ""
    simulation: Simulation | None = None
    app: ASGIApp | None = None

    def put(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.app = build(simulation)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@dataclass
class Subject:
    """One system under test, its connector, and the records that it holds."""

    code: str
    simulation: Simulation
    connector: Connector
    hasty: Connector
    """The same system with short deadlines."""

    @property
    def world(self) -> World:
        return self.simulation.world

    def switch_on(self, kind: FaultKind, **details: object) -> None:
        self.simulation.faults.switch_on(self.code, Fault(kind=kind, **details))

    def switch_off(self) -> None:
        self.simulation.faults.switch_off()

    def under(self, kind: FaultKind) -> Connector:
        """The connector to ask while this lasts: the hasty one where nothing comes."""
        return self.hasty if kind in NOTHING_COMES else self.connector

    def happened(self, kind: FaultKind) -> int:
        return self.simulation.faults.happened(self.code)[kind]

    @property
    def page_size(self) -> int:
        return PAGE_SIZES[self.code]

    @property
    def held(self) -> dict[str, Record]:
        """The records that the system holds now, in the hub's words, by kind and id."""
        return {key_of(record): record for record in HELD[self.code](self.world)}

    async def drain(self, after: str | None = None, by: Connector | None = None) -> "Pulled":
        """Pull page after page to the end of the feed; a page that fails is asked for again."""
        connector = by or self.connector
        pulled = Pulled({}, [], 0, after)
        while pulled.failures < 200:
            try:
                page = await connector.pull(pulled.cursor)
            except (Retriable, Fatal):
                pulled.failures += 1
                continue
            pulled.take(page.records)
            pulled.rejects += page.rejects
            pulled.cursor = page.cursor
            if not page.has_more:
                return pulled
        raise AssertionError("the feed does not come to its end")


@dataclass
class Pulled:
    """What a hub would hold after a feed: of each record the newest revision."""

    records: dict[str, Record]
    rejects: list[Reject]
    failures: int
    cursor: str | None

    @property
    def ids(self) -> set[str]:
        return {record.source_record_id for record in self.records.values()}

    def take(self, records: Sequence[Record]) -> None:
        for record in records:
            known = self.records.get(key_of(record))
            if known is None or record.revision >= known.revision:
                self.records[key_of(record)] = record


def key_of(record: Record) -> str:
    return f"{type(record).__name__}/{record.source_record_id}"


def roster_of_kis(world: World) -> list[Record]:
    return [
        RosterRecord(
            source_record_id=p.id,
            revision=p.revision,
            observed_at=p.observed_at,
            programme_code="KIS_PBI",
            status=p.status,
            nik=p.nik,
            name=p.name,
            birth_date=p.birth_date,
            sex=p.sex,
            region_code=p.region,
            segment=p.segment,
        )
        for p in world.kis.participants.values()
    ]


def roster_of_pkh(world: World) -> list[Record]:
    return [
        RosterRecord(
            source_record_id=r.id,
            revision=r.revision,
            observed_at=r.observed_at,
            programme_code="PKH",
            status=r.status,
            nik=r.head_nik,
            kk_number=r.kk_number,
            name=r.head_name,
            birth_date=r.head_birth_date,
            sex=r.head_sex,
            region_code=r.region,
            components=r.components,
            amount=r.amount,
        )
        for r in world.pkh.recipients.values()
    ]


def entities_of_district(world: World) -> list[Record]:
    system = world.districts[DISTRICT]
    return [
        *(household(h) for h in system.households.values()),
        *(renamed(c, CaseFileRecord) for c in system.case_files.values()),
        *(renamed(s, VillageServiceRecord) for s in system.village_services.values()),
        *(
            MatchOutcomeRecord(source_record_id=o.match_reference, **msgspec.structs.asdict(o))
            for o in system.outcomes.values()
        ),
    ]


def household(held: made.Household) -> HouseholdRecord:
    fields = msgspec.structs.asdict(held)
    members = tuple(renamed(member, PersonRecord) for member in fields.pop("members"))
    return HouseholdRecord(source_record_id=fields.pop("id"), members=members, **fields)


def renamed(held: msgspec.Struct, record: Callable[..., Record]) -> Record:
    names = {
        "id": "source_record_id",
        "household_id": "household_record_id",
        "person_id": "person_record_id",
        "other_household_id": "other_household_record_id",
    }
    fields = msgspec.structs.asdict(held)
    return record(**{names.get(name, name): value for name, value in fields.items()})


HELD: dict[str, Callable[[World], list[Record]]] = {
    "KIS": roster_of_kis,
    "PKH": roster_of_pkh,
    DISTRICT: entities_of_district,
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    async with served(stage) as port:
        stage.url = f"http://127.0.0.1:{port}"
        yield stage


@pytest.fixture(scope="session")
def registry() -> ConnectorRegistry:
    return ConnectorRegistry(contract=load_contract(), http=PATIENT)


@pytest.fixture(scope="session")
def hasty_registry() -> ConnectorRegistry:
    return ConnectorRegistry(contract=load_contract(), http=HASTY)


@pytest.fixture
def world() -> World:
    return small_world()


@pytest.fixture(scope="session")
def shared_simulation() -> Simulation:
    """For tests that change nothing but the faults."""
    return Simulation(small_world())


def small_world() -> World:
    return make_world([REGENCY], households=80, seed=11)


@pytest.fixture
def simulation(stage: Stage, world: World) -> Simulation:
    stage.put(Simulation(world))
    return stage.simulation


@pytest_asyncio.fixture(loop_scope="session")
async def connect(
    stage: Stage,
    simulation: Simulation,
    registry: ConnectorRegistry,
    hasty_registry: ConnectorRegistry,
) -> AsyncIterator[Callable[..., Connector]]:
    """Makes the connector of a code; `system` changes its settings, `http` those of HTTP."""
    connectors: list[Connector] = []
    settings = settings_of(stage.url, simulation)

    def make(
        code: str,
        system: dict[str, str] | None = None,
        *,
        is_hasty: bool = False,
        http: dict[str, object] | None = None,
    ) -> Connector:
        chosen = hasty_registry if is_hasty else registry
        if http:
            changed = msgspec.structs.replace(PATIENT, **http)
            chosen = ConnectorRegistry(contract=load_contract(), http=changed)
        connectors.append(chosen.build(msgspec.structs.replace(settings[code], **(system or {}))))
        return connectors[-1]

    yield make
    for connector in connectors:
        await connector.aclose()


def settings_of(url: str, simulation: Simulation) -> dict[str, SystemSettings]:
    known = simulation.credentials
    return {
        "KIS": KisSettings(
            url=url + path_of("KIS"),
            client_id=known.kis_client_id,
            client_secret=known.kis_client_secret,
            page_size=PAGE_SIZES["KIS"],
        ),
        "PKH": PkhSettings(url=url + path_of("PKH"), api_key=known.pkh_api_key, page_size=PAGE_SIZES["PKH"]),
        DISTRICT: DistrictSettings(
            code=DISTRICT,
            url=f"{url}{path_of(DISTRICT)}/graphql",
            token=known.district_tokens[DISTRICT],
            page_size=PAGE_SIZES[DISTRICT],
        ),
    }


@pytest.fixture(params=["KIS", "PKH", DISTRICT])
def subject(request: pytest.FixtureRequest, simulation, connect) -> Subject:
    return Subject(request.param, simulation, connect(request.param), connect(request.param, is_hasty=True))


@pytest.fixture
def kis(simulation, connect) -> Subject:
    return Subject("KIS", simulation, connect("KIS"), connect("KIS", is_hasty=True))


@pytest.fixture
def district(simulation, connect) -> Subject:
    return Subject(DISTRICT, simulation, connect(DISTRICT), connect(DISTRICT, is_hasty=True))
