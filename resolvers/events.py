"""Following what happens to matches, case files and referrals."""

from collections.abc import AsyncGenerator, Sequence

from hub.domain.errors import Forbidden, InternalError, Invalid
from hub.domain.events import SCOPE_OF_TOPIC, Interest, Topic, read_cursor
from hub.store.event_feed import EventFeed, Follower
from hub.store.events import Event, find_head
from resolvers.context import Context
from resolvers.places import require_regions, within

_REGENCY_CODE = 5


async def follow_events(
    ctx: Context, topic: Topic, region_code: str | None, after: str | None
) -> AsyncGenerator[Sequence[Event]]:
    """What happens in a region from now on, or after a cursor: some events at a time, in order, each at least once.

    Raises Invalid, Forbidden or CursorTooOld before the first one; CursorTooOld later, too, for one who is too slow.
    """
    feed = _feed_of(ctx)
    interest = await interest_of(ctx, frozenset({topic}), region_code)
    await feed.ready()
    position = feed.position if after is None else await _position_of(ctx, after)
    follower = Follower(feed, ctx.session, interest, position)
    async for events in follower.stretches(_only_regency(ctx, region_code)):
        yield events


async def interest_of(ctx: Context, topics: frozenset[Topic], region_code: str | None) -> Interest:
    """What the caller may follow of a region; raises Invalid or Forbidden."""
    for topic in topics:
        ctx.require(SCOPE_OF_TOPIC[topic])
    if region_code is not None and len(region_code) > _REGENCY_CODE:
        raise Invalid(
            f"{region_code!r} lies below a regency: name a province or regency, such as 35.10", ("regionCode",)
        )
    regions = within(ctx, region_code)
    if regions.start >= regions.end:
        raise Forbidden("there is no region whose events you may follow")
    if region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    return Interest(topics, regions, ctx.principal.sees_sensitive)


async def _position_of(ctx: Context, after: str) -> int:
    position = read_cursor(after)
    head = await find_head(ctx.session)
    if position > head.last_position:
        raise Invalid("the cursor `after` lies in the future: it is not of this hub's events", ("after",))
    head.require_after(position)
    return position


def _only_regency(ctx: Context, region_code: str | None) -> str | None:
    """The one regency whose events are wanted, if it is one."""
    own = ctx.principal.regency_code
    asked = region_code if region_code is not None and len(region_code) == _REGENCY_CODE else None
    return own or asked


def _feed_of(ctx: Context) -> EventFeed:
    if ctx.feed is None:
        raise InternalError("this context was made without a feed of events")
    return ctx.feed
