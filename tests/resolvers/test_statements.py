"""The number of SQL statements does not grow with the list."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.store.database import open_database
from tests.resolvers.counting import CountingDatabase
from tests.schema.world import Client, client_of

LIST = """query ($first: Int!) { households(regionCode: "35.10", first: $first) { nodes { id region { name }
  members { name enrolments { status } matches { status } verdicts { status } }
  enrolments { status programme { name } } matches { status programme { name } pool { available } history { toStatus } }
  verdicts { status explanation { outcome } recorded { status } } caseFiles { number } } } }"""


@pytest.fixture
async def counting(world_url: str) -> AsyncIterator[CountingDatabase]:
    """On one connection, so that statements come one after the other and batches are the same every time."""
    async with open_database(world_url, connections=1) as opened:
        yield CountingDatabase.around(opened)


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


MIXED = """query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Household { id address members { id } } ... on Person { name household { id } } ... on Region { region: name } } }"""


def _representations(nodes: list[dict[str, Any]], count: int) -> list[dict[str, str]]:
    """So many households, as many persons, and one region, which is named as often."""
    some = nodes[:count]
    households = [{"__typename": "Household", "id": node["id"]} for node in some]
    persons = [{"__typename": "Person", "id": node["members"][0]["id"]} for node in some]
    return [*households, *persons, *([{"__typename": "Region", "code": "35.10"}] * count)]


async def test_a_hundred_entities_of_each_kind_are_found_in_as_many_statements_as_one(
    counting: CountingDatabase,
) -> None:
    async with client_of(counting) as client:
        listed = await client.ask("{ households(first: 100) { nodes { id members { id } } } }")
        nodes = listed["households"]["nodes"]
        caller = "officer via bare-router"
        await client.ask(MIXED, caller, of=_representations(nodes, 1))  # the driver asks about types once
        counts = []
        for count in (1, 10, 100):
            counting.noted.clear()
            found = (await client.ask(MIXED, caller, of=_representations(nodes, count)))["_entities"]
            assert [entity["id"] for entity in found[:count]] == [node["id"] for node in nodes[:count]]
            assert [entity["household"]["id"] for entity in found[count : 2 * count]] == [
                node["id"] for node in nodes[:count]
            ]
            assert found[2 * count :] == [{"region": "Kabupaten Banyuwangi"}] * count
            counts.append(len(counting.noted))
        assert "graphql_core" not in (await client.http.get("/metrics")).text, "a plan runs it"
    of_households, of_persons = 2, 2  # regions are in memory
    leave_together = 1  # the households themselves and those of the persons, when these are there
    assert counts == [of_households + of_persons - leave_together] * 3


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


CASES = """query ($first: Int!) { caseFiles(first: $first) { nodes { number person { name } duplicateOf { id }
  assignments { status caseFile { number } } history(first: 5) { nodes { fieldGroup } } attachments { name } duplicates { number }
  duplicateCandidates { caseFile { number } } prelistEntry { status } matches { status } } } }"""


async def test_what_hangs_on_case_files_is_found_in_as_many_statements_for_one_as_for_all(
    counting: CountingDatabase,
) -> None:
    async with client_of(counting) as client:
        counted = []
        for first in (4, 1, 4):
            counting.noted.clear()
            listed = (await client.ask(CASES, "analyst", first=first))["caseFiles"]["nodes"]
            assert len(listed) == first
            counted.append(len(counting.noted))
    assert counted[1] <= counted[2] <= counted[1] + 1  # what one of them lacks is not asked for
