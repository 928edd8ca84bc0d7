"""A household that moves to another regency stays the same one, whatever order its records and letters come in."""

import itertools
import random
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.domain.ids import household_id, person_id
from hub.store.database import Transaction, open_database
from hub.store.moves import apply_moves

sys.path.insert(0, str(Path(__file__).parent))
from moving import (
    HOME,
    MOVE,
    NEW,
    NEW_KK,
    NIKS,
    NOW,
    OLD,
    OLD_KK,
    PEOPLE,
    THIRD,
    VILLAGES,
    case,
    home,
    letter,
    member,
    moved,
    rows,
    tell,
)

from tests.districts import join_districts


@pytest.fixture
async def hub(session):
    await join_districts(session, (NEW, THIRD), NOW)
    return session


async def homes(session):
    return await rows(
        session, "select household_id, source_code, source_record_id, region_code from household order by 1"
    )


async def members(session):
    """Person, household and district of all that are present."""
    return set(
        await rows(
            session,
            "select person_id, household_id, source_code, source_record_id, regency_code from person where left_at is null",
        )
    )


async def moves(session):
    return await rows(
        session,
        "select household_id, from_regency_code, to_regency_code, status, cause from household_move order by move_id",
    )


THERE = {(PEOPLE[n], HOME, NEW, f"N{n + 1}", NEW) for n in range(3)}


async def test_both_letters_and_equal_niks_prove_a_move_and_the_household_keeps_its_identity(hub):
    await moved(hub)
    assert await homes(hub) == [(HOME, NEW, "H9", VILLAGES[NEW])]
    assert await members(hub) == THERE
    assert await moves(hub) == [(HOME, OLD, NEW, "MOVED", "LETTERS")]
    assert await rows(hub, "select kk_number from household_kk where household_id = $1", HOME) == [(OLD_KK,)]
    assert await rows(hub, "select kk_number, removed_at from household") == [(NEW_KK, None)]


async def test_a_move_is_applied_once_with_one_effect_for_each_letter(hub):
    await moved(hub)
    before = await rows(hub, "select * from household_move")
    assert await apply_moves(hub, NOW + timedelta(days=1)) == 0
    assert await rows(hub, "select * from household_move") == before
    effects = await rows(
        hub,
        "select v.source_code, v.source_record_id, e.effect, e.household_id from village_service_effect e"
        " join village_service v using (village_service_id) order by 1",
    )
    assert effects == [(NEW, "IN-H9", "HOUSEHOLD_MOVED", HOME), (OLD, "OUT-H1", "HOUSEHOLD_MOVED", HOME)]


async def test_later_records_of_the_new_district_meet_the_household(hub):
    await moved(hub)
    grown = (*home(NEW, "H9").members, member("N4", 2, nik=None, name="Ani", birth_date=date(2026, 6, 25)))
    assert (await tell(hub, NEW, home(NEW, "H9", 2, address="Jl. Baru", members=grown))).merged == 1
    assert await rows(hub, "select household_id, address from household") == [(HOME, "Jl. Baru")]
    assert await members(hub) == THERE | {(person_id(NEW, "N4"), HOME, NEW, "N4", NEW)}


async def test_late_records_of_the_old_district_change_nothing(hub):
    await moved(hub)
    result = await tell(hub, OLD, home(OLD, "H1", 8, address="Jl. Lama", observed_at=NOW - timedelta(days=20)))
    assert (result.merged, result.unchanged, result.rejects) == (0, 1, {})
    assert (await tell(hub, OLD, home(OLD, "H1", 9, is_removed=True))).merged == 0
    assert await homes(hub) == [(HOME, NEW, "H9", VILLAGES[NEW])]
    assert await members(hub) == THERE


async def test_an_old_district_that_goes_on_with_the_household_hears_that_it_moved(hub):
    await moved(hub)
    assert (await tell(hub, OLD, home(OLD, "H1", 8, address="Jl. Lama"))).rejects == {"HOUSEHOLD_MOVED": 1}
    assert await homes(hub) == [(HOME, NEW, "H9", VILLAGES[NEW])]


async def test_an_old_district_cannot_take_a_member_back_into_another_household(hub):
    await moved(hub)
    result = await tell(hub, OLD, home(OLD, "H2", 9, members=(member("P3", 2),), kk_number=None))
    assert result.rejects == {"HOUSEHOLD_MOVED": 1}
    assert await members(hub) == THERE


async def test_the_old_district_keeps_its_case_files_and_the_new_one_opens_its_own(hub):
    await tell(hub, OLD, case(OLD, "C1", "H1"))
    await tell(hub, NEW, case(NEW, "C9", "H9"))
    await moved(hub)
    await tell(hub, OLD, case(OLD, "C1", "H1", revision=2, status="RESOLVED"))
    await tell(hub, NEW, case(NEW, "C10", "H9"))
    assert await rows(hub, "select source_record_id, household_id, regency_code, status from case_file order by 1") == [
        ("C1", HOME, OLD, "RESOLVED"),
        ("C10", HOME, NEW, "IN_PROGRESS"),
        ("C9", HOME, NEW, "IN_PROGRESS"),
    ]


async def test_a_member_without_nik_is_met_by_name_birth_date_and_sex(hub):
    people = tuple(member(f"N{n + 1}", n, nik=None if n == 2 else NIKS[n]) for n in range(3))
    for region, record in MOVE:
        await tell(hub, region, home(NEW, "H9", members=people) if record == MOVE[2][1] else record)
    assert await apply_moves(hub, NOW) == 1
    assert await members(hub) == THERE


async def test_who_stays_behind_leaves_the_household_and_may_join_another_one_there(hub):
    people = tuple(member(f"N{n + 1}", n) for n in range(2))
    for region, record in MOVE:
        await tell(hub, region, home(NEW, "H9", members=people) if record == MOVE[2][1] else record)
    assert await apply_moves(hub, NOW) == 1
    assert await members(hub) == {one for one in THERE if one[0] != PEOPLE[2]}
    await tell(hub, OLD, home(OLD, "H2", 9, members=(member("P3", 2),), kk_number=None))
    with_aunt = (PEOPLE[2], household_id(OLD, "H2"), OLD, "P3", OLD)
    assert await members(hub) == {one for one in THERE if one[0] != PEOPLE[2]} | {with_aunt}


@pytest.mark.parametrize(
    ("missing", "cause"), [("OUT-H1", "ONE_LETTER"), ("IN-H9", "ONE_LETTER"), ("both", "NO_LETTER")]
)
async def test_what_the_letters_do_not_prove_waits_for_a_person(hub, missing, cause):
    for region, record in MOVE:
        if missing not in (record.source_record_id, "both") or not record.source_record_id.startswith(("OUT", "IN")):
            await tell(hub, region, record)
    if missing == "both":
        assert await apply_moves(hub, NOW) == 0
        assert await moves(hub) == [], "two present households with equal numbers are a matter of contested numbers"
        await tell(hub, OLD, home(OLD, "H1", 2, is_removed=True))
    assert await apply_moves(hub, NOW) == 0
    assert await moves(hub) == [(HOME, OLD, NEW, "REVIEW", cause)]
    assert len(await homes(hub)) == 2


async def test_letters_that_name_each_other_without_equal_numbers_wait_for_a_person(hub):
    others = tuple(member(f"N{n + 1}", n, nik=None, name=f"Somebody {n}") for n in range(3))
    await tell(hub, OLD, home(OLD, "H1"), letter(OLD, "OUT", "H1", NEW, other_household_record_id="H9"))
    await tell(hub, NEW, home(NEW, "H9", members=others), letter(NEW, "IN", "H9", OLD))
    assert await apply_moves(hub, NOW) == 0
    assert await moves(hub) == [(HOME, OLD, NEW, "REVIEW", "NUMBERS_DIFFER")]


async def test_the_family_card_that_a_letter_names_proves_as_much_as_niks(hub):
    nameless = tuple(member(f"N{n + 1}", n, nik=None) for n in range(3))
    await tell(hub, OLD, home(OLD, "H1"), letter(OLD, "OUT", "H1", NEW))
    await tell(hub, NEW, home(NEW, "H9", members=nameless), letter(NEW, "IN", "H9", OLD, other_kk_number=OLD_KK))
    assert await apply_moves(hub, NOW) == 1
    assert await members(hub) == THERE, "and members are met by name"


async def test_two_households_that_both_could_be_the_one_wait_for_a_person(hub):
    for region, record in MOVE:
        await tell(hub, region, record)
    twin = tuple(member(f"M{n + 1}", n) for n in range(3))
    await tell(hub, NEW, home(NEW, "H8", members=twin, kk_number=None), letter(NEW, "IN", "H8", OLD))
    assert await apply_moves(hub, NOW) == 0
    assert {(cause, status) for *_, status, cause in await moves(hub)} == {("AMBIGUOUS", "REVIEW")}


@pytest.mark.parametrize("change", [{"status": "REJECTED"}, {"person_record_id": "P3"}, {"is_removed": True}])
async def test_letters_that_are_not_completed_or_speak_of_one_person_move_no_household(hub, change):
    for region, record in MOVE[:1] + MOVE[2:]:
        await tell(hub, region, record)
    await tell(hub, OLD, letter(OLD, "OUT", "H1", NEW, **change))
    assert await apply_moves(hub, NOW) == 0
    reviews = 2 if "person_record_id" in change else 1  # the household by one letter, the child alone by the other
    assert [(status, cause) for *_, status, cause in await moves(hub)] == [("REVIEW", "ONE_LETTER")] * reviews


async def test_a_family_that_moves_on_and_back_stays_the_same(hub):
    await moved(hub)
    await tell(hub, NEW, letter(NEW, "OUT", "H9", THIRD, source_record_id="OUT-2"))
    await tell(hub, THIRD, home(THIRD, "H5"), letter(THIRD, "IN", "H5", NEW))
    assert await apply_moves(hub, NOW) == 1
    await tell(hub, THIRD, letter(THIRD, "OUT", "H5", OLD, source_record_id="OUT-3"))
    returned = tuple(member(f"Q{n + 1}", n) for n in range(3))
    await tell(hub, OLD, home(OLD, "H77", 50, members=returned), letter(OLD, "IN", "H77", THIRD))
    assert await apply_moves(hub, NOW) == 1
    assert await homes(hub) == [(HOME, OLD, "H77", VILLAGES[OLD])]
    assert await members(hub) == {(PEOPLE[n], HOME, OLD, f"Q{n + 1}", OLD) for n in range(3)}
    assert [row[1:4] for row in await moves(hub)] == [
        (OLD, NEW, "MOVED"),
        (NEW, THIRD, "MOVED"),
        (THIRD, OLD, "MOVED"),
    ]
    await tell(hub, OLD, home(OLD, "H77", 51, members=returned, address="Jl. Pulang"))
    assert await rows(hub, "select household_id, address from household") == [(HOME, "Jl. Pulang")]


STORY = (
    *MOVE,
    (OLD, home(OLD, "H1", 9, is_removed=True)),
    (NEW, home(NEW, "H9", 2, address="Jl. Baru")),
    (OLD, case(OLD, "C1", "H1")),
    (NEW, case(NEW, "C9", "H9")),
    (NEW, letter(NEW, "OUT", "H9", THIRD, source_record_id="OUT-2")),
    (THIRD, home(THIRD, "H5")),
    (THIRD, letter(THIRD, "IN", "H5", NEW)),
)
_VOLATILE = {"found_at", "moved_at", "move_id", "fetched_at", "applied_at", "evidence", "removed_since"}
TABLES = ("household", "person", "household_kk", "case_file", "village_service", "household_alias", "person_alias",
          "village_service_effect", "household_move")  # fmt: skip


async def everything(session):
    state = {}
    for table in TABLES:
        async with session.connection() as connection:
            found = await connection.fetch(f"select * from {table}")
        state[table] = sorted(repr([(k, v) for k, v in row.items() if k not in _VOLATILE]) for row in found)
    return state


async def told_in(url, story, sync_after):
    """Everything that is here after a story, with moves applied after some of its records and at the end."""
    async with open_database(url, connections=1) as database, database.jobs.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        session = Transaction(connection)
        await join_districts(session, (OLD, NEW, THIRD), NOW)
        for index, (region, record) in enumerate(story):
            await tell(session, region, record)
            if index in sync_after:
                await apply_moves(session, NOW)
        await apply_moves(session, NOW)
        state = await everything(session)
        await transaction.rollback()
    return state


async def test_each_order_of_record_and_letter_ends_in_the_same_state(shared_url):
    ends = [await told_in(shared_url, order, range(4)) for order in itertools.permutations(MOVE)]
    assert len(ends) == 24
    assert all(end == ends[0] for end in ends)


async def test_a_long_story_in_any_order_ends_in_the_same_state(shared_url):
    """Both districts late or early, feeds in any interleaving, moves applied at any time between."""
    rng = random.Random(7)
    wanted = await told_in(shared_url, STORY, ())
    assert [row for row in wanted["household"] if f"'household_id', {HOME}" in row and f"'{THIRD}'" in row]
    for _ in range(10):
        order = rng.sample(STORY, len(STORY))
        sync_after = {index for index in range(len(order)) if rng.random() < 0.4}
        assert await told_in(shared_url, order, sync_after) == wanted, [record.source_record_id for _, record in order]
