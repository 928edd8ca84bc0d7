"""What people did in the world after it was filled."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from hub.store import link_review
from hub.store.database import Session
from hub.store.reference_loader import shipped_programmes
from resolvers import rule_sets, simulation
from resolvers.context import Context


async def change_rules(author: Context, approver: Context) -> None:
    """SEMBAKO/2 counts from the next year on; PKH/2 is simulated and not decided."""
    for code, deciles in (("SEMBAKO", [1, 3]), ("PKH", [1, 3])):
        step = rule_sets.RuleStep(code, 2, "narrower")
        document = msgspec.json.encode({"rule": with_deciles(code, deciles)}).decode()
        await rule_sets.draft_rule(author, rule_sets.RuleDraft(code, None, document, "narrower"), f"draft {code}")
        await rule_sets.validate_rule(author, step, f"validate {code}")
        await simulation.simulate_rule(author, step, f"simulate {code}")
    step = rule_sets.RuleStep("SEMBAKO", 2, "as decided")
    await rule_sets.approve_rule(approver, step, "approve")
    await rule_sets.publish_rule(approver, step, date(2027, 1, 1), "publish")


def with_deciles(programme_code: str, deciles: list[int]) -> dict[str, Any]:
    """The shipped rule of a programme, for other deciles."""
    shipped = next(p.rule for p in shipped_programmes() if p.programme_code == programme_code)
    rule: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(shipped))
    first = next(clause for clause in rule["requirements"] if clause["id"] == "decile")
    first["expression"]["value"] = deciles
    return rule


async def put_to_review(jobs: Session, now: datetime) -> None:
    """One match of each regency waits for a person on duty."""
    async with jobs.connection() as connection:
        links = await connection.fetch(
            "select regency_code, min(link_id) as link_id from link where status = 'REVIEW' group by 1"
        )
        matches = dict(await connection.fetch("select regency_code, min(match_id) from match group by 1"))
    for regency, link_id in links:
        await link_review.put_to_review(jobs, [matches[regency]], link_id, "LINK_MADE", ("somebody", now))


async def suspect_moves(jobs: Session, homes: Mapping[str, int], now: datetime) -> None:
    """One household of each regency may have moved elsewhere, and one has been elsewhere before."""
    evidence = {
        "sharedNiks": 2,
        "members": 2,
        "hasSameFamilyCard": False,
        "isNamed": False,
        "hasMoveOutLetter": True,
        "hasMoveInLetter": False,
    }
    async with jobs.connection() as connection:
        await connection.executemany(
            "insert into household_move (household_id, arrived_household_id, from_regency_code, to_regency_code,"
            " from_source_code, from_record_id, status, cause, evidence, found_at, moved_at)"
            " values ($1, $2, $3, '35.11', $3, 'h6', $4, 'ONE_LETTER', $5, $6, $7)",
            [
                (home, number, regency, status, evidence, now, now if status == "MOVED" else None)
                for number, status in ((1, "REVIEW"), (2, "MOVED"))
                for regency, home in homes.items()
            ],
        )
        await connection.execute(
            "insert into household_alias select move_id, household_id, from_regency_code, move_id from household_move"
            " where status = 'MOVED'"
        )
        await connection.execute(
            "insert into person_alias select move_id, household_id, from_regency_code, move_id from household_move"
            " where status = 'MOVED'"
        )
        await connection.execute(
            "insert into village_service_effect (village_service_id, regency_code, effect, household_id, applied_at)"
            " select village_service_id, regency_code, 'NEWBORN_KNOWN', household_id, $1 from village_service",
            now,
        )
