"""A page of a list as the districts have it now: one way for all lists that can be asked live."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hub.domain.errors import Invalid
from hub.domain.principal import RegionRange
from hub.federation import search
from hub.federation.completeness import Completeness
from hub.federation.directory import REGENCY_LENGTH, Shard
from hub.federation.lists import ListedRecord, LiveList
from hub.federation.progress import Progress
from hub.federation.routing import shards_of
from hub.federation.search import Found, Replica
from resolvers.context import Context
from resolvers.paging import Page, Window

R = TypeVar("R", bound=ListedRecord)
W = TypeVar("W")


class LivePage(Page[W]):
    """A page of rows; `completeness` is None unless it was read live."""

    completeness: Completeness | None = None


@dataclass(frozen=True, slots=True)
class Asked(Generic[R, W]):
    """What is asked live: a list, of a region and what the caller may see of it, and what stands in for it."""

    listed: LiveList[R, W]
    region_code: str | None
    regions: RegionRange
    replica: Replica[W]
    minimum_coverage: float | None


Show = Callable[[Found[R, W], Sequence[W]], Awaitable[Sequence[W]]]
"""The rows of a page as the caller may see them, of those that were found."""


async def live_page(ctx: Context, asked: Asked[R, W], window: Window, show: Show[R, W]) -> LivePage[W]:
    """The page, with the rows that `show` leaves; what it hides ends no list."""
    progress = Progress() if window.after is None else Progress.read(str(window.after[0]))
    found = await search.read_page(
        ctx.federation.gather,
        shards_under(ctx, asked.region_code, asked.regions),
        asked.replica,
        search.Wanted(asked.listed, window.first, progress),
        ctx.clock(),
    )
    found.completeness.require(asked.minimum_coverage)
    page = LivePage(window, found.rows, lambda row: (found.progress_after(row).write(),))
    _ = page.page_info  # its cursors are those of the rows as they were found
    page.nodes = await show(found, page.nodes)
    page.completeness = found.completeness
    return page


def shards_under(ctx: Context, region_code: str | None, regions: RegionRange) -> Sequence[Shard]:
    """The districts that may hold anything of a region that the caller may see."""
    return shards_of(ctx.federation.directory(), region_code, regions)


def region_within(region_code: str | None) -> str | None:
    """What a district is asked: a region within it by its code; for anything above it all that it has (None)."""
    is_within = region_code is not None and len(region_code) > REGENCY_LENGTH
    return region_code if is_within else None


def require_coverage(minimum_coverage: float | None, *, is_live: bool) -> None:
    """Raise Invalid for a share that cannot be, or that nothing live has to reach."""
    if minimum_coverage is None:
        return
    if not 0 <= minimum_coverage <= 1:
        raise Invalid(f"minimumCoverage is {minimum_coverage}: it is a share from 0 to 1", ("minimumCoverage",))
    if not is_live:
        raise Invalid("minimumCoverage is for what is read live: add live: true, or leave it out", ("minimumCoverage",))
