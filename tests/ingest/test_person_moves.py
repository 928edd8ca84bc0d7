"""A member who moves alone to another regency stays the same person, whatever order the records and letters come in."""

import itertools
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.domain.ids import household_id, person_id
from hub.store.database import open_database
from hub.store.moves import apply_moves

sys.path.insert(0, str(Path(__file__).parent))
from moving import HOME, NEW, NIKS, NOW, OLD, PEOPLE, THIRD, case, home, letter, member, rows, tell
from test_moved_entitlements import SLOT, WAY, free, give, matches

from hub.domain.records import PoolRecord
from hub.store import sources
from tests.districts import join_districts
from tests.schema.world import fresh_copy

BUDI = PEOPLE[2]
AUNT = household_id(NEW, "H7")
RINA = member("N1", 1, nik="3509014101700001", name="Rina", birth_date=date(1970, 1, 1), is_head=True)
NEPHEW = member("N2", 2)
WITHOUT = tuple(member(f"P{n + 1}", n) for n in range(2))


def aunt(region=NEW, record_id="H7", revision=1, members=(RINA, NEPHEW), **details):
    """The household in the new regency that took the boy in."""
    return home(region, record_id, revision, kk_number=None, members=members, **details)


OUT = letter(OLD, "OUT", "H1", NEW, person_record_id="P3")
IN = letter(NEW, "IN", "H7", OLD, person_record_id="N2")
STORY = ((OLD, home(OLD, "H1")), (OLD, OUT), (OLD, home(OLD, "H1", 2, members=WITHOUT)), (NEW, aunt()), (NEW, IN))


@pytest.fixture
async def hub(session):
    await join_districts(session, (NEW, THIRD), NOW)
    for source, code, region in (("PKH", "PKH", OLD), ("KIS", "KIS_PBI", None), ("KIS", "KIS_PBI", OLD)):
        pool = PoolRecord(programme_code=code, region_code=region, period="2026", total=3, revision=1, observed_at=NOW)
        await sources.merge_pools(session, source, [pool], NOW)
    return session


async def told(hub, *story):
    for region, record in story:
        await tell(hub, region, record)


async def present(hub):
    """Who lives where now: person, household, district's own id, regency."""
    return set(
        await rows(
            hub, "select person_id, household_id, source_record_id, regency_code from person where left_at is null"
        )
    )


async def moves(hub):
    return await rows(
        hub,
        "select household_id, person_id, arrived_household_id, status, cause from household_move order by move_id",
    )


THERE = {
    (PEOPLE[0], HOME, "P1", OLD),
    (PEOPLE[1], HOME, "P2", OLD),
    (person_id(NEW, "N1"), AUNT, "N1", NEW),
    (BUDI, AUNT, "N2", NEW),
}
MOVED = [(HOME, BUDI, AUNT, "MOVED", "LETTERS")]


async def test_letters_of_both_sides_and_the_same_nik_prove_it_and_the_person_keeps_the_identity(hub):
    await told(hub, *STORY)
    assert await apply_moves(hub, NOW) == 1
    assert await present(hub) == THERE
    assert await moves(hub) == MOVED
    effects = "select effect, household_id, person_id from village_service_effect order by village_service_id"
    assert await rows(hub, effects) == [("PERSON_MOVED", AUNT, BUDI)] * 2
    assert await rows(hub, "select count(*) from person where nik = $1", NIKS[2]) == [(1,)]
    assert await apply_moves(hub, NOW + timedelta(days=1)) == 0
    assert await moves(hub) == MOVED


async def test_both_households_stay_what_they_are(hub):
    await told(hub, *STORY)
    before = await rows(hub, "select * from household order by household_id")
    await apply_moves(hub, NOW)
    assert await rows(hub, "select * from household order by household_id") == before
    assert await rows(hub, "select * from household_alias") == []
    assert await rows(hub, "select made_id, person_id, regency_code from person_alias") == [
        (person_id(NEW, "N2"), BUDI, NEW)
    ]


@pytest.mark.parametrize("late", [False, True], ids=["applied at the end", "applied after each"])
async def test_the_order_of_records_and_letters_does_not_matter(server_url, template, late):
    """Every fifth order in which the old district tells its records in their own order; letters come at any time."""
    ends = set()
    orders = [order for order in itertools.permutations(range(5)) if order.index(0) < order.index(2)]
    for order in orders[int(late) :: 5]:
        async with fresh_copy(server_url, template) as url, open_database(url) as database:
            await join_districts(database.jobs, (OLD, NEW), NOW)
            for step in order:
                await tell(database.jobs, *STORY[step])
                if late:
                    await apply_moves(database.jobs, NOW)
            await apply_moves(database.jobs, NOW)
            ends.add((frozenset(await present(database.jobs)), tuple(await moves(database.jobs))))
    assert ends == {(frozenset(THERE), tuple(MOVED))}


async def test_later_records_of_the_new_district_meet_the_person(hub):
    await told(hub, *STORY)
    await apply_moves(hub, NOW)
    grown = member("N2", 2, school_level="SMA")
    result = await tell(hub, NEW, aunt(revision=2, members=(RINA, grown)))
    assert (result.merged, result.rejects) == (1, {})
    assert await rows(hub, "select school_level from person where person_id = $1", BUDI) == [("SMA",)]
    assert await present(hub) == THERE


async def test_an_old_district_that_goes_on_with_the_person_hears_that_he_moved(hub):
    await told(hub, *STORY)
    await apply_moves(hub, NOW)
    result = await tell(hub, OLD, home(OLD, "H1", 3, address="Jl. Lama"))
    assert (result.merged, result.rejects) == (1, {"HOUSEHOLD_MOVED": 1})
    assert await present(hub) == THERE
    assert await rows(hub, "select address from household where household_id = $1", HOME) == [("Jl. Lama",)]


async def test_the_households_next_move_takes_along_who_is_left(hub):
    await told(hub, *STORY)
    await apply_moves(hub, NOW)
    whole = home(THIRD, "H5", members=tuple(member(f"T{n + 1}", n) for n in range(2)))
    out = letter(OLD, "OUT", "H1", THIRD, source_record_id="OUT-whole")
    await told(hub, (OLD, out), (THIRD, whole), (THIRD, letter(THIRD, "IN", "H5", OLD)))
    assert await apply_moves(hub, NOW) == 1
    assert await present(hub) == {
        (PEOPLE[0], HOME, "T1", THIRD),
        (PEOPLE[1], HOME, "T2", THIRD),
        (person_id(NEW, "N1"), AUNT, "N1", NEW),
        (BUDI, AUNT, "N2", NEW),
    }


async def test_two_members_move_alone_at_the_same_time(hub):
    mother = member("N3", 1)
    await told(hub, *STORY[:4], (NEW, aunt(revision=2, members=(RINA, NEPHEW, mother))), (NEW, IN))
    await told(
        hub,
        (OLD, letter(OLD, "OUT", "H1", NEW, person_record_id="P2", source_record_id="OUT-2")),
        (NEW, letter(NEW, "IN", "H7", OLD, person_record_id="N3", source_record_id="IN-2")),
    )
    assert await apply_moves(hub, NOW) == 2
    assert {(p, h) for p, h, _, _ in await present(hub)} == {
        (PEOPLE[0], HOME),
        (PEOPLE[1], AUNT),
        (BUDI, AUNT),
        (person_id(NEW, "N1"), AUNT),
    }


async def test_who_moves_on_is_still_the_same_person(hub):
    await told(hub, *STORY)
    uncle = aunt(THIRD, "H8", members=(member("T9", 2),))
    onward = letter(NEW, "OUT", "H7", THIRD, person_record_id="N2", event_on=date(2026, 6, 25))
    came = letter(THIRD, "IN", "H8", NEW, person_record_id="T9", event_on=date(2026, 6, 25))
    await told(hub, (NEW, onward), (THIRD, uncle), (THIRD, came))
    assert await apply_moves(hub, NOW) == 2
    assert (BUDI, household_id(THIRD, "H8"), "T9", THIRD) in await present(hub)
    assert await rows(hub, "select count(*) from person where nik = $1", NIKS[2]) == [(1,)]


@pytest.mark.parametrize(
    ("story", "cause"),
    [
        (STORY[:4], "ONE_LETTER"),
        ((STORY[0], STORY[2], *STORY[3:]), "ONE_LETTER"),
        ((STORY[0], STORY[1], (NEW, aunt(members=(RINA, member("N2", 2, nik=None)))), STORY[4]), "NUMBERS_DIFFER"),
    ],
    ids=["only the old side", "only the new side", "no NIK there"],
)
async def test_what_is_not_proven_waits_for_a_person(hub, story, cause):
    await told(hub, *story)
    assert await apply_moves(hub, NOW) == 0
    assert await moves(hub) == [(HOME, BUDI, AUNT, "REVIEW", cause)]
    await told(hub, *STORY)
    if cause == "ONE_LETTER":
        assert await apply_moves(hub, NOW) == 1
        assert await moves(hub) == MOVED


async def test_letters_that_name_another_regency_move_nobody(hub):
    elsewhere = letter(OLD, "OUT", "H1", THIRD, person_record_id="P3")
    await told(hub, STORY[0], (OLD, elsewhere), STORY[3])
    assert await apply_moves(hub, NOW) == 0
    assert await moves(hub) == []


async def test_his_case_files_go_along_and_those_of_the_household_stay(hub):
    await told(
        hub,
        STORY[0],
        (OLD, case(OLD, "C1", "H1", person_record_id="P3")),
        (OLD, case(OLD, "C2", "H1")),
        (OLD, case(OLD, "C3", "H1", person_record_id="P1")),
        *STORY[1:],
        (NEW, case(NEW, "C9", "H7", person_record_id="N2")),
    )
    await apply_moves(hub, NOW)
    found = "select source_record_id, household_id, person_id, regency_code from case_file order by 1"
    assert await rows(hub, found) == [
        ("C1", AUNT, BUDI, OLD),
        ("C2", HOME, None, OLD),
        ("C3", HOME, PEOPLE[0], OLD),
        ("C9", AUNT, BUDI, NEW),
    ]


@pytest.mark.parametrize("status", WAY)
async def test_what_he_has_of_the_nation_goes_along_and_what_the_household_has_stays(hub, status):
    await told(hub, *STORY)
    await give(hub, "KIS_PBI", status, HOME, BUDI)
    await give(hub, "KIS_PBI", status, HOME, PEOPLE[0])
    await give(hub, "PKH", status, HOME, region=OLD)
    assert await apply_moves(hub, NOW) == 1
    assert await matches(hub) == [
        ("KIS_PBI", status, AUNT, BUDI, NEW, None, SLOT[status], NEW),
        ("KIS_PBI", status, HOME, PEOPLE[0], OLD, None, SLOT[status], OLD),
        ("PKH", status, HOME, None, OLD, OLD, SLOT[status], OLD),
    ]
    owners = (
        "select distinct m.household_id = e.household_id, m.regency_code = e.regency_code"
        " from match_event e join match m using (match_id)"
    )
    assert await rows(hub, owners) == [(True, True)]


@pytest.mark.parametrize(("status", "stays"), [("OFFERED", False), ("ACCEPTED", True)])
async def test_of_the_old_regencys_quota_he_keeps_what_he_accepted(hub, status, stays):
    await told(hub, *STORY)
    await give(hub, "KIS_PBI", status, HOME, BUDI, region=OLD)
    await give(hub, "KIS_PBI", "OFFERED", HOME, PEOPLE[0], region=OLD)
    assert await apply_moves(hub, NOW) == 1
    [his, fathers] = await matches(hub)
    assert his[:5] == ("KIS_PBI", status if stays else "RELEASED", AUNT, BUDI, NEW)
    assert fathers[:5] == ("KIS_PBI", "OFFERED", HOME, PEOPLE[0], OLD)
    assert await free(hub, "KIS_PBI", OLD) == (1 if stays else 2)


async def test_of_two_matches_for_one_thing_the_one_that_came_further_stays(hub):
    await told(hub, *STORY)
    await give(hub, "KIS_PBI", "ACCEPTED", HOME, BUDI)
    await give(hub, "KIS_PBI", "OFFERED", AUNT, person_id(NEW, "N2"))
    await give(hub, "KIS_PBI", "OFFERED", AUNT, person_id(NEW, "N1"))
    assert await apply_moves(hub, NOW) == 1
    assert [row[:5] for row in await matches(hub)] == [
        ("KIS_PBI", "ACCEPTED", AUNT, BUDI, NEW),
        ("KIS_PBI", "SUPERSEDED", AUNT, BUDI, NEW),
        ("KIS_PBI", "OFFERED", AUNT, person_id(NEW, "N1"), NEW),
    ]


async def test_who_holds_one_thing_twice_waits_for_a_person(hub):
    await told(hub, *STORY)
    await give(hub, "KIS_PBI", "ISSUED", HOME, BUDI)
    await give(hub, "KIS_PBI", "ISSUED", AUNT, person_id(NEW, "N2"))
    assert await apply_moves(hub, NOW) == 0
    assert await moves(hub) == [(HOME, BUDI, AUNT, "REVIEW", "BOTH_ISSUED")]


async def test_cards_that_both_households_hold_do_not_hold_him_up(hub):
    await told(hub, *STORY)
    await give(hub, "PKH", "ISSUED", HOME, region=OLD)
    await give(hub, "PKH", "ISSUED", AUNT, region=OLD)
    assert await apply_moves(hub, NOW) == 1
    assert [row[1:3] for row in await matches(hub)] == [("ISSUED", HOME), ("ISSUED", AUNT)]
