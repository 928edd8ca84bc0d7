"""What people did in the world after it was filled."""

from datetime import date, datetime
from typing import Any

import msgspec

from hub.store import attachments, case_history, casework, link_review, outbox, prelist, routing
from hub.store.attachments import NewAttachment
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.outbox import NewMessage
from hub.store.prelist import NewPrelistEntry
from hub.store.reference_loader import shipped_programmes
from hub.store.routing import NewRoutingRule
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


async def work_on_cases(jobs: Session, now: datetime) -> None:
    """One case file of each regency has an agency, history, an attachment, a pre-list entry and a message about it."""
    async with jobs.connection() as connection:
        rows = await connection.fetch(
            "select regency_code, min(case_file_id) as case_file_id from case_file group by 1"
        )
    for regency, number in rows:
        agency = f"{regency}/DINAS_SOSIAL"
        await casework.add_assignments(jobs, number, [(agency, "LEAD")], now)
        line = NewCaseEvent(
            case_file_id=number,
            event_key="given",
            field_group="ASSIGNMENT",
            item=agency,
            to_value="ASSIGNED",
            happened_at=now,
            actor="somebody",
            actor_role="DISTRICT_OFFICER",
        )
        await case_history.add_events(jobs, [line], now)
        photo = NewAttachment(f"https://files.example/{regency}", "house.jpg", "image/jpeg", 5, "a" * 64)
        await attachments.add_attachment(jobs, number, photo, "somebody", now)
        await prelist.add_entry(jobs, number, NewPrelistEntry(f"Unlisted {regency}", None, None, None), now)
        rule = NewRoutingRule(regency, "FOOD", "QUESTION", "DPMD", (), now, None, "somebody")
        await routing.set_rule(jobs, rule, now)
        await outbox.put(jobs, [NewMessage(regency, "CASE", number, "given", {}, regency)], now)
