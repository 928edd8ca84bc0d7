"""Policies [standar pelayanan]: everybody sees the nation's and the own; the ministry sets all, a district its own, stricter."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from hub.domain.clocks import ResponseHours, SlaTerms
from hub.domain.errors import Conflict, Forbidden, InternalError, Invalid
from hub.domain.principal import EVERYWHERE, Scope
from hub.store import idempotency, sla_policies
from hub.store.database import Session
from hub.store.sla_policies import SlaPolicy
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.places import is_own, require_regions

REASON_MAX = 1_000
_REGENCY_LENGTH = 5
_LIMITS = ("first_response_minutes", "information_days", "regular_days", "oversight_days", "at_risk_percent")
_LEVELS = ("regency_percent", "province_percent", "ministry_percent")
_BOUNDS = {
    "first_response_minutes": (1, 43_200),
    "information_days": (1, 366),
    "regular_days": (1, 366),
    "oversight_days": (1, 366),
    "at_risk_percent": (1, 99),
    "regency_percent": (1, 1_000),
    "province_percent": (1, 1_000),
    "ministry_percent": (1, 1_000),
}


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy to be set; `regency_code` None: the nation's. `valid_from` None: from now on."""

    regency_code: str | None
    valid_from: datetime | None
    terms: SlaTerms
    reason: str


async def list_policies(ctx: Context, first: int, after: str | None) -> Page[SlaPolicy]:
    """A page: the nation's, then those of the regencies that the caller sees; the newest of each first."""
    asked = window(first, after, "slaPolicies")
    place = (str(asked.after[0]), int(asked.after[1])) if asked.after else None
    found = await sla_policies.list_policies(ctx.session, ctx.principal.regions, place, asked.limit)
    return asked.page(found, _page_key)


async def policies_by_id(ctx: Context, policy_ids: Sequence[int]) -> Sequence[SlaPolicy | None]:
    """The policy of each id."""
    return await sla_policies.find_policies(ctx.session, policy_ids)


async def set_policy(ctx: Context, draft: PolicyDraft, key: str) -> SlaPolicy:
    """A further version. It counts for case files that are received from its moment on, never for one that is here already."""
    ctx.require(Scope.SLA_WRITE)
    _check(draft)
    _require_own(ctx, draft.regency_code)
    async with ctx.session.transaction() as transaction:
        claim = _claim(ctx, draft, key)
        earlier = await idempotency.claim(transaction, claim, ctx.clock())
        if earlier is None:
            version = await _add(ctx, transaction, draft)
            await idempotency.keep(transaction, claim, version)
        else:
            version = int(earlier)
        found = await sla_policies.find_policy(transaction, draft.regency_code, version)
    if found is None:
        raise InternalError(f"policy {draft.regency_code}/{version} was set and is not there")
    return found


async def _add(ctx: Context, session: Session, draft: PolicyDraft) -> int:
    if draft.regency_code is not None:
        await require_regions(session, [draft.regency_code], "regencyCode")
    await sla_policies.lock_policies(session, draft.regency_code)
    newest = await sla_policies.find_newest(session, draft.regency_code)
    now = ctx.clock()
    valid_from = draft.valid_from or now
    if valid_from < now:
        raise Invalid(f"validFrom is {valid_from.isoformat()}: a policy cannot begin in the past", ("validFrom",))
    if newest is not None and newest.valid_from >= valid_from:
        raise Conflict(
            f"version {newest.version} begins {newest.valid_from.isoformat()}: the next one has to begin after it"
        )
    if ctx.principal.regency_code is not None:
        await _require_stricter(session, draft.terms)
    version = 1 if newest is None else newest.version + 1
    await sla_policies.add_policy(
        session,
        SlaPolicy(
            regency_code=draft.regency_code,
            version=version,
            valid_from=valid_from,
            **asdict(draft.terms),
            reason=draft.reason,
            set_by=ctx.principal.client_id,
            set_at=now,
        ),
    )
    return version


async def _require_stricter(session: Session, terms: SlaTerms) -> None:
    """A citizen is promised at least what the nation promises; only the ministry may let a district off."""
    nation = await sla_policies.find_newest(session, None)
    if nation is None:
        raise InternalError("the nation has no policy")
    looser = [name for name in _LIMITS if getattr(terms, name) > getattr(nation, name)]
    for name in _LEVELS:
        ours, theirs = getattr(terms, name), getattr(nation, name)
        if theirs is not None and (ours is None or ours > theirs):
            looser.append(name)
    around = ResponseHours.AROUND_THE_CLOCK
    if terms.first_response_hours != around and nation.first_response_hours == around:
        looser.append("first_response_hours")
    if looser:
        shown = ", ".join(f"{name} {getattr(nation, name)}" for name in looser)
        raise Invalid(f"a district's own policy may be stricter than the nation's, not looser: {shown}", (looser[0],))


def _require_own(ctx: Context, regency_code: str | None) -> None:
    everywhere = ctx.principal.regions == EVERYWHERE
    if not everywhere and (regency_code is None or not is_own(ctx, regency_code)):
        raise Forbidden(
            f"the policy of {regency_code or 'the nation'} is not yours to set: you are bound to "
            f"{ctx.principal.regency_code or 'no region'}"
        )


def _check(draft: PolicyDraft) -> None:
    if draft.regency_code is not None and len(draft.regency_code) != _REGENCY_LENGTH:
        raise Invalid(f"{draft.regency_code!r} is no regency: use a code such as 35.10", ("regencyCode",))
    if draft.valid_from is not None and draft.valid_from.tzinfo is None:
        raise Invalid("a time needs its zone, such as 2027-01-01T00:00:00+07:00", ("validFrom",))
    for name, (least, most) in _BOUNDS.items():
        value = getattr(draft.terms, name)
        if value is not None and not least <= value <= most:
            raise Invalid(f"{name} is {value}: it has to be from {least} to {most}", (name,))
    if draft.terms.office_opens >= draft.terms.office_closes:
        raise Invalid("an office has to open before it closes", ("officeOpens",))
    if not 1 <= len(draft.reason) <= REASON_MAX:
        raise Invalid(f"a reason has 1 to {REASON_MAX} characters", ("reason",))


def _claim(ctx: Context, draft: PolicyDraft, key: str) -> idempotency.Claim:
    digest = sha256(msgspec.json.encode(asdict(draft), order="sorted")).digest()
    return idempotency.Claim(ctx.principal.client_id, "slaPolicySet", key, digest)


def _page_key(policy: SlaPolicy) -> Key:
    return (policy.regency_code or "", policy.version)
