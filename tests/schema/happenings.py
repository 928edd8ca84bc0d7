"""What people did in the world after it was filled."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from hub.domain.events import Interest, Topic
from hub.domain.principal import RegionRange
from hub.store import link_review
from hub.store.database import Session
from hub.store.events import give_positions, list_events
from hub.store.reference_loader import shipped_programmes
from hub.store.webhooks import NewEndpoint, give_up, put_endpoint
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
