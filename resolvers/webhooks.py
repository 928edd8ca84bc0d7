"""Webhooks of a client: registered, given another secret, disabled, and dead letters asked for again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256

import msgspec

from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.events import Topic
from hub.domain.principal import Scope
from hub.domain.webhooks import ENDPOINTS_MAX, require_credential, require_url
from hub.store import idempotency, webhooks
from hub.store.webhooks import DeadLetter, Endpoint, NewEndpoint
from resolvers.context import Context
from resolvers.events import interest_of
from resolvers.paging import Key, Page, window

_OVERLAP_MAX = timedelta(days=30)
_OPERATION = "webhookRegister"
BY_ITS_CLIENT = "DISABLED_BY_ITS_CLIENT"


@dataclass(frozen=True, slots=True)
class Registration:
    """What a client wants to be told, and where."""

    url: str
    topics: tuple[str, ...]
    region_code: str | None
    credential: str


async def register(ctx: Context, wanted: Registration, key: str) -> Endpoint:
    """Deliver what happens from now on; the same key again gives the same webhook.

    What the client may see at this moment bounds what is delivered for good. Raises Invalid, Forbidden or Conflict.
    """
    ctx.require(Scope.WEBHOOK_WRITE)
    require_url(wanted.url)
    require_credential(wanted.credential)
    if not wanted.topics:
        raise Invalid("name one topic at least", ("topics",))
    interest = await interest_of(ctx, frozenset(map(Topic, wanted.topics)), wanted.region_code)
    client_id, now = ctx.principal.client_id, ctx.clock()
    claimed = idempotency.Claim(client_id, _OPERATION, key, sha256(msgspec.json.encode(asdict(wanted))).digest())
    async with ctx.session.transaction() as transaction:
        earlier = await idempotency.claim(transaction, claimed, now)
        if earlier is None:
            if await webhooks.count_endpoints(transaction, client_id) >= ENDPOINTS_MAX:
                raise Conflict(f"a client may have {ENDPOINTS_MAX} active webhooks: disable one first")
            new = NewEndpoint(client_id, wanted.url, interest, wanted.credential)
            earlier = await webhooks.put_endpoint(transaction, new, now)
            await idempotency.keep(transaction, claimed, earlier)
    return await get_webhook(ctx, int(earlier))


async def rotate_secret(ctx: Context, endpoint_id: int, credential: str, overlap: timedelta) -> Endpoint:
    """Sign with another secret, and for a while with the one before, too; the same secret again changes nothing."""
    await get_webhook(ctx, endpoint_id)
    require_credential(credential)
    if not timedelta(0) <= overlap <= _OVERLAP_MAX:
        raise Invalid(f"secrets overlap for 0 to {int(_OVERLAP_MAX.total_seconds())} seconds", ("overlapSeconds",))
    await webhooks.rotate_secret(ctx.session, endpoint_id, credential, ctx.clock() + overlap)
    return await get_webhook(ctx, endpoint_id)


async def disable(ctx: Context, endpoint_id: int) -> Endpoint:
    """Deliver nothing any more; again, it changes nothing."""
    await get_webhook(ctx, endpoint_id)
    await webhooks.disable(ctx.session, endpoint_id, BY_ITS_CLIENT)
    return await get_webhook(ctx, endpoint_id)


async def redeliver(ctx: Context, endpoint_id: int, event_name: str) -> Endpoint:
    """Deliver a dead letter once more, with the same id."""
    endpoint = await get_webhook(ctx, endpoint_id)
    if endpoint.status != "ACTIVE":
        raise Conflict("this webhook is disabled: register another one")
    number = event_name.removeprefix("evt_")
    is_known = number.isascii() and number.isdigit() and len(number) < 19
    if not is_known or not await webhooks.ask_again(ctx.session, endpoint_id, int(number), ctx.clock()):
        raise NotFound(f"no dead letter {event_name[:50]!r} waits at this webhook")
    return endpoint


async def list_webhooks(ctx: Context, first: int, after: str | None) -> Page[Endpoint]:
    """The caller's own; all for the ministry."""
    ctx.require(Scope.WEBHOOK_WRITE)
    view = window(first, after, "webhooks")
    after_id = int(view.after[0]) if view.after else 0
    return view.page(await webhooks.list_endpoints(ctx.session, after_id=after_id, first=view.limit), _place)


async def webhooks_by_id(ctx: Context, endpoint_ids: Sequence[int]) -> Sequence[Endpoint | None]:
    """The webhook of each id, if the caller may see it."""
    return await webhooks.find_endpoints(ctx.session, endpoint_ids)


async def get_webhook(ctx: Context, endpoint_id: int) -> Endpoint:
    """One that the caller may see to; raises NotFound."""
    ctx.require(Scope.WEBHOOK_WRITE)
    (found,) = await webhooks_by_id(ctx, [endpoint_id])
    if found is None:
        raise NotFound("no such webhook of yours")
    return found


async def dead_letters_of(
    ctx: Context, endpoint_ids: Sequence[int], *, first: int, after: str | None
) -> Sequence[Page[DeadLetter]]:
    """What each webhook never took, the oldest first."""
    view = window(first, after, "deadLetters")
    after_id = int(view.after[0]) if view.after else 0
    found = await webhooks.list_dead_letters(ctx.session, endpoint_ids, after_id=after_id, first=view.limit)
    return [view.page(letters, _key) for letters in found]


def _place(endpoint: Endpoint) -> Key:
    return (endpoint.endpoint_id,)


def _key(letter: DeadLetter) -> Key:
    return (letter.event_id,)
