"""What becomes of matches and slots when their household moves to another regency: quota by quota, status by status."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.ids import household_id, person_id
from hub.domain.matches import MatchStatus
from hub.domain.records import PoolRecord, RosterRecord
from hub.store import sources
from hub.store.batches import Batch, merge_batch
from hub.store.matches import Move, Mover, list_undelivered, move_matches
from hub.store.moves import apply_moves

sys.path.insert(0, str(Path(__file__).parent))
from moving import HOME, MOVE, NEW, NOW, OLD, PEOPLE, home, letter, member, moved, rows, tell

from tests.districts import join_districts

ARRIVED = household_id(NEW, "H9")
WAY = ("RESERVED", "OFFERED", "ACCEPTED", "ISSUED")
SLOT = {"RESERVED": "RESERVED", "OFFERED": "OFFERED", "ACCEPTED": "OFFERED", "ISSUED": "ISSUED"}


@pytest.fixture
async def hub(session):
    """Two regencies with a PKH pool each, and the buffer of the nation for KIS."""
    await join_districts(session, (NEW,), NOW)
    for source, code, region in (("PKH", "PKH", OLD), ("PKH", "PKH", NEW), ("KIS", "KIS_PBI", None)):
        pool = PoolRecord(programme_code=code, region_code=region, period="2026", total=3, revision=1, observed_at=NOW)
        await sources.merge_pools(session, source, [pool], NOW)
    return session


async def give(session, programme, status, household, person=None, region=None):
    """A match of a household that came as far as a status, with a slot of the pool of a region."""
    regency = OLD if household == HOME else NEW
    async with session.connection() as connection:
        match_id = await connection.fetchval(
            "insert into match (household_id, person_id, regency_code, programme_code, rule_version, status, created_at,"
            " changed_at) values ($1, $2, $3, $4, 1, 'PROPOSED', $5, $5) returning match_id",
            household, person, regency, programme, NOW,
        )  # fmt: skip
        await connection.execute(
            "insert into match_event (household_id, match_id, version, to_status, key, actor, regency_code, moved_at)"
            " values ($1, $2, 1, 'PROPOSED', 'proposed', 'test', $3, $4)", household, match_id, regency, NOW,
        )  # fmt: skip
        await connection.execute(
            "with free as (select s.pool_id, min(s.slot_no) as slot_no from entitlement_slot s"
            " join entitlement_pool p using (pool_id) where p.programme_code = $1 and p.region_code is not distinct from $2"
            " and s.state = 'AVAILABLE' group by 1),"
            " held as (update entitlement_slot s set state = 'RESERVED', household_id = $3, match_id = $4, regency_code = $5"
            " from free f where (s.pool_id, s.slot_no) = (f.pool_id, f.slot_no) returning s.pool_id, s.slot_no)"
            " update match m set status = 'RESERVED', pool_id = h.pool_id, slot_no = h.slot_no from held h where m.match_id = $4",
            programme, region, household, match_id, regency,
        )  # fmt: skip
        for step in WAY[1 : WAY.index(status) + 1]:
            await move_matches(session, MatchStatus(step), [Move(match_id, step)], Mover("test", NOW, NOW))
        await connection.execute("update match set delivered_status = status where match_id = $1", match_id)
    return match_id


async def matches(session):
    return await rows(
        session,
        "select m.programme_code, m.status, m.household_id, m.person_id, m.regency_code, p.region_code, s.state, s.regency_code"
        " from match m left join entitlement_slot s using (match_id) left join entitlement_pool p on p.pool_id = s.pool_id"
        " order by m.match_id",
    )


async def free(session, programme, region):
    [(count,)] = await rows(
        session,
        "select sum(b.available)::integer from pool_balance b join entitlement_pool p using (pool_id)"
        " where p.programme_code = $1 and p.region_code is not distinct from $2", programme, region,
    )  # fmt: skip
    return count


async def announced(session):
    """All is told, nothing applied."""
    for region, record in MOVE:
        await tell(session, region, record)


@pytest.mark.parametrize("status", WAY)
async def test_what_comes_from_the_pool_of_the_nation_goes_along(hub, status):
    await announced(hub)
    await give(hub, "KIS_PBI", status, HOME, PEOPLE[1])
    assert await apply_moves(hub, NOW) == 1
    assert await matches(hub) == [("KIS_PBI", status, HOME, PEOPLE[1], NEW, None, SLOT[status], NEW)]
    assert await free(hub, "KIS_PBI", None) == 2


@pytest.mark.parametrize("status", ["ACCEPTED", "ISSUED"])
async def test_what_the_household_accepted_or_holds_goes_on_in_the_pool_that_gave_it(hub, status):
    await announced(hub)
    await give(hub, "PKH", status, HOME, region=OLD)
    assert await apply_moves(hub, NOW) == 1
    assert await matches(hub) == [("PKH", status, HOME, None, NEW, OLD, SLOT[status], NEW)]
    assert (await free(hub, "PKH", OLD), await free(hub, "PKH", NEW)) == (2, 3)


@pytest.mark.parametrize("status", ["RESERVED", "OFFERED"])
async def test_what_was_only_reserved_or_offered_from_the_quota_of_the_old_regency_goes_back_to_it(hub, status):
    await announced(hub)
    match_id = await give(hub, "PKH", status, HOME, region=OLD)
    assert await apply_moves(hub, NOW) == 1
    assert await matches(hub) == [("PKH", "RELEASED", HOME, None, NEW, None, None, None)]
    assert (await free(hub, "PKH", OLD), await free(hub, "PKH", NEW)) == (3, 3)
    last = "select to_status, actor, reason_code, regency_code from match_event where match_id = $1 order by version desc limit 1"
    assert await rows(hub, last, match_id) == [("RELEASED", "hub:household-move", "MOVED_AWAY", NEW)]


async def test_a_match_of_the_new_record_is_one_of_the_household_and_its_history_follows(hub):
    await announced(hub)
    match_id = await give(hub, "PKH", "OFFERED", ARRIVED, region=NEW)
    kis = await give(hub, "KIS_PBI", "RESERVED", ARRIVED, person_id(NEW, "N3"))
    assert await apply_moves(hub, NOW) == 1
    assert await matches(hub) == [
        ("PKH", "OFFERED", HOME, None, NEW, NEW, "OFFERED", NEW),
        ("KIS_PBI", "RESERVED", HOME, PEOPLE[2], NEW, None, "RESERVED", NEW),
    ]
    events = "select distinct household_id from match_event where match_id = any ($1::bigint[])"
    assert await rows(hub, events, [match_id, kis]) == [(HOME,)]
    assert await rows(hub, "select distinct household_id from entitlement_slot where match_id is not null") == [(HOME,)]


@pytest.mark.parametrize(
    ("old", "new", "stays"),
    [
        ("ACCEPTED", "OFFERED", OLD),
        ("RESERVED", "OFFERED", NEW),
        ("ISSUED", "ACCEPTED", OLD),
        ("OFFERED", "RESERVED", NEW),
    ],
)
async def test_of_two_matches_for_one_thing_one_stays(hub, old, new, stays):
    """What goes back to the old quota anyway leaves the new regency's match alone."""
    await announced(hub)
    await give(hub, "PKH", old, HOME, region=OLD)
    await give(hub, "PKH", new, ARRIVED, region=NEW)
    assert await apply_moves(hub, NOW) == 1
    active = [row for row in await matches(hub) if row[5] is not None]
    assert [(row[1], row[5]) for row in active] == [(old if stays == OLD else new, stays)]
    assert await free(hub, "PKH", OLD) + await free(hub, "PKH", NEW) == 5


async def test_what_is_issued_in_both_regencies_waits_until_a_person_revoked_one(hub):
    await announced(hub)
    await give(hub, "PKH", "ISSUED", HOME, region=OLD)
    second = await give(hub, "PKH", "ISSUED", ARRIVED, region=NEW)
    assert await apply_moves(hub, NOW) == 0
    assert await rows(hub, "select status, cause from household_move") == [("REVIEW", "BOTH_ISSUED")]
    await move_matches(hub, MatchStatus.REVOKED, [Move(second, "r", "DUPLICATE")], Mover("officer", NOW))
    assert await apply_moves(hub, NOW) == 1
    assert [row[1] for row in await matches(hub)] == ["ISSUED", "REVOKED"]


async def test_the_new_district_hears_of_what_is_under_way_by_its_own_ids_and_the_old_one_of_nothing(hub):
    await announced(hub)
    kis = await give(hub, "KIS_PBI", "OFFERED", HOME, PEOPLE[1])
    await give(hub, "PKH", "OFFERED", HOME, region=OLD)
    assert await apply_moves(hub, NOW) == 1
    told = await list_undelivered(hub, NEW, after_id=0, first=10)
    assert [(d.match_reference, d.household_record_id, d.person_record_id, d.status) for d in told] == [
        (str(kis), "H9", "N2", "OFFERED")
    ]
    assert await list_undelivered(hub, OLD, after_id=0, first=10) == []
    assert await sources.list_own_matches(hub, OLD, [kis]) == set()
    assert await sources.list_own_matches(hub, NEW, [kis]) == {kis}


async def test_a_match_of_who_stayed_behind_stays_with_the_old_regency(hub):
    without_child = home(NEW, "H9", members=tuple(member(f"N{n + 1}", n) for n in range(2)))
    for region, record in MOVE:
        await tell(hub, region, without_child if record is MOVE[2][1] else record)
    await give(hub, "KIS_PBI", "OFFERED", HOME, PEOPLE[2])
    assert await apply_moves(hub, NOW) == 1
    assert await matches(hub) == [("KIS_PBI", "OFFERED", HOME, PEOPLE[2], OLD, None, "OFFERED", OLD)]


async def test_enrolments_of_national_rosters_go_along_and_the_old_district_s_reports_do_not(hub):
    line = RosterRecord(
        source_record_id="R1",
        revision=1,
        observed_at=NOW,
        programme_code="PKH",
        status="ACTIVE",
        kk_number="3510010101100001",
    )
    async with hub.transaction() as transaction:
        await merge_batch(transaction, Batch("PKH", None, "PULL", [line], [], NOW))
    await tell(hub, OLD, home(OLD, "H1", assistance=("SEMBAKO",)))
    async with hub.connection() as connection:
        await connection.execute(
            "insert into enrolment (household_id, programme_code, source_code, source_record_id, source_revision, observed_at,"
            " fetched_at, regency_code, status, link_method, components)"
            " values ($1, 'PKH', 'PKH', 'R1', 1, $2, $2, $3, 'ACTIVE', 'KK', '{}')", HOME, NOW, OLD,
        )  # fmt: skip
    await tell(hub, OLD, letter(OLD, "OUT", "H1", NEW))
    await tell(hub, NEW, home(NEW, "H9", assistance=("SEMBAKO",)), letter(NEW, "IN", "H9", OLD))
    assert await apply_moves(hub, NOW + timedelta(days=1)) == 1
    held = "select programme_code, source_code, household_id, regency_code from enrolment order by 1"
    assert await rows(hub, held) == [("PKH", "PKH", HOME, NEW), ("SEMBAKO", NEW, HOME, NEW)]


async def test_a_household_that_has_moved_once_is_not_looked_at_again(hub):
    await moved(hub)
    assert await apply_moves(hub, NOW) == 0
    assert await rows(hub, "select count(*) from stage_move") == [(0,)]
