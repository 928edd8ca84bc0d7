"""Findings of unused entitlements: found by a job, read by those whose region they lie in, decided by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.principal import Role, Scope
from hub.store import finder
from hub.store.database import Session
from hub.store.eligibility import list_rules
from hub.store.finder import Decision, Finding, FindingCount, FindingFilter
from resolvers.context import Clock, Context
from resolvers.paging import Key, Page, window
from resolvers.places import require_regions, within
from resolvers.programmes import require_programme

PERSONS = frozenset({Role.MINISTRY_ANALYST, Role.DISTRICT_OFFICER})
_REGENCY_CODE = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings a caller asks for; None means any."""

    region_code: str | None
    kind: str | None
    status: str | None
    programme_code: str | None


async def find_unused(jobs: Session, clock: Clock) -> dict[str, tuple[int, int]]:
    """Find everything anew; by kind how many are found, and how many of these for the first time."""
    now = clock()
    return await finder.find_all(jobs, await list_rules(jobs, now.date()), now)


async def findings_by_id(ctx: Context, finding_ids: Sequence[int]) -> Sequence[Finding | None]:
    """The finding of each id."""
    return await finder.find_findings(ctx.session, finding_ids)


async def list_findings(ctx: Context, wanted: Wanted, asked: tuple[int, str | None]) -> Page[Finding]:
    """A page of findings under a province or regency; `asked` is (first, after)."""
    _require_regency(wanted.region_code)
    view = window(asked[0], asked[1], "findings", wanted)
    narrowed = FindingFilter(within(ctx, wanted.region_code), wanted.kind, wanted.status, wanted.programme_code)
    after_id = int(view.after[0]) if view.after else 0
    found = await finder.list_findings(ctx.session, narrowed, after_id=after_id, first=view.limit)
    if not found and wanted.region_code is not None:
        await require_regions(ctx.session, [wanted.region_code], "regionCode")
    if not found and wanted.programme_code is not None:
        await require_programme(ctx, wanted.programme_code)
    return view.page(found, _key)


async def count_findings(ctx: Context, region_code: str | None) -> list[FindingCount]:
    """Findings by regency and kind, as far as the caller may see them."""
    _require_regency(region_code)
    found = await finder.count_findings(ctx.session, within(ctx, region_code))
    if not found and region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    return found


async def decide_finding(
    ctx: Context, finding_id: int, status: Literal["CONFIRMED", "DISMISSED"], reason_code: str | None
) -> Finding:
    """Keep a person's word; the same word again changes nothing. Forbidden for a system: what follows from a finding is
    never decided without a person (UU PDP 27/2022).
    """
    ctx.require(Scope.MATCH_WRITE)
    if ctx.principal.role not in PERSONS:
        raise Forbidden("a finding is decided by a person, an officer or analyst, never by a system")
    before = await _find(ctx, finding_id)
    if before.status == status:
        return before
    decision = Decision(status, ctx.principal.client_id, ctx.clock(), reason_code)
    if not await finder.decide(ctx.session, finding_id, decision):
        raise Conflict(f"finding {finding_id} is {before.status}: there is nothing left to decide")
    return await _find(ctx, finding_id)


async def _find(ctx: Context, finding_id: int) -> Finding:
    found = (await findings_by_id(ctx, [finding_id]))[0]
    if found is None:
        raise NotFound(f"there is no finding {finding_id} that you may see: ask for `findings`")
    return found


def _require_regency(region_code: str | None) -> None:
    if region_code is not None and len(region_code) > _REGENCY_CODE:
        raise Invalid(
            f"{region_code!r} lies below a regency: name a province or regency, such as 35.10", ("regionCode",)
        )


def _key(finding: Finding) -> Key:
    return (finding.finding_id,)
