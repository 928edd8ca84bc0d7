"""What follows from completed letters: once each, and only from completed ones."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.domain.records import PoolRecord
from hub.store import sources
from hub.store.village_effects import Applied, apply_services

sys.path.insert(0, str(Path(__file__).parent))
from moving import HOME, NEW, NOW, OLD, PEOPLE, VILLAGES, home, letter, member, rows, tell
from test_moved_entitlements import free, give, matches

NOTHING = Applied(0, 0, 0, 0)


@pytest.fixture
async def hub(session):
    pool = PoolRecord(programme_code="KIS_PBI", region_code=None, period="2026", total=3, revision=1, observed_at=NOW)
    await sources.merge_pools(session, "KIS", [pool], NOW)
    await tell(session, OLD, home(OLD, "H1"))
    return session


def service(kind, **details):
    """A completed service for the family."""
    known = {"type": kind, "source_record_id": kind, "other_region_code": None, "event_on": None}
    return letter(OLD, "OUT", "H1", NEW, **known | details)


async def effects(session):
    return await rows(
        session,
        "select effect, household_id, person_id, slots_freed from village_service_effect order by village_service_id",
    )


async def test_a_death_letter_frees_the_slots_on_their_way_to_the_deceased_and_nobody_else_s(hub):
    await give(hub, "KIS_PBI", "OFFERED", HOME, PEOPLE[0])
    await give(hub, "KIS_PBI", "OFFERED", HOME, PEOPLE[1])
    await tell(hub, OLD, service("DEATH_LETTER", person_record_id="P1", event_on=date(2026, 6, 1)))
    assert await apply_services(hub, NOW) == Applied(0, 0, 1, 1)
    assert [(row[1], row[3]) for row in await matches(hub)] == [("RELEASED", PEOPLE[0]), ("OFFERED", PEOPLE[1])]
    assert await free(hub, "KIS_PBI", None) == 2
    assert await effects(hub) == [("DEATH_NOTED", HOME, PEOPLE[0], 1)]
    assert await rows(hub, "select person_id from person where vital_status = 'DECEASED'") == [(PEOPLE[0],)]
    assert await apply_services(hub, NOW + timedelta(days=1)) == NOTHING


async def test_what_was_issued_to_the_deceased_waits_for_a_person(hub):
    await give(hub, "KIS_PBI", "ISSUED", HOME, PEOPLE[0])
    await tell(hub, OLD, service("DEATH_LETTER", person_record_id="P1"))
    assert await apply_services(hub, NOW) == Applied(0, 0, 1, 0)
    assert [row[1] for row in await matches(hub)] == ["ISSUED"]


async def test_a_death_that_the_record_has_already_is_known(hub):
    gone = (member("P1", 0, vital_status="DECEASED"), *home(OLD, "H1").members[1:])
    await tell(hub, OLD, home(OLD, "H1", 2, members=gone), service("DEATH_LETTER", person_record_id="P1"))
    assert await apply_services(hub, NOW) == Applied(0, 0, 1, 0)
    assert await effects(hub) == [("DEATH_KNOWN", HOME, PEOPLE[0], 0)]


async def test_a_birth_letter_makes_a_candidate_and_a_child_that_is_known_none(hub):
    await tell(hub, OLD, service("BIRTH_LETTER", event_on=date(2026, 6, 25)))
    assert await apply_services(hub, NOW) == Applied(0, 1, 0, 0)
    child = member("P4", 2, nik=None, birth_date=date(2026, 6, 25))
    certificate = service("BIRTH_CERTIFICATE", event_on=date(2026, 6, 25))
    await tell(hub, OLD, home(OLD, "H1", 2, members=(*home(OLD, "H1").members, child)), certificate)
    assert await apply_services(hub, NOW) == NOTHING
    assert sorted(effect for effect, *_ in await effects(hub)) == ["NEWBORN_CANDIDATE", "NEWBORN_KNOWN"]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "REQUESTED"}, {"status": "IN_PROGRESS"}, {"status": "REJECTED"}, {"status": "CANCELLED"}, {"is_removed": True},
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["BIRTH_LETTER", "DEATH_LETTER"])
async def test_nothing_follows_from_what_is_not_completed(hub, kind, change):
    await tell(hub, OLD, service(kind, person_record_id="P1", **change))
    assert await apply_services(hub, NOW) == NOTHING
    assert await effects(hub) == []


@pytest.mark.parametrize("kind", ["SPM_LETTER", "FAMILY_CARD", "MOVE_OUT_LETTER"])
async def test_nothing_follows_from_services_that_change_nobody(hub, kind):
    await tell(hub, OLD, service(kind))
    assert await apply_services(hub, NOW) == NOTHING


async def test_a_letter_about_a_person_whom_nobody_knows_yet_waits(hub):
    await tell(hub, OLD, service("DEATH_LETTER", person_record_id="P9"))
    assert await apply_services(hub, NOW) == NOTHING
    await tell(hub, OLD, home(OLD, "H2", 3, kk_number=None, members=(member("P9", 0, nik=None),)))
    assert await apply_services(hub, NOW) == Applied(0, 0, 1, 0)


@pytest.mark.parametrize(
    ("field", "change", "code"),
    [
        ("type", {"type": "WEDDING"}, "VALUE_UNKNOWN"),
        ("status", {"status": "ISSUED"}, "VALUE_UNKNOWN"),
        ("regionCode", {"region_code": "99.99.99.9999"}, "REGION_UNKNOWN"),
        ("regionCode", {"region_code": VILLAGES[NEW]}, "REGION_FOREIGN"),
    ],
)
async def test_services_with_unknown_words_go_into_quarantine(hub, field, change, code):
    await tell(hub, OLD, service("SPM_LETTER", **change))
    assert await rows(hub, "select field, code, severity from reject") == [(field, code, "RECORD")]
    assert await rows(hub, "select count(*) from village_service") == [(0,)]


async def test_what_a_letter_says_wrongly_of_the_other_side_stays_out_of_it(hub):
    await tell(hub, OLD, letter(OLD, "OUT", "H1", NEW, other_region_code="99.99", other_kk_number="12"))
    assert await rows(hub, "select field, code, severity from reject order by 1") == [
        ("otherKkNumber", "KK_NOT_16_DIGITS", "FIELD"),
        ("otherRegionCode", "REGION_UNKNOWN", "FIELD"),
    ]
    assert await rows(hub, "select other_region_code, other_kk_number from village_service") == [(None, None)]
