"""Lists of households: which ones, the hub's own records say; live, what they are their districts say now."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub.domain.errors import Invalid
from hub.domain.nik import mask
from hub.federation.lookup import LookedUp, look_up_households
from hub.store import registry
from hub.store.registry import Household, VerdictFilter
from hub.store.rows import Attributes
from hub.store.sources import list_drained_at
from resolvers.context import Context
from resolvers.live_lists import LivePage, require_coverage
from resolvers.live_records import live_household, live_members
from resolvers.paging import FIRST_MAX, Key, Window, window
from resolvers.registry import explain_nothing, region_page, sees_whole_numbers


@dataclass(frozen=True, slots=True)
class HouseholdList:
    """Which households: those of these ids, or those of a region of which a unit has the verdict."""

    region_code: str | None = None
    verdict: VerdictFilter | None = None
    household_ids: tuple[int, ...] | None = None
    is_live: bool = False
    minimum_coverage: float | None = None
    attributes: Attributes = None
    """What is asked of them; live, they are read whole."""


async def list_households(ctx: Context, wanted: HouseholdList, first: int, after: str | None) -> LivePage[Household]:
    """A page of the list."""
    require_coverage(wanted.minimum_coverage, is_live=wanted.is_live)
    asked = _window(wanted, first, after)
    whole = sees_whole_numbers(ctx)
    # live, numbers are compared with those that districts give before they are masked
    held = await _held(ctx, wanted, asked, whole=whole or wanted.is_live)
    if not wanted.is_live:
        return LivePage(asked, held, _key)
    found = await look_up_households(
        ctx.federation.gather,
        ctx.federation.directory(),
        [(household.regency_code, household.source_record_id) for household in held[: asked.first]],
        lambda codes: list_drained_at(ctx.session, codes),
    )
    found.completeness.require(wanted.minimum_coverage)
    keys = {household.household_id: _key(household) for household in held}
    nodes = await _as_of_now(ctx, held[: asked.first], found, whole=whole)
    has_next = len(held) > asked.first
    page = LivePage(asked, nodes, lambda household: keys[household.household_id], has_next=has_next)
    page.completeness = found.completeness
    return page


def _window(wanted: HouseholdList, first: int, after: str | None) -> Window:
    ids = wanted.household_ids
    if ids is None:
        return window(first, after, "households", wanted.region_code, wanted.verdict)
    if len(ids) > FIRST_MAX:
        raise Invalid(f"ids has {len(ids)} ids: ask for at most {FIRST_MAX} at a time", ("ids",))
    if wanted.region_code is not None or wanted.verdict is not None or after is not None:
        raise Invalid("ids name the households: leave regionCode, programmeCode, verdict and after out", ("ids",))
    return window(FIRST_MAX, None, "households", ids)


async def _held(ctx: Context, wanted: HouseholdList, asked: Window, *, whole: bool) -> Sequence[Household]:
    attributes = None if wanted.is_live else wanted.attributes
    if wanted.household_ids is not None:
        ids = list(dict.fromkeys(wanted.household_ids))
        found = await registry.find_households(ctx.session, ids, whole=whole, attributes=attributes)
        return [household for household in found if household is not None]
    page = region_page(ctx, asked, wanted.region_code)
    listed = await registry.list_households(ctx.session, page, wanted.verdict, whole=whole, attributes=attributes)
    if not listed:
        await explain_nothing(ctx, wanted.region_code, wanted.verdict)
    return listed


async def _as_of_now(ctx: Context, held: Sequence[Household], found: LookedUp, *, whole: bool) -> list[Household]:
    """Each household as its district has it, or as the hub has it where the district did not answer; not those gone."""
    present = [
        household
        for household in held
        if household.regency_code not in found.answered
        or (household.regency_code, household.source_record_id) in found.records
    ]
    live = [household for household in present if household.regency_code in found.answered]
    ids = [household.household_id for household in live]
    known = dict(zip(ids, await registry.list_members(ctx.session, ids, whole=True), strict=True)) if ids else {}
    now: dict[int, Household] = {}
    for household in live:
        record = found.records[household.regency_code, household.source_record_id]
        members = live_members(household, record, known[household.household_id], ctx.clock())
        ctx.live_members[household.household_id] = (
            members if whole else [msgspec.structs.replace(member, nik=mask(member.nik)) for member in members]
        )
        now[household.household_id] = live_household(household, record, ctx.clock())
    rows = [now.get(household.household_id, household) for household in present]
    return rows if whole else [msgspec.structs.replace(row, kk_number=mask(row.kk_number)) for row in rows]


def _key(household: Household) -> Key:
    return (household.region_code, household.household_id)
