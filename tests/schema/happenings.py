"""What people did in the world after it was filled."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec

from hub.domain.attachments import NewAttachment
from hub.domain.events import Interest, Topic
from hub.domain.principal import RegionRange
from hub.store import (
    attachments,
    case_files,
    case_history,
    casework,
    link_review,
    outbox,
    prelist,
    routing,
    sla_policies,
)
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.events import give_positions, list_events
from hub.store.outbox import NewMessage
from hub.store.prelist import NewPrelistEntry
from hub.store.reference_loader import shipped_programmes
from hub.store.routing import NewRoutingRule
from hub.store.webhooks import NewEndpoint, give_up, put_endpoint
from resolvers import rule_sets, simulation
from resolvers.context import Context
from resolvers.escalation import escalate_due
from resolvers.referral_drafts import ReferralDraft, draft_referral
from resolvers.sla_policies import PolicyDraft, set_policy


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


async def register_webhooks(jobs: Session, clients: Mapping[str, str], now: datetime) -> None:
    """A webhook of a client of each regency, which did not take the first event."""
    last = await give_positions(jobs, now)
    events = await list_events(jobs, 0, last)
    for regency, client_id in clients.items():
        interest = Interest(frozenset(Topic), RegionRange.under(regency), with_sensitive=False)
        new = NewEndpoint(client_id, f"https://{regency}.example/hook", interest, f"file:{regency}.webhook")
        endpoint_id = await put_endpoint(jobs, new, now)
        event = next(event for event in events if event.regency_code == regency)
        await give_up(jobs, endpoint_id, event, 10, ("TIMEOUT", now))


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
        await attachments.add_attachments(jobs, [attachments.Attaching(number, photo, "somebody", now)])
        await prelist.add_entry(jobs, number, NewPrelistEntry(f"Unlisted {regency}", None, None, None), now)
        rule = NewRoutingRule(regency, "FOOD", "QUESTION", "DPMD", (), now, None, "somebody")
        await routing.set_rule(jobs, rule, now)
        await outbox.put(jobs, [NewMessage(regency, "CASE_UPDATE", number, "given", {}, regency)], now)


async def let_case_files_rise(jobs: Session, analyst: Context, regencies: tuple[str, ...], now: datetime) -> None:
    """Nobody answered for three days: every level was told; from now on each regency promises two hours."""
    await escalate_due(jobs, lambda: now)
    nation = await sla_policies.find_newest(jobs, None)
    assert nation is not None
    terms = replace(nation.terms, first_response_minutes=120)
    for code in regencies:
        await set_policy(analyst, PolicyDraft(code, None, terms, f"promised by {code}"), f"policy of {code}")


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
