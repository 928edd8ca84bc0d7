"""What the database refuses by itself, whatever statement comes along."""

import asyncpg
import pytest

from hub.domain.cases import ASSIGNMENT_TRANSITIONS, CASE_TRANSITIONS
from hub.domain.casework import PRELIST_TRANSITIONS
from hub.domain.matches import ACTIVE, MATCH_TRANSITIONS, SLOT_STATE_OF, MatchStatus
from hub.store.pools import audit_pools

REFUSED = asyncpg.IntegrityConstraintViolationError
FORCE = (
    "update match set status = $2, slot_no = case when $3 then slot_no end, pool_id = case when $3 then pool_id end"
    " where match_id = $1"
)


async def test_the_table_of_transitions_is_the_one_of_the_domain(session):
    async with session.connection() as connection:
        rows = await connection.fetch("select from_status, to_status from match_transition")
    assert {tuple(row) for row in rows} == {
        (status.value, to.value) for status, targets in MATCH_TRANSITIONS.items() for to in targets
    }


@pytest.mark.parametrize(
    ("table", "transitions"),
    [
        ("case_transition", CASE_TRANSITIONS),
        ("assignment_transition", ASSIGNMENT_TRANSITIONS),
        ("prelist_transition", PRELIST_TRANSITIONS),
    ],
)
async def test_the_tables_of_casework_are_those_of_the_domain(session, table, transitions):
    async with session.connection() as connection:
        rows = await connection.fetch(f"select from_status, to_status from {table}")
    assert {tuple(row) for row in rows} == {(status, to) for status, ways in transitions.items() for to in ways}


async def walk_to(desk, status: MatchStatus) -> int:
    """The match of rank 1 in a status; its way there is a legal one."""
    way = {
        MatchStatus.RESERVED: [],
        MatchStatus.OFFERED: [MatchStatus.OFFERED],
        MatchStatus.ACCEPTED: [MatchStatus.OFFERED, MatchStatus.ACCEPTED],
        MatchStatus.ISSUED: [MatchStatus.OFFERED, MatchStatus.ACCEPTED, MatchStatus.ISSUED],
        MatchStatus.DECLINED: [MatchStatus.OFFERED, MatchStatus.DECLINED],
        MatchStatus.EXPIRED: [MatchStatus.OFFERED, MatchStatus.EXPIRED],
        MatchStatus.REJECTED: [MatchStatus.OFFERED, MatchStatus.ACCEPTED, MatchStatus.REJECTED],
        MatchStatus.RELEASED: [MatchStatus.RELEASED],
        MatchStatus.SUPERSEDED: [MatchStatus.SUPERSEDED],
        MatchStatus.REVOKED: [MatchStatus.OFFERED, MatchStatus.ACCEPTED, MatchStatus.ISSUED, MatchStatus.REVOKED],
    }[status]
    for step in way:
        [moved] = await desk.move(step, [1])
        assert moved.result == "MOVED"
    assert (await desk.matches())[1] == status.value
    return await desk.id_of(1)


@pytest.mark.parametrize("status", sorted(set(MatchStatus) - {MatchStatus.PROPOSED}))
async def test_every_transition_that_is_not_in_the_table_is_refused(desk, status):
    match_id = await walk_to(desk, status)
    for to in sorted(set(MatchStatus) - {status}):
        if to in MATCH_TRANSITIONS.get(status, ()):
            continue
        with pytest.raises(REFUSED, match=f"match {match_id} cannot move from {status.value} to {to.value}"):
            await desk.execute(FORCE, match_id, to.value, to in SLOT_STATE_OF)
        assert [moved.result for moved in await desk.move(to, [1], key="again")] == ["REFUSED"]
    assert await audit_pools(desk.session) == []


@pytest.mark.parametrize("status", sorted(SLOT_STATE_OF))
async def test_a_match_and_its_slot_that_disagree_are_refused_when_the_statement_ends(desk, status):
    match_id = await walk_to(desk, status)
    other = "ISSUED" if SLOT_STATE_OF[status] != "ISSUED" else "OFFERED"
    with pytest.raises(REFUSED, match=f"match {match_id} is {status.value} but its slot is {other}"):
        await desk.execute("update entitlement_slot set state = $2 where match_id = $1", match_id, other)
    with pytest.raises(REFUSED, match="but its slot is"):
        await desk.execute(
            "update entitlement_slot set state = 'AVAILABLE', match_id = null, household_id = null, regency_code = null"
            " where match_id = $1",
            match_id,
        )
    with pytest.raises(REFUSED):
        await desk.execute(
            "update match set status = 'RELEASED', slot_no = null, pool_id = null where match_id = $1", match_id
        )


async def test_a_slot_of_another_match_cannot_be_taken(desk):
    await desk.execute(
        "insert into match (household_id, regency_code, programme_code, rule_version, status, created_at, changed_at)"
        " values ($1, '35.10', 'SEMBAKO', 1, 'PROPOSED', now(), now())",
        desk.home(9),
    )
    with pytest.raises(REFUSED, match="a slot passes from match to match only through AVAILABLE"):
        await desk.execute(
            "update entitlement_slot s set match_id = m.match_id, household_id = m.household_id from match m"
            " where s.slot_no = 1 and m.programme_code = 'SEMBAKO'"
        )
    with pytest.raises(REFUSED, match="but its slot is"):
        await desk.execute("update match set slot_no = 1 where rank = 2")
    await desk.move(MatchStatus.RELEASED, [4])
    with pytest.raises(REFUSED, match="a slot keeps its pool and number"):
        await desk.execute("update entitlement_slot set slot_no = 99 where slot_no = 4")


async def test_a_unit_has_one_active_match_for_a_programme(desk):
    insert = (
        "insert into match (household_id, regency_code, programme_code, rule_version, status, created_at, changed_at)"
        " values ($1, '35.10', $2, 1, 'PROPOSED', now(), now())"
    )
    with pytest.raises(asyncpg.UniqueViolationError, match="match_one_active"):
        await desk.execute(insert, desk.home(1), "PKH")
    await desk.execute(insert, desk.home(1), "SEMBAKO")
    await desk.move(MatchStatus.RELEASED, [1])
    await desk.execute(insert, desk.home(1), "PKH")
    assert {MatchStatus(status) for status in ("PROPOSED", *SLOT_STATE_OF)} == ACTIVE


@pytest.mark.parametrize(("status", "version"), [("RESERVED", 1), ("ISSUED", 1), ("PROPOSED", 2)])
async def test_a_match_begins_as_proposed(desk, status, version):
    with pytest.raises(REFUSED, match="a match begins as PROPOSED with version 1"):
        await desk.execute(
            "insert into match (household_id, regency_code, programme_code, rule_version, status, version, created_at,"
            " changed_at) values ($1, '35.10', 'PKH', 1, $2, $3, now(), now())",
            desk.home(9),
            status,
            version,
        )


async def test_the_version_of_a_match_moves_only_with_its_status(desk):
    with pytest.raises(REFUSED, match="moves only with its status"):
        await desk.execute("update match set version = version + 1")


@pytest.mark.parametrize(
    "statement",
    [
        "update pool_balance set available = available - 1",
        "update pool_balance set issued = issued + 1",
        "update pool_balance set available = -1, reserved = reserved + 1 where available = 0",
        "update pool_balance set total = 0",
    ],
)
async def test_counts_that_do_not_add_up_are_refused(desk, statement):
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.execute(statement)


async def test_counts_that_add_up_and_are_wrong_are_found_by_the_audit(desk):
    assert await audit_pools(desk.session) == []
    await desk.execute("update pool_balance set total = total + 1, available = available + 1 where shard = 1")
    assert len(await audit_pools(desk.session)) == 1


async def test_the_ledger_that_misses_a_move_is_found_by_the_audit(desk):
    await desk.execute("delete from slot_ledger where entry_id = (select max(entry_id) from slot_ledger)")
    assert len(await audit_pools(desk.session)) == 1


async def test_the_creator_of_a_run_cannot_approve_it(drafted):
    with pytest.raises(asyncpg.CheckViolationError, match="run_approved_by_somebody_else"):
        await drafted.execute("update allocation_run set status = 'APPROVED', approved_by = created_by")


@pytest.mark.parametrize("status", ["APPROVED", "EXECUTING", "EXECUTED"])
async def test_a_run_that_nobody_approved_is_not_executed(drafted, status):
    with pytest.raises(asyncpg.CheckViolationError, match="run_approved_before_execution"):
        await drafted.execute("update allocation_run set status = $1", status)


async def test_a_held_slot_cannot_be_deleted(desk):
    with pytest.raises(REFUSED):
        await desk.execute("delete from entitlement_slot where slot_no = 1")
