"""Programmes, enrolments, pools and coverage."""

from collections.abc import Awaitable, Sequence
from functools import partial

from hub.domain.errors import Invalid
from hub.store import programmes
from hub.store.programmes import Coverage, Enrolment, EntitlementPool, PoolFilter, Programme, RuleInForce
from hub.store.rows import Attributes
from resolvers.context import Context
from resolvers.paging import FIRST_MAX, Key, Page, window
from resolvers.places import require_regions


async def programmes_of(ctx: Context, codes: Sequence[str]) -> Sequence[Programme | None]:
    """The programme of each code, as it was at most `reference.KEPT_FOR` ago."""
    return await ctx.reference.programmes.find(codes, ctx.clock(), partial(programmes.find_programmes, ctx.session))


async def list_programmes(ctx: Context) -> list[Programme]:
    """All programmes."""
    return await programmes.list_programmes(ctx.session)


async def require_programme(ctx: Context, code: str) -> None:
    """Raise Invalid when no programme has the code."""
    if (await programmes.find_programmes(ctx.session, [code]))[0] is None:
        known = ", ".join(programme.code for programme in await list_programmes(ctx))
        raise Invalid(f"there is no programme {code!r}: the programmes are {known}", ("programmeCode",))


async def rules_of(ctx: Context, codes: Sequence[str]) -> Sequence[RuleInForce | None]:
    """The rule in force of each programme, today."""
    return await programmes.find_rules(ctx.session, codes, ctx.clock().date())


def enrolments_of_households(
    ctx: Context, household_ids: Sequence[int], *, attributes: Attributes = None
) -> Awaitable[Sequence[Sequence[Enrolment]]]:
    """The enrolments of each household, those of its members too."""
    return programmes.list_enrolments_of_households(ctx.session, household_ids, attributes)


async def enrolments_of_persons(ctx: Context, units: Sequence[tuple[int, int]]) -> Sequence[list[Enrolment]]:
    """The enrolments of each person, given as (household, person)."""
    return await programmes.list_enrolments_of_persons(ctx.session, units)


async def pools_of(ctx: Context, pool_ids: Sequence[int]) -> Sequence[EntitlementPool | None]:
    """The pool of each id, as far as it concerns the caller's region."""
    return await programmes.find_pools(ctx.session, pool_ids, ctx.principal.regions)


async def list_pools(
    ctx: Context, programme_code: str | None, region_code: str | None, first: int, after: str | None
) -> Page[EntitlementPool]:
    """A page of the pools that concern the caller's region."""
    asked = window(first, after, "pools", programme_code, region_code)
    wanted = PoolFilter(ctx.principal.regions, programme_code, region_code)
    after_id = int(asked.after[0]) if asked.after else 0
    found = await programmes.list_pools(ctx.session, wanted, after_id=after_id, first=asked.limit)
    if not found:
        await _explain_nothing(ctx, programme_code, [] if region_code is None else [region_code], "regionCode")
    return asked.page(found, _key)


async def list_coverage(
    ctx: Context, codes: Sequence[str], programme_code: str | None, *, attributes: Attributes = None
) -> Sequence[Coverage]:
    """Coverage of some regions; those without households, or out of the caller's sight, have none."""
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > FIRST_MAX:
        raise Invalid(f"name at most {FIRST_MAX} regions, not {len(wanted)}", ("regionCodes",))
    found = await programmes.list_coverage(ctx.session, wanted, programme_code, attributes)
    missing = sorted(set(wanted).difference(found.column("region_code")))
    await _explain_nothing(ctx, None if found else programme_code, missing, "regionCodes")
    return found


async def list_coverage_of_children(
    ctx: Context, parent_code: str, programme_code: str | None, *, attributes: Attributes = None
) -> Sequence[Coverage]:
    """Coverage of the regions right below one, as far as the caller may see them."""
    found = await programmes.list_coverage_of_children(ctx.session, parent_code, programme_code, attributes)
    if not found:
        await _explain_nothing(ctx, programme_code, [parent_code], "parentCode")
    return found


async def _explain_nothing(ctx: Context, programme_code: str | None, codes: Sequence[str], argument: str) -> None:
    if codes:
        await require_regions(ctx.session, codes, argument)
    if programme_code is not None:
        await require_programme(ctx, programme_code)


def _key(pool: EntitlementPool) -> Key:
    return (pool.pool_id,)
