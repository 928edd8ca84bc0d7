"""What is unknown is masked, and logged once without anything of a person in it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from hub.store.database import Access, CallerSession, Connection, Database
from tests.schema.world import client_of
from tests.schema.world_records import OWN, nik


class BrokenDatabase(Database):
    """Every statement of a caller fails with an error that tells too much."""

    def caller(self, access: Access) -> CallerSession:
        return BrokenSession(self.caller_pool, access)


class BrokenSession(CallerSession):
    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        raise RuntimeError(f"Failing row contains ({nik(OWN, 1)}, Slamet)")
        yield  # makes it a generator


async def test_a_bug_is_masked_with_an_id_that_the_log_has_too(world: Database) -> None:
    query = "query ($nik: String!) { personsByNik(nik: $nik) { name } viewer { role } }"
    with structlog.testing.capture_logs() as logs:
        async with client_of(BrokenDatabase(world.jobs, world.caller_pool)) as client:
            response = await client.post(query, nik=nik(OWN, 1))
    answer: dict[str, Any] = response.json()
    assert response.status_code == 200
    assert answer["data"] is None
    (error,) = answer["errors"]
    number = error["extensions"]["id"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["message"] == f"an internal error happened; tell the operator of the hub its id {number}"
    (entry,) = logs
    assert (entry["id"], entry["error"], entry["field"]) == (number, "RuntimeError", "personsByNik")
    assert any("test_errors.py" in place for place in entry["where"])
    told = json.dumps([answer, entry])
    assert [secret for secret in (nik(OWN, 1), "Slamet", "query (") if secret in told] == []


async def test_what_the_caller_can_mend_is_not_logged(world: Database) -> None:
    with structlog.testing.capture_logs() as logs:
        async with client_of(world) as client:
            await client.refused('{ household(id: "x") { id } }')
            await client.refused("{ nobody }")
            await client.refused("query ($n: Int!) { households(first: $n) { nodes { id } } }", n="many")
    assert logs == []
