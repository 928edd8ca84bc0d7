"""A family that moves from Banyuwangi to Jember, as both districts tell it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.domain.ids import household_id, person_id
from hub.domain.records import (
    CaseFileRecord,
    HouseholdRecord,
    PersonRecord,
    Record,
    VillageServiceRecord,
)
from hub.store.batches import Batch, BatchResult, merge_batch
from hub.store.database import Session
from hub.store.moves import apply_moves

NOW = datetime(2026, 7, 1, tzinfo=UTC)
OLD, NEW, THIRD = "35.10", "35.09", "34.01"
VILLAGES = {code: f"{code}.01.2001" for code in (OLD, NEW, THIRD)}
OLD_KK, NEW_KK = "3510010101100001", "3509010202200002"
NIKS = ("3510010101800001", "3510014101820002", "3510010101100003")
HOME = household_id(OLD, "H1")
PEOPLE = [person_id(OLD, f"P{n}") for n in (1, 2, 3)]


def member(record_id: str, number: int, **details: Any) -> PersonRecord:
    """The father, the mother or the child of the family."""
    born = (date(1980, 1, 1), date(1982, 1, 1), date(2010, 1, 1))[number]
    known = {
        "nik": NIKS[number],
        "name": ("Slamet", "Siti", "Budi")[number],
        "birth_date": born,
        "sex": ("MALE", "FEMALE", "MALE")[number],
        "is_head": number == 0,
        "vital_status": "ALIVE",
    }
    return PersonRecord(source_record_id=record_id, **known | details)


def home(region: str, record_id: str, revision: int = 1, **details: Any) -> HouseholdRecord:
    """The family in the records of one district."""
    letter = {OLD: "P", NEW: "N", THIRD: "T"}[region]
    known: dict[str, Any] = {
        "observed_at": NOW,
        "region_code": VILLAGES[region],
        "kk_number": {OLD: OLD_KK, NEW: NEW_KK, THIRD: None}[region],
        "members": tuple(member(f"{letter}{n + 1}", n) for n in range(3)),
        "decile": 2,
    }
    return HouseholdRecord(source_record_id=record_id, revision=revision, **known | details)


def letter(region: str, kind: str, household: str, other: str, **details: Any) -> VillageServiceRecord:
    """A completed letter of one side that names the other."""
    known: dict[str, Any] = {
        "source_record_id": f"{kind}-{household}",
        "revision": 1,
        "observed_at": NOW,
        "region_code": VILLAGES[region],
        "type": f"MOVE_{kind}_LETTER",
        "status": "COMPLETED",
        "household_record_id": household,
        "event_on": date(2026, 6, 20),
        "other_region_code": VILLAGES[other],
        "completed_at": NOW - timedelta(days=11),
    }
    return VillageServiceRecord(**known | details)


def case(region: str, record_id: str, household: str, **details: Any) -> CaseFileRecord:
    """A need that the family told to one district."""
    known: dict[str, Any] = {
        "revision": 1,
        "observed_at": NOW,
        "region_code": VILLAGES[region],
        "number": f"{region}/{record_id}",
        "type": "NEED",
        "category": "FOOD",
        "channel": "VISIT",
        "status": "IN_PROGRESS",
        "received_at": NOW,
        "household_record_id": household,
    }
    return CaseFileRecord(source_record_id=record_id, **known | details)


async def tell(session: Session, region: str, *records: Record, at: datetime = NOW) -> BatchResult:
    """One batch of a district."""
    async with session.transaction() as transaction:
        result = await merge_batch(transaction, Batch(region, region, "PULL", records, [], at))
    async with session.connection() as connection:  # a commit would empty the stages
        await connection.execute(
            "truncate stage_household, stage_person, stage_case_file, stage_village_service, stage_roster, stage_elsewhere,"
            " stage_reject"
        )
    return result


MOVE: Sequence[tuple[str, Record]] = (
    (OLD, home(OLD, "H1")),
    (OLD, letter(OLD, "OUT", "H1", NEW)),
    (NEW, home(NEW, "H9")),
    (NEW, letter(NEW, "IN", "H9", OLD)),
)
"""All that a move needs, in the order in which it happens."""


async def moved(session: Session) -> None:
    """The family has moved."""
    for region, record in MOVE:
        await tell(session, region, record)
    assert await apply_moves(session, NOW) == 1


async def rows(session: Session, statement: str, *values: object) -> list[tuple[Any, ...]]:
    async with session.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement, *values)]
