"""What a batch does to the registry: newer wins, and the order in which things come does not matter."""

import itertools
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.ids import household_id, person_id

sys.path.insert(0, str(Path(__file__).parent))
from merging import DISTRICT, KK, NIK, NOW, addresses, members, merge, rows

LATER = NOW + timedelta(days=1)
NEW_KK = "3510010202200002"


async def test_the_newer_revision_wins_and_older_or_equal_ones_change_nothing(session, household):
    assert (await merge(session, household(revision=5, address="five"))).merged == 1
    for revision in (5, 4):
        result = await merge(session, household(revision=revision, address="another"))
        assert (result.received, result.merged, result.unchanged) == (1, 0, 1)
    assert await addresses(session) == {"H1": "five"}
    assert (await merge(session, household(revision=6, address="six"))).merged == 1
    assert await addresses(session) == {"H1": "six"}


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
@pytest.mark.parametrize("batches", [1, 3])
async def test_any_order_of_revisions_ends_the_same_in_one_batch_or_in_several(
    session, household, person, order, batches
):
    versions = {
        1: household(revision=1, address="one", kk_number=KK, members=(person("P1"), person("P2"))),
        2: household(revision=2, address="two", kk_number=KK, members=(person("P2", name="Siti"), person("P3"))),
        3: household(revision=3, address="three", members=(person("P3", name="Budi"),)),
    }
    ordered = [versions[revision] for revision in order]
    for batch in [ordered] if batches == 1 else [[record] for record in ordered]:
        await merge(session, *batch)
    assert await addresses(session) == {"H1": "three"}
    assert await members(session) == {"P3": "H1"}


async def test_a_record_that_stands_twice_in_a_batch_goes_in_once(session, household, person):
    record = household(members=(person(nik=NIK),))
    result = await merge(session, record, record)
    assert (result.received, result.merged, result.unchanged) == (2, 1, 1)
    assert await members(session) == {"P1": "H1"}


@pytest.mark.parametrize("make", ["case_file", "roster"])
async def test_case_files_and_roster_lines_follow_the_same_rule(session, household, request, make):
    record = request.getfixturevalue(make)
    table, field = ("case_file", "summary") if make == "case_file" else ("roster_entry", "name")
    source = DISTRICT if make == "case_file" else "KIS"
    await merge(session, record(revision=2, **{field: "two"}), record(revision=1, **{field: "one"}), source=source)
    await merge(session, record(revision=1, **{field: "one"}), record(revision=2, **{field: "zwei"}), source=source)
    assert await rows(session, f"select {field}, source_revision from {table}") == [("two", 2)]
    await merge(session, record(revision=3, **{field: "three"}), source=source)
    assert await rows(session, f"select {field}, source_revision from {table}") == [("three", 3)]


async def test_a_person_whom_the_newest_record_no_longer_names_has_left(session, household, person):
    await merge(session, household(members=(person("P1"), person("P2"))))
    await merge(session, household(revision=2, members=(person("P2"),)), at=LATER)
    assert await rows(session, "select source_record_id, left_at from person order by 1") == [
        ("P1", LATER),
        ("P2", None),
    ]
    await merge(session, household(revision=3, members=(person("P1"), person("P2"))), at=LATER)
    assert await members(session) == {"P1": "H1", "P2": "H1"}


async def test_a_removed_household_takes_its_members_along_and_can_come_back(session, household, person):
    await merge(session, household(members=(person("P1"),)))
    await merge(session, household(revision=2, is_removed=True, members=(person("P1"),)), at=LATER)
    assert await rows(session, "select removed_at from household") == [(LATER,)]
    assert await members(session) == {}
    await merge(session, household(revision=3, members=(person("P1"),)))
    assert await rows(session, "select removed_at from household") == [(None,)]
    assert await members(session) == {"P1": "H1"}


async def test_a_family_card_that_is_replaced_becomes_history(session, household):
    await merge(session, household(kk_number=KK))
    await merge(session, household(revision=2, kk_number=NEW_KK, previous_kk_numbers=(KK, "not a number")))
    await merge(session, household(revision=3, kk_number=None))
    await merge(session, household(revision=1, kk_number="3510010101100009"))
    assert await rows(session, "select kk_number, kk_status from household") == [(None, "MISSING")]
    assert await rows(session, "select kk_number from household_kk order by 1") == [(KK,), (NEW_KK,)]


async def _matched_person(session) -> None:
    """P1 of H1 draws PIP by the district's word, KIS_PBI by the roster's, and has a match for a card."""
    home, one = household_id(DISTRICT, "H1"), person_id(DISTRICT, "P1")
    async with session.connection() as connection:
        await connection.execute(
            "insert into entitlement_pool (programme_code, period, source_code, source_revision, reported_total, observed_at,"
            " fetched_at) values ('KIS_PBI', '2026', 'KIS', 1, 1, now(), now());"
            "insert into entitlement_slot (pool_id, slot_no) select pool_id, 1 from entitlement_pool"
        )
        await connection.execute(
            "insert into match (household_id, person_id, regency_code, programme_code, rule_version, status, created_at,"
            " changed_at) values ($1, $2, '35.10', 'KIS_PBI', 1, 'PROPOSED', now(), now())",
            home,
            one,
        )
        await connection.execute(
            "with m as (select * from match), s as (update entitlement_slot e set state = 'RESERVED', match_id = m.match_id,"
            " household_id = m.household_id, regency_code = m.regency_code from m returning e.pool_id)"
            " update match set status = 'RESERVED', slot_no = 1, pool_id = (select pool_id from entitlement_pool)"
        )


@pytest.mark.parametrize("is_known", [False, True], ids=["to a new household", "to a known household"])
async def test_a_person_moves_to_another_household_with_enrolment_and_match(session, household, person, is_known):
    await merge(session, household("H1", members=(person("P1", assistance=("PIP",)), person("P2"))))
    if is_known:
        await merge(session, household("H2", members=(person("P3"),)))
    await _matched_person(session)
    await merge(session, household("H2", revision=7, members=(person("P1", assistance=("PIP",)),)))

    assert (await members(session))["P1"] == "H2"
    new_home = household_id(DISTRICT, "H2")
    for table in ("enrolment", "match", "entitlement_slot"):
        assert await rows(session, f"select household_id from {table}") == [(new_home,)], table
    async with session.connection() as connection:
        await connection.execute("set constraints all immediate")

    # The old home says nothing about him, then an older word of it comes late: he stays.
    await merge(session, household("H1", revision=8, members=(person("P2"),)))
    await merge(session, household("H1", revision=6, members=(person("P1"), person("P2"))))
    assert (await members(session))["P1"] == "H2"


@pytest.mark.parametrize("is_known", [False, True], ids=["to a new household", "to a known household"])
async def test_assistance_that_ends_with_a_move_is_gone(session, household, person, is_known):
    await merge(session, household("H1", members=(person("P1", assistance=("PIP",)),)))
    if is_known:
        await merge(session, household("H2"))
    await merge(session, household("H2", revision=7, members=(person("P1"),)))
    assert await rows(session, "select programme_code from enrolment") == []


@pytest.mark.parametrize("order", [("H1", "H2"), ("H2", "H1")])
async def test_a_person_named_twice_in_one_batch_lives_where_the_newer_record_says(session, household, person, order):
    batch = {
        "H1": household("H1", revision=4, members=(person("P1"),)),
        "H2": household("H2", revision=5, members=(person("P1"),)),
    }
    await merge(session, *(batch[name] for name in order))
    assert await members(session) == {"P1": "H2"}


async def test_only_programmes_without_a_roster_are_taken_from_the_districts_word(session, household, person):
    await merge(
        session,
        household(assistance=("SEMBAKO", "PKH", "UNHEARD_OF"), members=(person(assistance=("PIP", "KIS_PBI")),)),
    )
    assert sorted(await rows(session, "select programme_code, link_method from enrolment")) == [
        ("PIP", "REPORTED"),
        ("SEMBAKO", "REPORTED"),
    ]
    await merge(session, household(revision=2, members=(person(),)))
    assert await rows(session, "select * from enrolment") == []
