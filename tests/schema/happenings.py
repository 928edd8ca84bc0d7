"""What people did in the world after it was filled."""

from datetime import date, datetime
from typing import Any

import msgspec

from hub.store import case_files, link_review
from hub.store.database import Session
from hub.store.reference_loader import shipped_programmes
from resolvers import rule_sets, simulation
from resolvers.context import Context
from resolvers.referral_drafts import ReferralDraft, draft_referral


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


async def refer(officer: Context, household_id: int, person_id: int) -> None:
    """A referral of a case file to the health agency of its regency lies ready to be sent."""
    [[case]] = await case_files.list_case_files_of(officer.session, [household_id])
    receiver = f"{case.regency_code}/DINAS_KESEHATAN"
    draft = ReferralDraft(case.case_file_id, "HEALTH_TREATMENT", receiver, person_id=person_id)
    await draft_referral(officer, draft, "referral")


async def put_to_review(jobs: Session, now: datetime) -> None:
    """One match of each regency waits for a person on duty."""
    async with jobs.connection() as connection:
        links = await connection.fetch(
            "select regency_code, min(link_id) as link_id from link where status = 'REVIEW' group by 1"
        )
        matches = dict(await connection.fetch("select regency_code, min(match_id) from match group by 1"))
    for regency, link_id in links:
        await link_review.put_to_review(jobs, [matches[regency]], link_id, "LINK_MADE", ("somebody", now))
