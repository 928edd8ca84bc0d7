"""Webhooks of a client: registered, given another secret, disabled and enabled, and dead letters asked for again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256

import msgspec

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.events import Topic
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Scope
from hub.domain.webhooks import ENDPOINTS_MAX, require_credential, require_url
from hub.store import idempotency, webhooks
from hub.store.database import Session
from hub.store.webhooks import DeadLetter, Endpoint, NewEndpoint
from resolvers.context import Context
from resolvers.events import interest_of
from resolvers.paging import Key, Page, window

_OVERLAP_MAX = timedelta(days=30)
_OPERATION = "webhookRegister"
_TOO_LONG = 19
"""Digits that no event has."""
BY_ITS_CLIENT = "DISABLED_BY_ITS_CLIENT"
BY_THE_MINISTRY = "DISABLED_BY_THE_MINISTRY"


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
    endpoint = await get_webhook(ctx, endpoint_id)
    reason = BY_ITS_CLIENT if ctx.principal.client_id == endpoint.client_id else BY_THE_MINISTRY
    await webhooks.disable(ctx.session, endpoint_id, reason)
    return await get_webhook(ctx, endpoint_id)


async def enable(ctx: Context, endpoint_id: int) -> Endpoint:
    """Deliver again from the event at which it stood, as far as events are kept; one that is delivered to is left as it is.

    Raises Forbidden for a client whose webhook the ministry disabled, and Conflict when it has too many.
    """
    endpoint = await get_webhook(ctx, endpoint_id)
    if endpoint.status == "DISABLED":
        if ctx.principal.client_id == endpoint.client_id and endpoint.reason == BY_THE_MINISTRY:
            raise Forbidden("the ministry disabled this webhook: ask the ministry to enable it")
        async with ctx.session.transaction() as transaction:
            if await webhooks.count_endpoints(transaction, endpoint.client_id) >= ENDPOINTS_MAX:
                raise Conflict(f"a client may have {ENDPOINTS_MAX} active webhooks: disable one first")
            await webhooks.enable(transaction, endpoint_id, ctx.clock())
    return await get_webhook(ctx, endpoint_id)


async def redeliver(ctx: Context, endpoint_id: int, event_name: str) -> Endpoint:
    """Deliver a dead letter once more, with the same id."""
    endpoint = await _get_active(ctx, endpoint_id)
    await _ask_again(ctx, ctx.session, endpoint_id, [event_name])
    return endpoint


async def retry(ctx: Context, endpoint_id: int, event_names: Sequence[str] | None) -> int:
    """Send at once what comes next, and dead letters once more, all or those named; returns how many letters."""
    await _get_active(ctx, endpoint_id)
    async with ctx.session.transaction() as transaction:
        await webhooks.retry(transaction, endpoint_id, ctx.clock())
        return await _ask_again(ctx, transaction, endpoint_id, event_names)


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
        raise NotFound(f"there is no webhook {opaque_id(Kind.WEBHOOK, endpoint_id)!r} of yours: list them")
    return found


async def _get_active(ctx: Context, endpoint_id: int) -> Endpoint:
    endpoint = await get_webhook(ctx, endpoint_id)
    if endpoint.status != "ACTIVE":
        raise Conflict(f"this webhook is disabled ({endpoint.reason}): enable it first")
    return endpoint


async def _ask_again(ctx: Context, session: Session, endpoint_id: int, event_names: Sequence[str] | None) -> int:
    """All dead letters, or those named; raises NotFound for the first that there is not."""
    named = None if event_names is None else {name: _event_id(name) for name in event_names}
    wanted = None if named is None else [event_id for event_id in named.values() if event_id is not None]
    found = await webhooks.ask_again(session, endpoint_id, wanted, ctx.clock())
    for name, event_id in (named or {}).items():
        if event_id not in found:
            raise NotFound(f"no dead letter {name[:50]!r} waits at this webhook")
    return len(found)


def _event_id(event_name: str) -> int | None:
    number = event_name.removeprefix("evt_")
    is_one = number.isascii() and number.isdigit() and len(number) < _TOO_LONG
    return int(number) if is_one else None


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
