"""What district systems and national systems send of the world of two regencies."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.domain.ids import household_id, person_id
from hub.domain.records import (
    CaseFileRecord,
    HouseholdRecord,
    PersonRecord,
    PoolRecord,
    Record,
    RosterRecord,
    VillageServiceRecord,
)

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
OWN, FOREIGN = "35.10", "35.09"
VILLAGES = {OWN: "35.10.01.2001", FOREIGN: "35.09.01.2001"}
HOUSEHOLDS = 110
TWICE_ON_THE_ROSTER = {OWN: "Ratna Kusumawardani", FOREIGN: "Wahyuningsih Purbaningrum"}
PERIOD = "2026"


def nik(regency: str, serial: int, *, woman: bool = False) -> str:
    return f"{regency.replace('.', '')}01{'41' if woman else '01'}0190{serial:04}"


def kk(regency: str, serial: int) -> str:
    return f"{regency.replace('.', '')}01010120{serial:04}"


def household_of(regency: str, number: int) -> int:
    return household_id(regency, f"h{number}")


def person_of(regency: str, number: int, member: int = 1) -> int:
    return person_id(regency, f"p{number}-{member}")


def household(regency: str, number: int, **changes: Any) -> HouseholdRecord:
    """Number 1 is complete; every third has no decile, every fifth draws PKH (by the roster).

    Two lines of the KIS roster could be the wife in number 6: both wait for somebody to decide.
    """
    members = (
        PersonRecord(
            source_record_id=f"p{number}-1",
            nik=nik(regency, number),
            name=f"Slamet {number}",
            sex="MALE",
            birth_date=date(1990, 1, 1),
            is_head=True,
            vital_status="ALIVE",
            disability="NONE",
            occupation_class="FARMER",
            is_pregnant=False,
            school_level="NONE",
            is_enrolled_in_school=False,
            assistance=("SEMBAKO",) if number == 2 else (),
        ),
        PersonRecord(
            source_record_id=f"p{number}-2",
            nik=nik(regency, number, woman=True) if number != 4 else "123",
            name=f"Siti {number}" if number != 6 else TWICE_ON_THE_ROSTER[regency],
            sex="FEMALE",
            birth_date=date(1990, 1, 1),
            vital_status="ALIVE",
            disability="NONE",
            occupation_class="TRADER",
            is_pregnant=True,
            school_level="NONE",
            is_enrolled_in_school=False,
        ),
    )
    values: dict[str, Any] = {
        "source_record_id": f"h{number}",
        "revision": 1,
        "observed_at": NOW - timedelta(days=1),
        "region_code": VILLAGES[regency],
        "kk_number": kk(regency, number),
        "previous_kk_numbers": (kk(regency, 5000 + number),) if number == 1 else (),
        "address": f"Dusun {regency}/{number}",
        "decile": None if number % 3 == 0 else 1 + number % 4,
        "welfare_source": "DTSEN",
        "welfare_period": "2026-1",
        "assistance": ("SEMBAKO",) if number == 2 else (),
        "members": members,
    }
    return HouseholdRecord(**(values | changes))


def district_records(regency: str, households: int) -> list[Record]:
    cases = [
        CaseFileRecord(
            source_record_id=f"c{number}",
            revision=1,
            observed_at=NOW,
            number=f"{regency}/{number}",
            type="NEED",
            category="FOOD",
            channel="WALK_IN",
            region_code=VILLAGES[regency],
            status="RECEIVED",
            received_at=NOW - timedelta(days=3),
            household_record_id=f"h{number}",
            summary="Beras",
        )
        for number in (1, 2)
    ]
    service = VillageServiceRecord(
        source_record_id="s1",
        revision=1,
        observed_at=NOW,
        region_code=VILLAGES[regency],
        type="SPM_LETTER",
        status="COMPLETED",
        household_record_id="h1",
    )
    return [*(household(regency, number) for number in range(1, households + 1)), *cases, service]


def roster(regency: str, households: int) -> dict[str, list[Record]]:
    kis = [
        RosterRecord(
            source_record_id=f"kis-{regency}-{number}",
            revision=1,
            observed_at=NOW,
            programme_code="KIS_PBI",
            status="ACTIVE",
            nik=nik(regency, number),
            segment="PBI",
        )
        for number in range(1, households, 4)
    ]
    kis += [
        RosterRecord(
            source_record_id=f"kis-{regency}-{twin}",
            revision=1,
            observed_at=NOW,
            programme_code="KIS_PBI",
            status="ACTIVE",
            name=TWICE_ON_THE_ROSTER[regency],
            birth_date=date(1990, 1, 1),
            sex="FEMALE",
            region_code=VILLAGES[regency],
            segment="PBI",
        )
        for twin in ("a", "b")
    ]
    kis.append(
        RosterRecord(
            source_record_id=f"kis-{regency}-twice",
            revision=1,
            observed_at=NOW,
            programme_code="KIS_PBI",
            status="ACTIVE",
            nik=nik(regency, 5),
            segment="PBI",
        )
    )
    pkh = [
        RosterRecord(
            source_record_id=f"pkh-{regency}-{number}",
            revision=1,
            observed_at=NOW,
            programme_code="PKH",
            status="ACTIVE",
            kk_number=kk(regency, number),
            components={"PREGNANT": 1},
            amount=3_000_000,
        )
        for number in range(5, households, 5)
    ]
    return {"KIS": [*kis], "PKH": [*pkh]}


def pool(programme: str, region: str | None, total: int) -> PoolRecord:
    return PoolRecord(
        programme_code=programme, region_code=region, period=PERIOD, total=total, revision=1, observed_at=NOW
    )
