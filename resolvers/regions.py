"""Regions: everybody may see them."""

from collections.abc import Sequence
from functools import partial

from hub.store import regions
from hub.store.regions import Region, RegionFilter
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.places import require_regions


async def regions_of(ctx: Context, codes: Sequence[str]) -> Sequence[Region | None]:
    """The region of each code, as it was at most `reference.KEPT_FOR` ago."""
    return await ctx.reference.regions.find(codes, ctx.clock(), partial(regions.find_regions, ctx.session))


async def find_region(ctx: Context, code: str) -> Region | None:
    """The region of a code, or None."""
    return (await regions.find_regions(ctx.session, [code]))[0]


async def list_regions(ctx: Context, wanted: RegionFilter, first: int, after: str | None) -> Page[Region]:
    """A page of regions."""
    asked = window(first, after, "regions", wanted)
    code = str(asked.after[0]) if asked.after else None
    found = await regions.list_regions(ctx.session, wanted, after=code, first=asked.limit)
    if not found and wanted.parent_code is not None:
        await require_regions(ctx.session, [wanted.parent_code], "parentCode")
    return asked.page(found, _key)


async def children_of(ctx: Context, codes: Sequence[str], *, first: int, after: str | None) -> Sequence[Page[Region]]:
    """For each region a page of those right below it. A cursor fits only a single parent."""
    windows = [window(first, after, "children", code) for code in codes]
    last = windows[0].after
    found = await regions.list_children(
        ctx.session, codes, after=str(last[0]) if last else None, first=windows[0].limit
    )
    return [asked.page(children, _key) for asked, children in zip(windows, found, strict=True)]


def _key(region: Region) -> Key:
    return (region.code,)
