"""A database whose tests take back what they did, records in few words, and what the registry holds as plain rows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import asyncpg
import pytest

from hub.domain.records import CaseFileRecord, HouseholdRecord, PersonRecord, RosterRecord
from hub.store.database import Session, Transaction, open_database
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DISTRICT = "35.10"
VILLAGE = "35.10.01.2001"


@pytest.fixture(scope="session")
def shared_url(server_url: str, template: str) -> Iterator[str]:
    """One migrated database for all tests of this folder that leave nothing behind."""

    async def run(statement: str) -> None:
        admin = await asyncpg.connect(server_url)
        await admin.execute(statement)
        await admin.close()

    asyncio.run(run(f"create database hub_ingest template {template}"))
    yield server_url.replace("/postgres?", "/hub_ingest?")
    asyncio.run(run("drop database hub_ingest with (force)"))


@pytest.fixture
async def session(shared_url: str) -> AsyncIterator[Session]:
    """A session in a transaction that is rolled back after the test; Banyuwangi has joined."""
    async with open_database(shared_url, connections=1) as database, database.jobs.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            within = Transaction(connection)
            await join_districts(within, {DISTRICT: "http://district.invalid/graphql"}, NOW)
            yield within
        finally:
            await transaction.rollback()


@pytest.fixture
def person() -> Callable[..., PersonRecord]:
    """A person by id, with what the test says of him."""

    def make(record_id: str = "P1", **details: object) -> PersonRecord:
        return PersonRecord(source_record_id=record_id, **details)

    return make


@pytest.fixture
def household() -> Callable[..., HouseholdRecord]:
    """A household by id and revision, with what the test says of it."""

    def make(record_id: str = "H1", revision: int = 1, **details: object) -> HouseholdRecord:
        known = {"region_code": VILLAGE, "observed_at": NOW} | details
        return HouseholdRecord(source_record_id=record_id, revision=revision, **known)

    return make


@pytest.fixture
def case_file() -> Callable[..., CaseFileRecord]:
    """A complaint about health, with what the test says of it."""

    def make(record_id: str = "C1", revision: int = 1, **details: object) -> CaseFileRecord:
        known = {
            "region_code": VILLAGE,
            "observed_at": NOW,
            "number": "35.10/1",
            "type": "COMPLAINT",
            "category": "HEALTH",
            "channel": "VISIT",
            "status": "RECEIVED",
            "received_at": NOW,
        }
        return CaseFileRecord(source_record_id=record_id, revision=revision, **known | details)

    return make


@pytest.fixture
def roster() -> Callable[..., RosterRecord]:
    """An active line of a roster, with what the test says of it."""

    def make(record_id: str = "R1", revision: int = 1, **details: object) -> RosterRecord:
        known = {"observed_at": NOW, "programme_code": "KIS_PBI", "status": "ACTIVE"} | details
        return RosterRecord(source_record_id=record_id, revision=revision, **known)

    return make
