"""To whom a case file goes: by the most specific routing rule for its regency, category and type."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from hub.domain.agencies import Agencies, AgencyKind, agency_at
from hub.domain.errors import Conflict, Forbidden, Invalid
from hub.domain.principal import Role, Scope
from hub.store import idempotency, routing
from hub.store.case_files import CaseFile
from hub.store.database import Session
from hub.store.routing import NewRoutingRule, RoutingRule
from resolvers.context import Context
from resolvers.held_case import check_text
from resolvers.places import is_own, require_regions, within

_REGENCY_LENGTH = 5
_REASON_MAX = 1_000
_SUPPORTS_MAX = 9


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A routing rule to be set. No lead: from then on there is no rule for exactly this."""

    regency_code: str | None
    category: str | None
    type: str | None
    lead: AgencyKind | None
    supports: tuple[AgencyKind, ...]
    valid_from: datetime | None
    reason: str | None


async def route_case(session: Session, case_file: CaseFile, now: datetime) -> Agencies:
    """The agencies of the most specific rule whose lead serves the case file's region; raises Conflict when there is none."""
    rules = await routing.list_rules(session, case_file.regency_code, now)
    for rule in fitting(rules, case_file.category, case_file.type):
        lead = agency_at(AgencyKind(str(rule.lead_kind)), case_file.region_code)
        if lead is not None:
            found = (agency_at(AgencyKind(kind), case_file.region_code) for kind in rule.support_kinds)
            return Agencies(lead, tuple(code for code in found if code is not None and code != lead))
    raise Conflict(f"no routing rule fits case file {case_file.number}: name the lead, or set a rule")


def fitting(rules: Iterable[RoutingRule], category: str, type_: str) -> list[RoutingRule]:
    """The rules that say something of a category and type, the most specific first: by regency, category, type."""
    fit = [
        rule
        for rule in rules
        if rule.lead_kind is not None and rule.category in (None, category) and rule.type in (None, type_)
    ]
    return sorted(
        fit, key=lambda rule: (rule.regency_code is None, rule.category is None, rule.type is None, rule.rule_no)
    )


async def list_routing_rules(ctx: Context, regency_code: str | None) -> Sequence[RoutingRule]:
    """The rules that hold now: everybody's, and those of a regency; the most specific first."""
    ctx.require(Scope.CASE_READ)
    within(ctx, regency_code)
    rules = await routing.list_rules(ctx.session, regency_code, ctx.clock())
    held = [rule for rule in rules if rule.lead_kind is not None]
    return sorted(held, key=lambda rule: (rule.regency_code is None, rule.category or "~", rule.type or "~"))


async def set_routing_rule(ctx: Context, draft: RuleDraft, key: str) -> RoutingRule:
    """Set a rule: the ministry for all, a district's secretariat and system for their own regency."""
    ctx.require(Scope.CASE_WRITE)
    check_text("reason", draft.reason, longest=_REASON_MAX)
    _require_may_set(ctx, draft)
    new = _new_rule(ctx, draft)
    async with ctx.session.transaction() as transaction:
        digest = sha256(msgspec.json.encode(draft, order="sorted")).digest()
        claim = idempotency.Claim(ctx.principal.client_id, "routingRuleSet", key, digest)
        earlier = await idempotency.claim(transaction, claim, ctx.clock())
        if earlier is not None:
            return await routing.get_rule(transaction, earlier)
        if draft.regency_code is not None:
            await require_regions(transaction, [draft.regency_code], "regencyCode")
        rule = await routing.set_rule(transaction, new, ctx.clock())
        await idempotency.keep(transaction, claim, rule.rule_no)
        return rule


def _require_may_set(ctx: Context, draft: RuleDraft) -> None:
    principal = ctx.principal
    if draft.regency_code is None and principal.role is not Role.MINISTRY_ANALYST:
        raise Forbidden(
            f"a rule for all districts is the ministry's to set: name your regency {principal.regency_code}"
        )
    if draft.regency_code is not None:
        if len(draft.regency_code) != _REGENCY_LENGTH:
            raise Invalid(f"{draft.regency_code[:20]!r} is not the code of a regency, such as 35.10", ("regencyCode",))
        if not is_own(ctx, draft.regency_code):
            raise Forbidden(f"regency {draft.regency_code!r} is not yours: you are bound to {principal.regency_code}")
    if principal.agency_code is not None and principal.role is Role.DISTRICT_OFFICER:
        raise Forbidden(f"rules are set by the secretariat of the regency: you work for {principal.agency_code}")


def _new_rule(ctx: Context, draft: RuleDraft) -> NewRoutingRule:
    now = ctx.clock()
    if (draft.lead is None and draft.supports) or draft.lead in draft.supports:
        raise Invalid("supports stand beside a lead, and are other agencies than it", ("supportKinds",))
    if len(set(draft.supports)) < len(draft.supports) or len(draft.supports) > _SUPPORTS_MAX:
        raise Invalid(f"name at most {_SUPPORTS_MAX} supports, each of them once", ("supportKinds",))
    if draft.valid_from is not None and (draft.valid_from.tzinfo is None or draft.valid_from < now):
        raise Invalid("validFrom has a time zone and is not in the past: the past was routed already", ("validFrom",))
    return NewRoutingRule(
        regency_code=draft.regency_code,
        category=draft.category,
        type=draft.type,
        lead_kind=draft.lead,
        support_kinds=tuple(kind.value for kind in draft.supports),
        valid_from=draft.valid_from or now,
        reason=draft.reason,
        set_by=ctx.principal.client_id,
    )
