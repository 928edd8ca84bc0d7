"""What people did in the world after it was filled."""

from datetime import date, datetime
from typing import Any

import msgspec

from hub.domain.referrals import ReferralAction
from hub.store import case_files, link_review
from hub.store.database import Session
from hub.store.reference_loader import shipped_programmes
from resolvers import rule_sets, simulation
from resolvers.context import Context
from resolvers.referral_actions import ReferralStep, move_referral
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
    """A case file of the officer's regency is referred to its health agency, which accepts."""
    [[case]] = await case_files.list_case_files_of(officer.session, [household_id])
    receiver = f"{case.regency_code}/DINAS_KESEHATAN"
    draft = ReferralDraft(case.case_file_id, "HEALTH_TREATMENT", receiver, person_id=person_id)
    referral = await draft_referral(officer, draft, "referral")
    for action in (ReferralAction.SEND, ReferralAction.ACCEPT):
        await move_referral(officer, ReferralStep(action, referral.referral_id, None), f"referral {action}")


async def put_to_review(jobs: Session, now: datetime) -> None:
    """One match of each regency waits for a person on duty."""
    async with jobs.connection() as connection:
        links = await connection.fetch(
            "select regency_code, min(link_id) as link_id from link where status = 'REVIEW' group by 1"
        )
        matches = dict(await connection.fetch("select regency_code, min(match_id) from match group by 1"))
    for regency, link_id in links:
        await link_review.put_to_review(jobs, [matches[regency]], link_id, "LINK_MADE", ("somebody", now))
