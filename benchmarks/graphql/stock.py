"""The same schema as a Strawberry user would write it from its documentation: asyncpg and data loaders, no tricks.

    uvicorn benchmarks.graphql.stock:make_app --factory

PGHOST, PGUSER and PGDATABASE say where the registry is, as asyncpg reads them.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import strawberry
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info

from benchmarks.graphql.dataset import statement
from hub.domain.matches import MatchStatus
from schema.types.words import EnrolmentStatus, NumberStatus, Sex

CONNECTIONS = 10


@dataclass
class Loaders:
    """One of each for a request."""

    regions: "DataLoader[str, Region | None]"
    programmes: "DataLoader[str, Programme | None]"
    members: "DataLoader[int, list[Person]]"
    enrolments: "DataLoader[int, list[Enrolment]]"
    matches: "DataLoader[int, list[Match]]"


@dataclass
class Context:
    """What resolvers work with."""

    pool: Any
    loaders: Loaders


@strawberry.type
class Region:
    code: str
    name: str


@strawberry.type
class Programme:
    code: str
    name: str


@strawberry.type
class Welfare:
    decile: int | None
    source: str | None
    period: str | None


@strawberry.type
class Person:
    id: strawberry.ID
    name: str | None
    sex: Sex | None
    birth_date: date | None
    is_head: bool


@strawberry.type
class Enrolment:
    status: EnrolmentStatus
    programme_code: strawberry.Private[str]

    @strawberry.field
    async def programme(self, info: Info[Context, None]) -> Programme | None:
        return await info.context.loaders.programmes.load(self.programme_code)


@strawberry.type
class Match:
    reference: str
    status: MatchStatus


@strawberry.type
class Household:
    id: strawberry.ID
    household_id: strawberry.Private[int]
    region_code: strawberry.Private[str]
    kk_number: str | None
    kk_status: NumberStatus
    address: str | None
    welfare: Welfare | None

    @strawberry.field
    async def region(self, info: Info[Context, None]) -> Region | None:
        return await info.context.loaders.regions.load(self.region_code)

    @strawberry.field
    async def members(self, info: Info[Context, None]) -> list[Person]:
        return await info.context.loaders.members.load(self.household_id)

    @strawberry.field
    async def enrolments(self, info: Info[Context, None]) -> list[Enrolment]:
        return await info.context.loaders.enrolments.load(self.household_id)

    @strawberry.field
    async def matches(self, info: Info[Context, None]) -> list[Match]:
        return await info.context.loaders.matches.load(self.household_id)


@strawberry.type
class HouseholdConnection:
    nodes: list[Household]


@strawberry.type
class Coverage:
    region_code: strawberry.Private[str]
    households: int
    persons: int
    need: int
    enrolled: int
    unserved: int
    matched: int
    issued: int
    refused: int

    @strawberry.field
    async def region(self, info: Info[Context, None]) -> Region | None:
        return await info.context.loaders.regions.load(self.region_code)


@strawberry.type
class Query:
    @strawberry.field
    async def household(self, info: Info[Context, None], id: strawberry.ID) -> Household | None:  # noqa: A002 -- the schema's word
        row = await info.context.pool.fetchrow(statement("household"), _number(id))
        return None if row is None else _household(row)

    @strawberry.field
    async def households(
        self, info: Info[Context, None], region_code: str | None = None, first: int = 50
    ) -> HouseholdConnection:
        rows = await info.context.pool.fetch(statement("households"), region_code, first)
        return HouseholdConnection(nodes=[_household(row) for row in rows])

    @strawberry.field
    async def coverage(
        self, info: Info[Context, None], region_codes: list[str] | None = None, programme_code: str | None = None
    ) -> list[Coverage]:
        rows = await info.context.pool.fetch(statement("coverage"), region_codes, programme_code)
        return [_coverage(row) for row in rows]


def _household(row: Any) -> Household:
    return Household(
        id=_id("Household", row["householdId"]),
        household_id=row["householdId"],
        region_code=row["regionCode"],
        kk_number=row["kkNumber"],
        kk_status=NumberStatus(row["kkStatus"]),
        address=row["address"],
        welfare=Welfare(decile=row["decile"], source=row["source"], period=row["period"]),
    )


def _person(row: Any) -> Person:
    return Person(
        id=_id("Person", row["personId"]),
        name=row["name"],
        sex=None if row["sex"] is None else Sex(row["sex"]),
        birth_date=row["birthDate"],
        is_head=row["isHead"],
    )


def _enrolment(row: Any) -> Enrolment:
    return Enrolment(status=EnrolmentStatus(row["status"]), programme_code=row["programmeCode"])


def _coverage(row: Any) -> Coverage:
    return Coverage(
        region_code=row["regionCode"],
        households=row["households"],
        persons=row["persons"],
        need=row["need"],
        enrolled=row["enrolled"],
        unserved=row["unserved"],
        matched=row["matched"],
        issued=row["issued"],
        refused=row["refused"],
    )


def _match(row: Any) -> Match:
    return Match(reference=row["reference"], status=MatchStatus(row["status"]))


def _id(kind: str, key: int) -> strawberry.ID:
    return strawberry.ID(urlsafe_b64encode(f"{kind}:{key}".encode()).rstrip(b"=").decode())


def _number(text: str) -> int:
    return int(urlsafe_b64decode(text + "=" * (-len(text) % 4)).partition(b":")[2])


def _lists(pool: Any, name: str, made: Callable[[Any], Any]) -> DataLoader[int, list[Any]]:
    async def load(household_ids: list[int]) -> Sequence[list[Any]]:
        found: dict[int, list[Any]] = {household_id: [] for household_id in household_ids}
        for row in await pool.fetch(statement(name), household_ids):
            found[row["householdId"]].append(made(row))
        return [found[household_id] for household_id in household_ids]

    return DataLoader(load_fn=load)


def _ones(pool: Any, name: str, kind: Callable[..., Any]) -> DataLoader[str, Any]:
    async def load(codes: list[str]) -> Sequence[Any]:
        found = {
            row["code"]: kind(code=row["code"], name=row["name"]) for row in await pool.fetch(statement(name), codes)
        }
        return [found.get(code) for code in codes]

    return DataLoader(load_fn=load)


class App(GraphQL[Context, None]):
    """Strawberry's ASGI application with a context of its own."""

    pool: Any = None

    async def get_context(self, request: Any, response: Any) -> Context:  # noqa: ARG002 -- Strawberry's signature
        """Loaders live as long as a request."""
        return Context(
            self.pool,
            Loaders(
                regions=_ones(self.pool, "regions", Region),
                programmes=_ones(self.pool, "programmes", Programme),
                members=_lists(self.pool, "members", _person),
                enrolments=_lists(self.pool, "enrolments", _enrolment),
                matches=_lists(self.pool, "matches", _match),
            ),
        )


def make_schema() -> strawberry.Schema:
    """The schema of peers/types.graphql."""
    return strawberry.Schema(Query)


def make_app() -> Starlette:
    """The application; its pool opens with it."""
    graphql = App(make_schema(), graphql_ide=None)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(min_size=1, max_size=CONNECTIONS) as pool:
            graphql.pool = pool
            yield

    app = Starlette(lifespan=lifespan)
    app.mount("/graphql", graphql)
    return app
