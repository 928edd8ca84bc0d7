"""What belongs to the other regency, and whether an answer or a row shows any of it."""

import json
from dataclasses import dataclass
from typing import Any

from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Database
from tests.schema.world_records import FOREIGN, household_of, person_of

MARKS = (FOREIGN, FOREIGN.replace(".", ""))
"""Codes and numbers of the other regency; every one of its records holds one of them."""
HASHED = dict.fromkeys(
    ("person_key", "person_keyed", "roster_key", "roster_keyed"), "to_jsonb(t) - 'key'::text - 'keys'::text"
)
"""How tables are read whose hashes hold any digits by chance."""


@dataclass(frozen=True)
class Foreign:
    """The opaque id of one foreign object of each kind."""

    ids: dict[Kind, str]

    def shown_in(self, answer: object) -> list[str]:
        text = json.dumps(answer)
        return [mark for mark in (*self.ids.values(), *MARKS) if mark in text]


async def find_foreign(database: Database) -> Foreign:
    async with database.jobs.connection() as connection:
        match_id = await connection.fetchval("select min(match_id) from match where regency_code = $1", FOREIGN)
        pool_id = await connection.fetchval("select pool_id from entitlement_pool where region_code = $1", FOREIGN)
        finding_id = await connection.fetchval("select min(finding_id) from finding where regency_code = $1", FOREIGN)
        run_id = await connection.fetchval("select min(run_id) from allocation_run")
        case_file_id = await connection.fetchval(
            "select min(case_file_id) from case_file where regency_code = $1", FOREIGN
        )
        simulation_id = await connection.fetchval(
            "select simulation_id from rule_simulation where programme_code = 'PKH'"
        )
        evaluation_id = await connection.fetchval("select min(evaluation_id) from evaluation")
        referral_id = await connection.fetchval(
            "select min(referral_id) from referral where from_regency_code = $1", FOREIGN
        )
        service_id = await connection.fetchval(
            "select min(village_service_id) from village_service where regency_code = $1", FOREIGN
        )
        link_id = await connection.fetchval("select min(link_id) from link where regency_code = $1", FOREIGN)
        review_id = await connection.fetchval(
            "select min(review_id) from match_review where regency_code = $1", FOREIGN
        )
        move_id = await connection.fetchval(
            "select min(move_id) from household_move where from_regency_code = $1", FOREIGN
        )
        webhook_id = await connection.fetchval(
            "select endpoint_id from webhook_endpoint where region_from = $1", FOREIGN
        )
    keys: dict[Kind, int | str] = {
        Kind.HOUSEHOLD: household_of(FOREIGN, 1),
        Kind.PERSON: person_of(FOREIGN, 1),
        Kind.CASE_FILE: case_file_id,
        Kind.VILLAGE_SERVICE: service_id,
        Kind.MATCH: match_id,
        Kind.ENTITLEMENT_POOL: pool_id,
        Kind.DISTRICT_SYSTEM: FOREIGN,
        Kind.ALLOCATION_RUN: run_id,
        Kind.RULE_SET: "PKH/2",
        Kind.RULE_SIMULATION: simulation_id,
        Kind.EVALUATION: evaluation_id,
        Kind.LINK: link_id,
        Kind.MATCH_REVIEW: review_id,
        Kind.FINDING: finding_id,
        Kind.REFERRAL: referral_id,
        Kind.HOUSEHOLD_MOVE: move_id,
        Kind.WEBHOOK: webhook_id,
    }
    return Foreign({kind: opaque_id(kind, key) for kind, key in keys.items()})


async def digest_of_foreign(database: Database) -> dict[str, str]:
    """What must not change: every row that holds a mark of the other regency, and all pools, slots, runs and rules."""
    whole = {
        "entitlement_pool",
        "pool_balance",
        "slot_ledger",
        "allocation_run",
        "entitlement_slot",
        "programme_rule",
        "rule_history",
    }
    async with database.jobs.connection() as connection:
        tables = await connection.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            " and relname <> 'region' order by 1"
        )
        digests = " union all ".join(
            f"select '{table}', count(*) || ' rows, ' || md5(string_agg(row, '' order by row))"
            f' from (select ({HASHED.get(table, "to_jsonb(t)")})::text as row from "{table}" t) rows'
            f" where {table in whole} or row like any ($1::text[])"
            for (table,) in tables
        )
        rows = await connection.fetch(digests, [f"%{mark}%" for mark in MARKS])
    return dict(rows)


def is_nothing(value: Any) -> bool:
    """Whether an answer tells nothing: null, false or empty all the way down."""
    if isinstance(value, dict):
        return all(is_nothing(inner) for inner in value.values())
    if isinstance(value, list):
        return all(is_nothing(inner) for inner in value)
    return value in (None, False)
