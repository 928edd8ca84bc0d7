"""The number of SQL statements does not grow with the list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hub.store.caller_pool import CallerPool
from hub.store.database import Access, CallerSession, Connection, Database, open_database
from tests.schema.world import Client, client_of

LIST = """query ($first: Int!) { households(regionCode: "35.10", first: $first) { nodes { id region { name }
  members { name enrolments { status } matches { status } verdicts { status } }
  enrolments { status programme { name } } matches { status programme { name } pool { available } history { toStatus } }
  verdicts { status explanation { outcome } recorded { status } } caseFiles { number } } } }"""


class CountingSession(CallerSession):
    """Notes every statement."""

    def __init__(self, pool: CallerPool, access: Access, noted: list[str]) -> None:
        super().__init__(pool, access)
        self._noted = noted

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with super().connection() as connection:
            with connection.query_logger(lambda record: self._noted.append(record.query)):
                yield connection


class CountingDatabase(Database):
    """Gives counting sessions to callers."""

    __slots__ = ("noted",)
    noted: list[str]

    def caller(self, access: Access) -> CallerSession:
        return CountingSession(self.caller_pool, access, self.noted)


@pytest.fixture
async def counting(world_url: str) -> AsyncIterator[CountingDatabase]:
    """On one connection, so that statements come one after the other and batches are the same every time."""
    async with open_database(world_url, connections=1) as opened:
        database = CountingDatabase(opened.jobs, opened.caller_pool)
        object.__setattr__(database, "noted", [])
        yield database


async def _count(database: CountingDatabase, client: Client, first: int) -> tuple[int, int]:
    database.noted.clear()
    data = await client.ask(LIST, first=first)
    return len(data["households"]["nodes"]), len(database.noted)


async def test_a_list_of_100_runs_as_many_statements_as_one_of_10(counting: CountingDatabase) -> None:
    async with client_of(counting) as client:
        await _count(counting, client, 100)  # the driver asks about types once, and reference data is kept
        ten = await _count(counting, client, 10)
        hundred = await _count(counting, client, 100)
    assert (ten[0], hundred[0]) == (10, 100)
    assert hundred[1] == ten[1]
    fields_in_batches = 16
    rules_and_their_facts = 4
    assert ten[1] <= 1 + fields_in_batches + 2 * (2 + rules_and_their_facts)


async def test_entities_of_one_kind_are_found_in_one_statement(counting: CountingDatabase) -> None:
    async with client_of(counting) as client:
        nodes = (await client.ask("{ households(first: 100) { nodes { id } } }"))["households"]["nodes"]
        representations = [{"__typename": "Household", "id": node["id"]} for node in nodes]
        query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Household { id address } } }"
        await client.ask(query, of=representations[:1])  # the driver asks about types once
        counting.noted.clear()
        found = (await client.ask(query, of=representations))["_entities"]
    assert [entity["id"] for entity in found] == [node["id"] for node in nodes]
    assert len(counting.noted) == 1


async def test_the_review_queue_runs_as_many_statements_for_four_pairs_as_for_one(counting: CountingDatabase) -> None:
    query = """query ($first: Int!) { links(first: $first) { nodes { comparisons { bits } programme { code } history { actor }
      rosterEntry { name region { code } } household { region { code } members { name } } person { name } member { name } } } }"""
    async with client_of(counting) as client:
        await client.ask(query, "analyst", first=4)  # the driver asks about types once, and reference data is kept
        counts = []
        for first in (1, 4):
            counting.noted.clear()
            assert len((await client.ask(query, "analyst", first=first))["links"]["nodes"]) == first
            counts.append(len(counting.noted))
    assert counts[0] == counts[1] == 7
