"""What lies unused is found in sets, once, with its evidence; a person decides, and what ends is recovered."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.domain.principal import EVERYWHERE
from hub.domain.records import CaseFileRecord, HouseholdRecord, PersonRecord, RosterRecord, VillageServiceRecord
from hub.store import finder, sources
from hub.store.batches import Batch, merge_batch
from hub.store.database import Database
from hub.store.finder import Decision, Finding, FindingFilter
from resolvers.findings import find_unused
from resolvers.matching import evaluate_all
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
VILLAGE = "35.10.01.2001"


def nik(serial: int) -> str:
    return f"351001010190{serial:04}"


def kk(serial: int) -> str:
    return f"351001010120{serial:04}"


def person(number: int, **values: Any) -> PersonRecord:
    given = {
        "source_record_id": f"p{number}",
        "nik": nik(number),
        "sex": "MALE",
        "birth_date": date(1990, 1, 1),
        "vital_status": "ALIVE",
        "occupation_class": "FARMER",
    }
    return PersonRecord(**(given | values))


def household(number: int, *members: PersonRecord, **values: Any) -> HouseholdRecord:
    given: dict[str, Any] = {
        "source_record_id": f"h{number}",
        "revision": 1,
        "observed_at": NOW,
        "region_code": VILLAGE,
        "kk_number": kk(number),
        "decile": 3,
    }
    return HouseholdRecord(**(given | values), members=members or (person(number),))


def line(programme: str, number: int, record: str = "", **values: Any) -> RosterRecord:
    numbers = {"nik": nik(number), "segment": "PBI"} if programme == "KIS_PBI" else {"kk_number": kk(number)}
    given = {
        "source_record_id": record or f"{programme}-{number}",
        "revision": 1,
        "observed_at": NOW,
        "programme_code": programme,
        "status": "ACTIVE",
        "region_code": "35.10",
    }
    return RosterRecord(**(given | numbers | values))


def letter(kind: str, number: int, completed_at: datetime | None = NOW) -> VillageServiceRecord:
    return VillageServiceRecord(
        source_record_id=f"s-{kind}-{number}",
        revision=1,
        observed_at=NOW,
        region_code=VILLAGE,
        type=kind,
        status="COMPLETED" if completed_at else "REQUESTED",
        household_record_id=f"h{number}",
        completed_at=completed_at,
    )


def case(kind: str, household_id: str | None, **values: Any) -> CaseFileRecord:
    given: dict[str, Any] = {
        "source_record_id": f"c-{kind}-{household_id}",
        "revision": 1,
        "observed_at": NOW,
        "number": f"{kind}/{household_id}",
        "type": kind,
        "category": "FOOD",
        "channel": "WALK_IN",
        "region_code": VILLAGE,
        "status": "RECEIVED",
        "received_at": NOW,
        "household_record_id": household_id,
    }
    return CaseFileRecord(**(given | values))


class Office:
    """A district, two rosters, and what is found about them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def tell(self, *records: Any) -> None:
        for source, regency, kinds in (("35.10", "35.10", (HouseholdRecord, VillageServiceRecord, CaseFileRecord)),):
            mine = [record for record in records if isinstance(record, kinds)]
            await self._merge(source, regency, mine)
        for programme, source in (("KIS_PBI", "KIS"), ("PKH", "PKH")):
            lines = [r for r in records if isinstance(r, RosterRecord) and r.programme_code == programme]
            await self._merge(source, None, lines)

    async def _merge(self, source: str, regency: str | None, records: list[Any]) -> None:
        if records:
            async with self.database.jobs.transaction() as transaction:
                await merge_batch(transaction, Batch(source, regency, "PULL", records, [], NOW))

    async def find(self, now: datetime = NOW) -> dict[str, tuple[int, int]]:
        await evaluate_all(self.database.jobs, lambda: now)
        return await find_unused(self.database.jobs, lambda: now)

    async def findings(self, kind: str | None = None) -> list[Finding]:
        wanted = FindingFilter(EVERYWHERE, kind, None, None)
        return await finder.list_findings(self.database.jobs, wanted, after_id=0, first=100)

    async def lines(self, kind: str) -> list[str]:
        return [found.source_record_id for found in await self.findings(kind)]

    async def decide(self, finding: Finding, status: str) -> bool:
        decision = Decision(status, "officer", NOW, "SEEN")
        return await finder.decide(self.database.jobs, finding.finding_id, decision)


@pytest.fixture
async def office(database: Database) -> Office:
    await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    for code in ("35.10", "KIS", "PKH"):
        await sources.move_cursor(database.jobs, sources.CursorMove(code, None, "end", is_drained=True), NOW)
    return Office(database)


async def test_a_slot_of_the_dead_is_found_with_both_records_as_evidence(office: Office) -> None:
    dead = person(1, vital_status="DECEASED")
    await office.tell(household(1, dead, person(2)), line("KIS_PBI", 1), line("KIS_PBI", 2), line("PKH", 1))
    assert await office.find() == dict.fromkeys(finder.KINDS, (0, 0)) | {"HOLDER_DECEASED": (1, 1)}
    [found] = await office.findings()
    assert (found.programme_code, found.source_code, found.source_record_id) == ("KIS_PBI", "KIS", "KIS_PBI-1")
    assert (found.status, found.regency_code, found.value, found.decided_by) == ("OPEN", "35.10", None, None)
    assert [(e.system, e.record, e.fact, e.value, e.observed_at) for e in found.evidence] == [
        ("KIS", "KIS_PBI-1", "ROSTER_STATUS", "ACTIVE", NOW),
        ("35.10", "p1", "VITAL_STATUS", "DECEASED", NOW),
    ]
    assert nik(1) not in str(found)


async def test_a_household_of_which_nobody_is_left_alive_holds_a_slot_and_its_value_is_known(office: Office) -> None:
    dead = [person(n, vital_status="DECEASED") for n in (1, 2)]
    await office.tell(household(1, *dead), household(3), line("PKH", 1, amount=3_000_000), line("PKH", 3))
    await office.find()
    [found] = await office.findings("HOLDER_DECEASED")
    assert (found.source_record_id, found.person_id, found.value) == ("PKH-1", None, 3_000_000)


async def test_of_two_active_lines_of_one_person_or_household_the_second_is_found(office: Office) -> None:
    await office.tell(
        household(1),
        line("KIS_PBI", 1, "K-2"),
        line("KIS_PBI", 1, "K-1"),
        line("KIS_PBI", 77, "K-8", region_code=None),
        line("KIS_PBI", 77, "K-9", region_code=None),
        line("PKH", 1, "P-1"),
        line("PKH", 1, "P-2", kk_number=None, nik=nik(1)),
        line("PKH", 1, "P-3", status="INACTIVE"),
    )
    await office.find()
    assert sorted(await office.lines("HOLDER_DUPLICATE")) == ["K-2", "K-9", "P-2"]


async def test_who_is_covered_otherwise_holds_the_free_cover_in_vain(office: Office) -> None:
    await office.tell(household(1), line("KIS_PBI", 1, "K-1"), line("KIS_PBI", 1, "K-2", segment="PPU"))
    await office.find()
    assert await office.lines("HOLDER_DUPLICATE") == ["K-1"]


async def test_who_stands_above_the_cut_off_of_the_rule_in_force_is_found(office: Office) -> None:
    await office.tell(
        household(1, decile=5), household(2, decile=6), household(3, decile=None),
        *(line(programme, n) for programme in ("KIS_PBI", "PKH") for n in (1, 2, 3)),
    )  # fmt: skip
    await office.find()
    found = await office.findings("HOLDER_ABOVE_CUT_OFF")
    assert sorted((f.source_record_id, f.evidence[1].value) for f in found) == [
        ("KIS_PBI-2", "6"), ("PKH-1", "5"), ("PKH-2", "6"),
    ]  # fmt: skip


async def test_who_is_on_no_registry_is_found_once_the_district_was_read_to_its_end(office: Office) -> None:
    strangers = [
        line("KIS_PBI", 9),
        line("PKH", 9),
        line("KIS_PBI", 8, region_code="35.09"),
        line("KIS_PBI", 7, segment="PPU"),
    ]
    await office.tell(household(1), line("KIS_PBI", 1), *strangers)
    await office.find()
    assert sorted(await office.lines("HOLDER_UNLISTED")) == ["KIS_PBI-9", "PKH-9"]


async def test_letters_of_a_village_announce_deaths_moves_and_newborns(office: Office) -> None:
    await office.tell(
        *(household(n) for n in (1, 2, 3)),
        household(4, person(4, vital_status="DECEASED"), person(40)),
        household(5, person(5), person(50, birth_date=date(2026, 5, 1))),
        *(line("KIS_PBI", n) for n in (1, 2)), line("KIS_PBI", 40),
        letter("DEATH_LETTER", 1), letter("DEATH_LETTER", 2, None), letter("DEATH_LETTER", 3), letter("DEATH_LETTER", 4),
        letter("MOVE_OUT_LETTER", 1), letter("MOVE_OUT_LETTER", 3),
        letter("BIRTH_LETTER", 3), letter("BIRTH_CERTIFICATE", 5), letter("FAMILY_CARD", 3),
    )  # fmt: skip
    await office.find()
    assert await office.lines("DEATH_REPORTED") == ["s-DEATH_LETTER-1"]
    assert await office.lines("MOVE_REPORTED") == ["s-MOVE_OUT_LETTER-1"]
    assert await office.lines("NEWBORN") == ["s-BIRTH_LETTER-3"]
    assert await office.lines("HOLDER_DECEASED") == []


async def test_open_needs_of_whom_no_registry_lists_are_candidates_for_the_pre_list(office: Office) -> None:
    await office.tell(
        household(1), household(2, decile=None),
        case("NEED", None), case("NEED", "h1"), case("OUTREACH_FINDING", "h2"), case("QUESTION", None),
        case("PROPOSAL", None, closed_at=NOW, status="CLOSED"),
    )  # fmt: skip
    await office.find()
    assert sorted(await office.lines("PRELIST_CANDIDATE")) == ["c-NEED-None", "c-OUTREACH_FINDING-h2"]


async def test_finding_again_makes_no_second_row_and_leaves_what_a_person_decided(office: Office) -> None:
    dead = [person(n, vital_status="DECEASED") for n in (1, 2, 3)]
    await office.tell(household(1, *dead, person(4)), *(line("KIS_PBI", n) for n in (1, 2, 3)))
    await office.find()
    first, second, third = await office.findings()
    assert await office.decide(first, "CONFIRMED")
    assert await office.decide(second, "DISMISSED")
    assert (await office.find(LATER))["HOLDER_DECEASED"] == (3, 0)
    again = await office.findings()
    assert [(f.finding_id, f.status, f.decided_by) for f in again] == [
        (first.finding_id, "CONFIRMED", "officer"),
        (second.finding_id, "DISMISSED", "officer"),
        (third.finding_id, "OPEN", None),
    ]
    assert {(f.found_at, f.seen_at) for f in again} == {(NOW, LATER)}


async def test_a_line_that_ends_is_recovered_and_a_death_that_was_a_mistake_is_no_finding_any_more(
    office: Office,
) -> None:
    dead = [person(n, vital_status="DECEASED") for n in (1, 2, 3)]
    await office.tell(household(1, *dead, person(4)), *(line("KIS_PBI", n) for n in (1, 2, 3)))
    await office.find()
    confirmed, _, _ = await office.findings()
    await office.decide(confirmed, "CONFIRMED")
    alive = household(1, dead[0], dead[1], person(3), person(4), revision=2)
    await office.tell(alive, *(line("KIS_PBI", n, revision=2, status="DECEASED") for n in (1, 2)))
    await office.find(LATER)
    assert [(f.status, f.decided_by, f.reason_code) for f in await office.findings()] == [
        ("RECOVERED", "officer", "SEEN"),
        ("RECOVERED", "hub", "LINE_ENDED"),
        ("DISMISSED", "hub", "NO_LONGER_FOUND"),
    ]
    recovered = (await office.findings())[0]
    assert not await office.decide(recovered, "DISMISSED")
    await office.tell(household(1, *dead, person(4), revision=3))
    await office.find(LATER + timedelta(days=1))
    assert [(f.status, f.decided_by) for f in await office.findings()][2] == ("OPEN", None)


async def test_a_finding_frees_no_slot_and_ends_no_enrolment(office: Office) -> None:
    await office.tell(household(1, person(1, vital_status="DECEASED")), line("KIS_PBI", 1))
    await office.find()
    [found] = await office.findings()
    await office.decide(found, "CONFIRMED")
    async with office.database.jobs.connection() as connection:
        assert await connection.fetchval("select status from enrolment") == "ACTIVE"
        assert await connection.fetchval("select status from roster_entry") == "ACTIVE"
        assert await connection.fetchval("select count(*) from match") == 0


async def test_findings_are_counted_by_regency_and_kind(office: Office) -> None:
    dead = [person(n, vital_status="DECEASED") for n in (1, 2)]
    await office.tell(household(1, *dead), line("PKH", 1, amount=900_000), line("KIS_PBI", 1), line("KIS_PBI", 2))
    await office.find()
    counts = await finder.count_findings(office.database.jobs, EVERYWHERE)
    assert [(c.regency_code, c.kind, c.open, c.confirmed, c.value) for c in counts] == [
        ("35.10", "HOLDER_DECEASED", 3, 0, 900_000)
    ]
