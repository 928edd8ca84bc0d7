"""Random households, half of what is known of them missing here and there, and their facts in plain Python."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime

from hub.domain.records import HouseholdRecord, PersonRecord, PoolRecord, RosterRecord
from hub.matching.evaluate import Facts
from hub.store import sources
from hub.store.batches import Batch, merge_batch
from hub.store.database import Session
from resolvers.matching import evaluate_all
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
REGENCIES = ("35.10", "35.09", "36.71")


def clock() -> datetime:
    return NOW


def kk_of(regency: str, number: int) -> str:
    return f"{regency.replace('.', '')}01010120{number:04}"


def people(regencies: Sequence[str], households: int, seed: int) -> dict[str, list[HouseholdRecord]]:
    """So many households in each regency, h1, h2, ..."""
    rng = random.Random(seed)
    return {code: [household(rng, code, n) for n in range(1, households + 1)] for code in regencies}


def household(rng: random.Random, regency: str, number: int) -> HouseholdRecord:
    members = tuple(_person(rng, f"{number}-{n}", is_head=n == 0) for n in range(rng.randint(1, 6)))
    return HouseholdRecord(
        source_record_id=f"h{number}",
        revision=1,
        observed_at=NOW,
        region_code=f"{regency}.01.{'1001' if regency.endswith('71') else '2001'}",
        kk_number=kk_of(regency, number) if rng.random() < 0.9 else None,
        decile=rng.choice([None, 1, 2, 3, 4, 5, 6, 7]),
        welfare_source="DTSEN",
        welfare_period="2026-2",
        assistance=("SEMBAKO",) if rng.random() < 0.3 else (),
        members=members,
    )


def _person(rng: random.Random, number: str, *, is_head: bool) -> PersonRecord:
    def maybe(*values: object) -> object:
        return rng.choice([*values, None])

    return PersonRecord(
        source_record_id=f"p{number}",
        name=f"Sri {number}",
        is_head=is_head,
        sex=maybe("MALE", "FEMALE"),
        birth_date=maybe(*(date(2026 - age, 3, 3) for age in (0, 5, 6, 7, 13, 30, 40, 59, 60, 80))),
        vital_status=rng.choice(["ALIVE", "ALIVE", "ALIVE", "ALIVE", "DECEASED", None]),
        is_pregnant=rng.choice([False, False, False, True, None]),
        school_level=maybe("NONE", "SD", "SMP", "SMA"),
        is_enrolled_in_school=rng.choice([False, False, True, None]),
        disability=rng.choice(["NONE", "NONE", "MILD", "SEVERE", None]),
        occupation_class=rng.choice(["FARMER"] * 8 + ["POLICE", None]),
    )


def facts_of(record: HouseholdRecord) -> dict[str, object]:
    """What rules may ask of a household, when the roster of PKH has been read."""
    is_identified = True if record.kk_number else None
    return {"decile": record.decile, "is_identified": is_identified, "is_pkh_roster_read": True}


def facts_of_person(person: PersonRecord) -> Facts:
    born = person.birth_date
    passed = born is not None and (NOW.month, NOW.day) >= (born.month, born.day)
    return {
        "age": None if born is None else NOW.year - born.year - (not passed),
        "vital_status": person.vital_status,
        "is_pregnant": person.is_pregnant,
        "school_level": person.school_level,
        "is_enrolled_in_school": person.is_enrolled_in_school,
        "disability": person.disability,
        "occupation_class": person.occupation_class,
    }


async def settle(
    jobs: Session, households: dict[str, list[HouseholdRecord]], drawing: Sequence[tuple[str, int]] = ()
) -> None:
    """Take the households in, and who draws PKH; read the rosters to their end, and judge."""
    await join_districts(jobs, {code: f"http://{code}.example/graphql" for code in households}, NOW)
    for regency, records in households.items():
        async with jobs.transaction() as transaction:
            await merge_batch(transaction, Batch(regency, regency, "PULL", records, [], NOW))
    roster = [
        RosterRecord(
            source_record_id=f"pkh-{regency}-{number}",
            revision=1,
            observed_at=NOW,
            programme_code="PKH",
            status="ACTIVE",
            kk_number=kk_of(regency, number),
        )
        for regency, number in drawing
    ]
    async with jobs.transaction() as transaction:
        await merge_batch(transaction, Batch("PKH", None, "PULL", roster, [], NOW))
    for source in ("PKH", "KIS"):
        await sources.move_cursor(jobs, sources.CursorMove(source, None, "end", is_drained=True), NOW)
    await evaluate_all(jobs, clock)


async def add_pools(jobs: Session, sizes: dict[str | None, int]) -> None:
    """PKH's pools of the year."""
    pools = [
        PoolRecord(programme_code="PKH", region_code=region, period="2026", total=total, revision=1, observed_at=NOW)
        for region, total in sizes.items()
    ]
    await sources.merge_pools(jobs, "PKH", pools, NOW)
