"""The database itself keeps the regencies apart: with every condition of ours taken away, 35.10 still meets no row of 35.09."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from hub.domain.principal import NOWHERE, RegionRange
from hub.store.database import Access, Connection, Database
from tests.access.foreign import HASHED, MARKS, digest_of_foreign
from tests.schema.world_records import FOREIGN, OWN, VILLAGES

GUARDED = {
    "district_check",
    "district_event",
    "district_system",
    "entitlement_pool",
    "source",
    "allocation_candidate",
    "allocation_run",
    "allocation_share",
    "case_assignment",
    "case_attachment",
    "case_event",
    "case_file",
    "outbox_message",
    "prelist_entry",
    "routing_rule",
    "coverage",
    "enrolment",
    "entitlement_slot",
    "finding",
    "household",
    "household_kk",
    "idempotency_key",
    "ingest_batch",
    "match",
    "match_event",
    "need_programme",
    "person",
    "reject",
    "roster_entry",
    "verdict",
    "village_service",
    "programme_rule",
    "rule_history",
    "rule_simulation",
    "rule_simulation_effect",
    "rule_simulation_overlap",
    "rule_simulation_slot",
    "verdict_change",
    "verdict_change_cause",
    "link",
    "link_event",
    "match_review",
    "person_key",
    "hub_event",
    "webhook_endpoint",
    "webhook_dead_letter",
    "sla_policy",
    "case_status_seen",
    "case_clock",
    "escalation",
    "referral",
    "referral_event",
    "household_move",
    "household_alias",
    "person_alias",
    "village_service_effect",
}
JOBS_ONLY = {
    "early_case_update",
    "person_keyed",
    "roster_key",
    "roster_keyed",
    "link_job",
    "link_pair",
    "coverage_check",
}
"""Guarded tables that nothing is granted of: for jobs, and for use cases that check who asks."""
OPEN = {
    "assignment_transition",
    "case_transition",
    "prelist_transition",
    "match_transition",
    "village_service_transition",
    "village_profile",
    "village_budget_line",
    "poverty_series",
    "poverty_point",
    "pool_balance",
    "programme",
    "region",
    "rule_transition",
    "evaluation",
    "evaluation_programme",
    "province_zone",
    "day_off",
    "escalation_pass",
    "referral_transition",
    "referral_purpose",
    "referral_policy",
    "event_head",
}
"""Tables that hub_app may read whole: they hold no person."""

_NO_REGENCY = {
    "allocation_run",
    "idempotency_key",
    "need_programme",
    "programme_rule",
    "rule_history",
    "rule_simulation",
}
"""Guarded tables whose rows belong to no regency: runs and rules are the ministry's, keys a client's."""

OFFICER = Access(RegionRange.under(OWN), "officer")


@pytest.fixture
async def officer(world: Database) -> AsyncIterator[Connection]:
    """A connection with the rights of a district officer of 35.10, whose changes are rolled back."""
    async with world.caller(OFFICER).connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await transaction.rollback()


async def test_every_table_that_callers_can_touch_is_guarded_or_holds_no_person(world: Database) -> None:
    async with world.jobs.connection() as connection:
        rows = await connection.fetch(
            "select relname, relrowsecurity from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            " and (relrowsecurity or has_table_privilege('hub_app', oid, 'select,insert,update,delete'))"
        )
    assert {name for name, is_guarded in rows if is_guarded} == GUARDED | JOBS_ONLY
    assert {name for name, is_guarded in rows if not is_guarded} == OPEN


@pytest.mark.parametrize("table", sorted(GUARDED))
async def test_select_without_conditions_shows_no_row_of_the_other_regency(
    world: Database, officer: Connection, table: str
) -> None:
    read = HASHED.get(table, "to_jsonb(t)")
    rows = [text for (text,) in await officer.fetch(f"select ({read})::text from {table} t")]
    assert [text for text in rows if any(mark in text for mark in MARKS)] == []
    if table not in _NO_REGENCY:
        assert rows, "the officer must see the own rows, or this test shows nothing"
        async with world.jobs.connection() as jobs:
            count = await jobs.fetchval(
                f"select count(*) from {table} t where to_jsonb(t)::text like $1", f"%{FOREIGN}%"
            )
        assert count > 0, "the other regency must have rows, or this test shows nothing"


async def test_of_national_rosters_a_caller_sees_what_is_or_may_be_of_the_own_people(
    world: Database, officer: Connection
) -> None:
    seen = await officer.fetch("select source_record_id from roster_entry")
    async with world.jobs.connection() as jobs:
        linked = await jobs.fetch("select distinct source_record_id from link where regency_code = $1", OWN)
    assert {row[0] for row in seen} == {row[0] for row in linked}


@pytest.mark.parametrize("table", sorted(JOBS_ONLY))
async def test_what_is_for_jobs_is_closed_to_callers(officer: Connection, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await officer.fetch(f"select * from {table}")


@pytest.mark.parametrize("table", sorted(GUARDED))
async def test_update_without_conditions_changes_no_row_of_the_other_regency(
    world: Database, officer: Connection, table: str
) -> None:
    column = await _first_plain_column(world, table)
    try:
        async with officer.transaction():
            rows = await officer.fetch(f"update {table} t set {column} = {column} returning to_jsonb(t)::text as row")
    except asyncpg.InsufficientPrivilegeError:
        return
    assert [row["row"] for row in rows if any(mark in row["row"] for mark in MARKS)] == []


@pytest.mark.parametrize("table", sorted(GUARDED))
async def test_delete_without_conditions_removes_no_row_of_the_other_regency(world: Database, table: str) -> None:
    before = await digest_of_foreign(world)
    async with world.caller(OFFICER).connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            async with connection.transaction():
                rows = await connection.fetch(f"delete from {table} t returning to_jsonb(t)::text as row")
        except (asyncpg.InsufficientPrivilegeError, asyncpg.ForeignKeyViolationError):
            rows = []
        await transaction.rollback()
    assert [row["row"] for row in rows if any(mark in row["row"] for mark in MARKS)] == []
    assert await digest_of_foreign(world) == before


async def test_a_row_cannot_be_moved_or_made_into_the_other_regency(officer: Connection) -> None:
    moves = f"update case_file set regency_code = '{FOREIGN}', region_code = '{VILLAGES[FOREIGN]}'"
    makes = (
        "insert into case_file select case_file_id + 1, household_id, source_code, source_record_id, source_revision,"
        f" observed_at, fetched_at, '{FOREIGN}', '{FOREIGN}', number, type, category, channel, status, summary, received_at"
        " from case_file limit 1"
    )
    for statement in (moves, makes):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with officer.transaction():
                await officer.execute(statement)


async def test_a_run_cannot_be_touched_by_a_district(officer: Connection) -> None:
    assert await officer.fetch("update allocation_run set seed = seed returning run_id") == []


async def test_a_district_sees_only_rules_that_are_decided_and_no_history(officer: Connection, world: Database) -> None:
    seen = await officer.fetch("select distinct status from programme_rule order by 1")
    assert [status for (status,) in seen] == ["PUBLISHED"]
    async with world.jobs.connection() as jobs:
        all_of_them = await jobs.fetch("select distinct status from programme_rule order by 1")
        programmes = await jobs.fetch("select distinct programme_code from rule_simulation order by 1")
    assert [status for (status,) in all_of_them] == ["PUBLISHED", "SIMULATED"]
    assert [code for (code,) in programmes] == ["PKH", "SEMBAKO"]
    assert [code for (code,) in await officer.fetch("select programme_code from rule_simulation")] == ["SEMBAKO"]
    assert await officer.fetchval("select count(*) from rule_history") == 0


async def test_a_partner_meets_no_row_at_all(world: Database) -> None:
    async with world.caller(Access(NOWHERE, "partner")).connection() as connection:
        beside = {"entitlement_pool", "entitlement_slot", "routing_rule", "source", "sla_policy"}
        for table in sorted(GUARDED - _NO_REGENCY - beside):
            assert await connection.fetchval(f"select count(*) from {table}") == 0
        held = "select count(*) from entitlement_slot where household_id is not null"
        assert await connection.fetchval(held) == 0


async def test_a_connection_that_says_for_whom_it_works_nowhere_fails(world: Database) -> None:
    async with world.caller_pool.acquire() as connection:
        fresh = await asyncpg.connect(dsn=None, **_parameters(connection))
    try:
        await fresh.execute("set role hub_app")
        with pytest.raises(asyncpg.UndefinedObjectError, match=r"hub\.region_from"):
            await fresh.fetch("select * from household")
    finally:
        await fresh.close()


async def test_the_access_of_one_caller_does_not_stay_for_the_next(world: Database) -> None:
    for regency in (OWN, FOREIGN, OWN):
        session = world.caller(Access(RegionRange.under(regency), regency))
        async with session.connection() as connection:
            found = await connection.fetch("select distinct regency_code from household")
        assert [row["regency_code"] for row in found] == [regency]


async def _first_plain_column(world: Database, table: str) -> str:
    async with world.jobs.connection() as connection:
        column: str = await connection.fetchval(
            "select column_name from information_schema.columns where table_name = $1 and is_identity = 'NO'"
            " and is_generated = 'NEVER'"
            " order by ordinal_position limit 1",
            table,
        )
    return column


def _parameters(connection: asyncpg.Connection) -> dict[str, object]:
    return {
        "host": connection._addr.rpartition("/")[0],
        "port": 5432,
        "user": connection._params.user,
        "database": connection._params.database,
    }
