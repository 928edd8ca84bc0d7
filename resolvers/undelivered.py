"""What other systems were not told, all of it for the ministry, of its own regency for a district; tried again or dropped."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain.errors import NotFound
from hub.domain.principal import Scope
from hub.store import outbox
from hub.store.database import Session
from hub.store.outbox import Undelivered
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.places import require_regions
from resolvers.registry import region_page

_SHOWN = 40


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


async def retry_messages(jobs: Session, destination: str, message_ids: Sequence[int] | None, now: datetime) -> int:
    """Make what waits or is dead due now, all or those named; returns how many. Raises NotFound for what there is not."""
    async with jobs.transaction() as transaction:
        await _require_messages(transaction, destination, message_ids or (), ("PENDING", "DEAD"))
        return await outbox.retry(transaction, destination, message_ids, now)


async def drop_messages(jobs: Session, destination: str, message_ids: Sequence[int], reason: str) -> int:
    """Give dead messages up for good; returns how many. Raises NotFound for what there is not, and then drops none."""
    async with jobs.transaction() as transaction:
        await _require_messages(transaction, destination, message_ids, ("DEAD",))
        return await outbox.give_up(transaction, destination, message_ids, reason)


async def _require_messages(
    session: Session, destination: str, message_ids: Sequence[int], statuses: Sequence[str]
) -> None:
    if not await outbox.is_destination(session, destination):
        raise NotFound(
            f"there is no destination {destination[:_SHOWN]!r}: `slrt-hub district list` names all districts, and "
            "`slrt-hub outbox list` those with messages"
        )
    others = await outbox.list_others(session, destination, message_ids, statuses)
    if others:
        raise NotFound(
            f"no messages for {destination} that are {' or '.join(statuses)}: {', '.join(map(str, others[:_SHOWN]))}; "
            "`slrt-hub outbox list` shows them"
        )


def _key(message: Undelivered) -> Key:
    return (message.regency_code, message.message_id)
