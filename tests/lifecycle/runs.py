"""Households of three regencies who are eligible for two programmes, and what a run leaves in the database."""

from datetime import UTC, datetime
from typing import Any

from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.records import PoolRecord
from hub.matching.allocation.problem import Policy
from hub.store import sources
from hub.store.database import Database
from hub.store.runs import Run
from resolvers.allocation import Asked, approve_run, create_run, simulate_run
from resolvers.context import Context, context_of
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
REGENCIES = ("33.74", "35.09", "35.10")

_HOUSEHOLDS = """
with made as (
    insert into household (household_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
        region_code, kk_status, decile)
    select n, r.code, 'H' || n, 1, $2, $2, r.code, r.code || case r.code when '33.74' then '.01.1001' else '.01.2001' end,
        'MISSING', 1 + n % 5
    from generate_series(1, $1::integer) n, lateral (select ($3::text[])[1 + n % 3] as code) r
    returning household_id, source_code, regency_code
),
members as (
    insert into person (household_id, person_id, source_code, source_record_id, source_revision, observed_at, fetched_at,
        regency_code, nik_status, nik_warnings, is_head, disability)
    select household_id, household_id + 1000000, source_code, 'P' || household_id, 1, $2, $2, regency_code, 'MISSING', '{}', true,
        case when household_id % 4 = 0 then 'SEVERE' end
    from made
)
insert into verdict (household_id, programme_code, rule_version, regency_code, status, failed, missing, evaluated_at)
select household_id, p.code, 1, regency_code, 'ELIGIBLE', 0, 0, $2
from made, (values ('PKH', 2), ('SEMBAKO', 3)) as p(code, every)
where household_id % p.every <> 0
"""

_STATE = {
    "run": "select run_id, status, executed_rank, candidates, placed from allocation_run order by run_id",
    "matches": "select rank, household_id, programme_code, status, version, pool_id, slot_no from match order by rank",
    "journal": "select m.rank, e.version, e.from_status, e.to_status from match_event e join match m using (match_id)"
    " order by m.rank, e.version",
    "balances": "select pool_id, shard, total, available, reserved, offered, issued from pool_balance order by 1, 2",
    "ledger": "select l.pool_id, l.slot_no, l.from_state, l.to_state, l.quantity, m.rank from slot_ledger l"
    " left join match m using (match_id) order by 1, 2, 3, 4, 5, 6",
}
SLOTS = "select * from entitlement_slot order by pool_id, slot_no"
BALANCES = _STATE["balances"]


def clock() -> datetime:
    return NOW


def ministry(database: Database, name: str = "analyst") -> Context:
    role = Role.MINISTRY_ANALYST
    return context_of(database, Principal(name, role, SCOPES_OF_ROLE[role]), clock, {})


async def rows(database: Database, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    async with database.jobs.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement, *values)]


async def prepare(database: Database, households: int, pools: dict[tuple[str, str | None], int]) -> None:
    """`pools`: slots by programme and region."""
    await join_districts(database.jobs, dict.fromkeys(REGENCIES, "http://district.invalid/graphql"), NOW)
    await rows(database, _HOUSEHOLDS, households, NOW, list(REGENCIES))
    records = [
        PoolRecord(programme_code=code, region_code=region, period="2026", total=total, revision=1, observed_at=NOW)
        for (code, region), total in pools.items()
    ]
    await sources.merge_pools(database.jobs, "PKH", records, NOW)


async def simulated(database: Database, *programmes: str, **how: Any) -> Run:
    asked = Asked(programmes, "2026", 7, how.pop("policy", Policy.STRICT_PRIORITY), **how)
    return await simulate_run(ministry(database), (await create_run(ministry(database), asked)).run_id)


async def approved(database: Database, *programmes: str, **how: Any) -> Run:
    run = await simulated(database, *programmes, **how)
    return await approve_run(ministry(database, "approver"), run.run_id)


async def state_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that a run leaves, without the moments and the numbers that a sequence gave."""
    return {name: await rows(database, statement) for name, statement in _STATE.items()}
