"""A small world of two regencies, served on a real socket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from random import Random
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from simulators.records import Household, Person
from simulators.regions import Regency, Subdistrict
from simulators.server import path_of, running
from simulators.simulation import Simulation
from simulators.world import World, WorldSettings

AS_OF = date(2026, 7, 1)


def regency(code: str, name: str) -> Regency:
    subdistricts = tuple(
        Subdistrict(f"{code}.{n:02}", tuple(f"{code}.{n:02}.200{v}" for v in range(1, 4))) for n in range(1, 4)
    )
    return Regency(code, name, 1_000_000, subdistricts)


BANYUWANGI = regency("35.10", "Kabupaten Banyuwangi")
JEMBER = regency("35.09", "Kabupaten Jember")


@pytest.fixture
def make_world() -> Callable[..., World]:
    def make(households: int = 60, seed: int = 7, **settings: Any) -> World:
        return World(
            WorldSettings(regencies=(BANYUWANGI, JEMBER), households=households, seed=seed, as_of=AS_OF, **settings)
        )

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(buffer_stock=3)


@pytest.fixture
def simulation(world: World) -> Simulation:
    return Simulation(world)


@pytest_asyncio.fixture
async def client(simulation: Simulation) -> AsyncIterator[httpx2.AsyncClient]:
    async with running(simulation) as url, httpx2.AsyncClient(base_url=url, timeout=5, verify=False) as connected:
        yield connected


@pytest.fixture
def kis(client: httpx2.AsyncClient, simulation: Simulation) -> Callable[..., Awaitable[httpx2.Response]]:
    """Call KIS as an authorised client."""
    credentials = simulation.credentials
    token = simulation.tokens.grant(credentials.kis_client_id, credentials.kis_client_secret)

    async def call(method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await client.request(method, path_of("KIS") + path, headers=headers, **options)

    return call


@pytest.fixture
def pkh(client: httpx2.AsyncClient, simulation: Simulation) -> Callable[..., Awaitable[httpx2.Response]]:
    """Call PKH as an authorised client."""

    async def call(path: str, **options: Any) -> httpx2.Response:
        headers = {"X-Api-Key": simulation.credentials.pkh_api_key}
        return await client.get(path_of("PKH") + path, headers=headers, **options)

    return call


@pytest.fixture
def ask(client: httpx2.AsyncClient, simulation: Simulation) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Ask the district of 35.10 in GraphQL."""

    async def call(query: str, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {simulation.credentials.district_tokens['35.10']}"}
        body = {"query": query, "variables": variables}
        response = await client.post(path_of("35.10") + "/graphql", headers=headers, json=body)
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    return call


@pytest.fixture
def rng() -> Random:
    return Random(1)


@pytest.fixture
def make_person() -> Callable[..., Person]:
    def make(**values: Any) -> Person:
        usual: dict[str, Any] = {
            "id": "H1-1",
            "nik": "3510010101900001",
            "name": "Slamet",
            "sex": "MALE",
            "birth_date": date(1990, 1, 1),
            "birth_place": "Banyuwangi",
            "is_head": True,
            "vital_status": "ALIVE",
            "is_pregnant": False,
            "pregnancy_due_on": None,
            "school_level": "SD",
            "is_enrolled_in_school": False,
            "disability": "NONE",
            "has_chronic_illness": False,
            "occupation_class": "FARMER",
        }
        return Person(**(usual | values))

    return make


@pytest.fixture
def make_household(world: World) -> Callable[..., Household]:
    def make(*members: Person, **values: Any) -> Household:
        usual: dict[str, Any] = {
            "id": "H1",
            "revision": 1,
            "observed_at": world.population.observed_at,
            "region_code": "35.10.01.2001",
            "kk_number": "3510010101200001",
            "previous_kk_numbers": (),
            "address": None,
            "decile": 3,
            "welfare_source": "DTSEN",
            "welfare_period": "2026-Q1",
            "assistance": (),
        }
        return Household(members=members, **(usual | values))

    return make
