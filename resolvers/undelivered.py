"""What other systems were not told: for the ministry all of it, for a district what is about its own regency."""

from collections.abc import Sequence

from hub.domain.principal import Scope
from hub.store import outbox
from hub.store.outbox import Undelivered
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.places import require_regions
from resolvers.registry import region_page


async def list_undelivered(
    ctx: Context, region_code: str | None, statuses: Sequence[str] | None, first: int, after: str | None
) -> Page[Undelivered]:
    """A page of messages that are not delivered, in the order of regencies."""
    ctx.require(Scope.CASE_READ)
    asked = window(first, after, "undelivered", region_code, None if statuses is None else sorted(statuses))
    found = await outbox.list_undelivered(ctx.session, region_page(ctx, asked, region_code), statuses)
    if not found and region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    return asked.page(found, _key)


def _key(message: Undelivered) -> Key:
    return (message.regency_code, message.message_id)
