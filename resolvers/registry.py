"""Households and persons: row-level security bounds what is seen, scopes bound what is legible."""

from collections.abc import Awaitable, Sequence

from execution.joint import Joint
from hub.domain.errors import Invalid
from hub.domain.nik import nik_error
from hub.domain.principal import Scope
from hub.domain.rejects import WAY_OUT
from hub.store import registry
from hub.store.registry import Household, Person, VerdictFilter
from hub.store.rows import Attributes, RegionPage
from resolvers.context import Context
from resolvers.paging import Window
from resolvers.places import require_regions, within
from resolvers.programmes import require_programme


def sees_whole_numbers(ctx: Context) -> bool:
    """Whether the caller sees NIK and KK numbers whole and not masked."""
    return Scope.IDENTITY_READ in ctx.principal.scopes


def households_of(
    ctx: Context, household_ids: Sequence[int], *, attributes: Attributes = None
) -> Joint[list[Household | None]]:
    """The household of each id."""
    return registry.find_households(ctx.session, household_ids, whole=sees_whole_numbers(ctx), attributes=attributes)


async def persons_of(ctx: Context, person_ids: Sequence[int]) -> Sequence[Person | None]:
    """The person of each id."""
    return await registry.find_persons(ctx.session, person_ids, whole=sees_whole_numbers(ctx))


def members_of(
    ctx: Context, household_ids: Sequence[int], *, attributes: Attributes = None
) -> Awaitable[Sequence[Sequence[Person]]]:
    """The present members of each household, those read live as they were read."""
    if ctx.live_members:
        return _live_members_of(ctx, household_ids)
    return registry.list_members(ctx.session, household_ids, whole=sees_whole_numbers(ctx), attributes=attributes)


async def _live_members_of(ctx: Context, household_ids: Sequence[int]) -> list[list[Person]]:
    live = ctx.live_members
    held = [household_id for household_id in household_ids if household_id not in live]
    found = await registry.list_members(ctx.session, held, whole=sees_whole_numbers(ctx)) if held else []
    members = dict(zip(held, found, strict=True))
    return [list(live[each] if each in live else members[each]) for each in household_ids]


async def find_persons_by_nik(ctx: Context, nik: str) -> list[Person]:
    """The present persons who hold a NIK; several when it is contested."""
    ctx.require(Scope.IDENTITY_READ)
    error = nik_error(nik)
    if error is not None:
        raise Invalid(f"this is no NIK ({error}): {WAY_OUT[error]}", ("nik",))
    return await registry.list_persons_by_nik(ctx.session, nik, whole=True)


def region_page(ctx: Context, asked: Window, region_code: str | None) -> RegionPage:
    """The rows that a window asks for, where the caller may look."""
    regions = within(ctx, region_code)
    # an index scan begins at the cursor: a cursor before the range would walk through all regions between them
    code, number = asked.after or (regions.start, -1)
    return RegionPage(regions, (str(code), int(number)), asked.limit)


async def explain_nothing(ctx: Context, region_code: str | None, verdict: VerdictFilter | None) -> None:
    """Raise Invalid when nothing was found because a region or programme does not exist."""
    if region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    if verdict is not None:
        await require_programme(ctx, verdict.programme_code)
