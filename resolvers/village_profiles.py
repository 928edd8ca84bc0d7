"""Profiles of villages and poverty series, for all regions of a query at once."""

from collections.abc import Sequence

from hub.store import village_profiles
from hub.store.village_profiles import BudgetRow, PovertySeries, VillageProfile
from resolvers.context import Context
from resolvers.paging import Page, window

_BEFORE_ALL_YEARS = 9999


async def profiles_of(ctx: Context, region_codes: Sequence[str]) -> Sequence[VillageProfile | None]:
    """The profile of each village."""
    return await village_profiles.find_profiles(ctx.session, region_codes)


async def budget_lines_of(
    ctx: Context, region_codes: Sequence[str], *, first: int, after: str | None
) -> Sequence[Page[BudgetRow]]:
    """For each village a page of its budget lines, the newest year first, of those read live as they were read.

    A cursor fits only a single village.
    """
    windows = [window(first, after, "budgetLines", code) for code in region_codes]
    last = windows[0].after
    place = (int(last[0]), str(last[1])) if last else (_BEFORE_ALL_YEARS, "")
    limit = windows[0].limit
    held = [code for code in region_codes if code not in ctx.live_budget_lines]
    found = await village_profiles.list_budget_lines(ctx.session, held, after=place, first=limit) if held else []
    lines = dict(zip(held, found, strict=True)) | {
        code: _following(live, place)[:limit] for code, live in ctx.live_budget_lines.items()
    }
    return [
        asked.page(lines[code], lambda line: (line.year, line.activity))
        for asked, code in zip(windows, region_codes, strict=True)
    ]


def _following(lines: Sequence[BudgetRow], place: tuple[int, str]) -> list[BudgetRow]:
    """Of lines that were read live those after a place, as the hub's own are read."""
    year, activity = place
    return [line for line in lines if (-line.year, line.activity) > (-year, activity)]


async def poverty_series_of(
    ctx: Context, region_codes: Sequence[str], *, first: int, after: str | None
) -> Sequence[Page[PovertySeries]]:
    """For each region a page of its poverty series. A cursor fits only a single region."""
    windows = [window(first, after, "povertySeries", code) for code in region_codes]
    last = windows[0].after
    found = await village_profiles.list_series(
        ctx.session,
        region_codes,
        after=(str(last[0]), str(last[1])) if last else ("", ""),
        first=windows[0].limit,
    )
    return [
        asked.page(series, lambda one: (one.origin, one.method)) for asked, series in zip(windows, found, strict=True)
    ]
