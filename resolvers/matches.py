"""Matches with their history."""

from collections.abc import Awaitable, Sequence

from hub.domain.errors import Invalid
from hub.store import matches_read
from hub.store.matches_read import Match, MatchEvent, MatchFilter
from hub.store.rows import Attributes
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.places import require_regions, within
from resolvers.programmes import require_programme

_REGENCY_CODE = 5


async def matches_by_id(ctx: Context, match_ids: Sequence[int]) -> Sequence[Match | None]:
    """The match of each id."""
    return await matches_read.find_matches(ctx.session, match_ids)


def matches_of_households(
    ctx: Context, household_ids: Sequence[int], *, attributes: Attributes = None
) -> Awaitable[Sequence[Sequence[Match]]]:
    """The matches of each household, those of its members too."""
    return matches_read.list_matches_of_households(ctx.session, household_ids, attributes)


async def matches_of_persons(ctx: Context, units: Sequence[tuple[int, int]]) -> Sequence[list[Match]]:
    """The matches of each person, given as (household, person)."""
    return await matches_read.list_matches_of_persons(ctx.session, units)


async def events_of(ctx: Context, keys: Sequence[tuple[int, int]]) -> Sequence[list[MatchEvent]]:
    """The history of each match, given as (household, match)."""
    return await matches_read.list_events(ctx.session, keys)


async def list_matches(
    ctx: Context, region_code: str | None, programme_code: str | None, status: str | None, asked: tuple[int, str | None]
) -> Page[Match]:
    """A page of matches under a province or regency; `asked` is (first, after)."""
    if region_code is not None and len(region_code) > _REGENCY_CODE:
        raise Invalid(
            f"{region_code!r} lies below a regency: name a province or regency, such as 35.10", ("regionCode",)
        )
    view = window(asked[0], asked[1], "matches", region_code, programme_code, status)
    wanted = MatchFilter(within(ctx, region_code), programme_code, status)
    after_id = int(view.after[0]) if view.after else 0
    found = await matches_read.list_matches(ctx.session, wanted, after_id=after_id, first=view.limit)
    if not found:
        if region_code is not None:
            await require_regions(ctx.session, [region_code], "regionCode")
        if programme_code is not None:
            await require_programme(ctx, programme_code)
    return view.page(found, _key)


def _key(match: Match) -> Key:
    return (match.match_id,)
