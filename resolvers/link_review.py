"""The review queue: pairs side by side, decisions that stay, and what follows from one for verdicts, matches and slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import msgspec

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.matches import MatchStatus
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Role, Scope
from hub.store import idempotency, link_review
from hub.store.database import Session, Transaction
from hub.store.eligibility import evaluate, list_rules
from hub.store.link_review import (
    ActiveMatch,
    Cause,
    Decision,
    Link,
    LinkEvent,
    LinkFilter,
    LinkStatus,
    MatchReview,
    RosterEntry,
)
from hub.store.linking import apply_links, lock_linking
from hub.store.matches import Move, Mover, move_matches
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.places import is_own, require_regions, within
from resolvers.registry import sees_whole_numbers

Order = Literal["OLDEST", "SUREST"]
Verdicts = dict[tuple[int | None, str], str]
_REASON_MAX = 500
_REVIEWERS = frozenset({Role.MINISTRY_ANALYST, Role.DISTRICT_OFFICER})
_BEYOND = 1e9
"""Beyond every weight."""
_NUMBER_WEIGHS = 999.0
"""Where a link without a weight stands: a number speaks for it."""
_NOT_TOLD = frozenset({"PROPOSED", "RESERVED"})
"""Statuses of which the household has not heard: such a match can be given back without asking anybody."""


@dataclass(frozen=True, slots=True)
class LinkQuestion:
    """Which part of the queue; None means any."""

    region_code: str | None
    status: LinkStatus
    order: Order


async def links_by_id(ctx: Context, link_ids: Sequence[int]) -> Sequence[Link | None]:
    """The link of each id."""
    return await link_review.find_links(ctx.session, link_ids)


async def roster_entries_of(ctx: Context, keys: Sequence[tuple[str, str]]) -> Sequence[RosterEntry | None]:
    """The roster line of each key (source, record)."""
    return await link_review.find_roster_entries(ctx.session, keys, whole=sees_whole_numbers(ctx))


async def link_events_of(ctx: Context, link_ids: Sequence[int]) -> Sequence[list[LinkEvent]]:
    """The history of each link."""
    return await link_review.list_link_events(ctx.session, link_ids)


async def match_reviews_by_id(ctx: Context, review_ids: Sequence[int]) -> Sequence[MatchReview | None]:
    """The review of each id."""
    return await link_review.find_match_reviews(ctx.session, review_ids)


async def open_reviews_of(ctx: Context, match_ids: Sequence[int]) -> Sequence[MatchReview | None]:
    """The open review of each match."""
    return await link_review.list_open_reviews_of(ctx.session, match_ids)


async def list_links(ctx: Context, asked: LinkQuestion, first: int, after: str | None) -> Page[Link]:
    """A page of links of a status, the oldest or the surest first."""
    view = window(first, after, "links", asked.region_code, asked.status, asked.order)
    wanted = LinkFilter(within(ctx, asked.region_code), asked.status)
    if asked.order == "OLDEST":
        after_id = int(view.after[0]) if view.after else 0
        found = await link_review.list_oldest(ctx.session, wanted, after_id=after_id, first=view.limit)
    else:
        place = (float(view.after[0]), int(view.after[1])) if view.after else (_BEYOND, 0)
        found = await link_review.list_surest(ctx.session, wanted, after=place, first=view.limit)
    if not found and asked.region_code is not None:
        await require_regions(ctx.session, [asked.region_code], "regionCode")
    return view.page(found, _oldest_key if asked.order == "OLDEST" else _surest_key)


async def list_match_reviews(ctx: Context, region_code: str | None, first: int, after: str | None) -> Page[MatchReview]:
    """A page of matches that wait for a person on duty, the oldest first."""
    view = window(first, after, "matchReviews", region_code)
    after_id = int(view.after[0]) if view.after else 0
    found = await link_review.list_match_reviews(
        ctx.session, within(ctx, region_code), after_id=after_id, first=view.limit
    )
    if not found and region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    return view.page(found, lambda review: (review.review_id,))


async def decide_link(ctx: Context, link_id: int, verdict: Literal["LINK", "REJECT"], reason: str, key: str) -> Link:
    """Say of a pair in review, or of one that the hub linked, whether it is one; the first who says so wins."""
    status: LinkStatus = "LINKED" if verdict == "LINK" else "REJECTED"
    return await _change(ctx, "linkDecide", (link_id, status, reason), key)


async def undo_link(ctx: Context, link_id: int, reason: str, key: str) -> Link:
    """Take a link or a decision back: LINKED becomes UNDONE, what was REJECTED or UNDONE goes to REVIEW again."""
    return await _change(ctx, "linkUndo", (link_id, None, reason), key)


async def resolve_review(
    ctx: Context, review_id: int, resolution: Literal["KEEP", "GIVE_BACK"], reason: str, key: str
) -> MatchReview:
    """Say what becomes of a match in review: it stands, or its slot goes back to the pool."""
    ctx.require(Scope.MATCH_WRITE)
    _check_reason(reason)
    if (await match_reviews_by_id(ctx, [review_id]))[0] is None:
        raise _no_review(review_id)
    asked = [review_id, resolution, reason]
    async with ctx.jobs.transaction() as transaction:
        claim = _claim(ctx, "matchReviewResolve", key, asked)
        if await idempotency.claim(transaction, claim, ctx.clock()) is None:
            await _resolve(ctx, transaction, review_id, resolution, reason)
            await idempotency.keep(transaction, claim, review_id)
    review = (await match_reviews_by_id(ctx, [review_id]))[0]
    if review is None:
        raise _no_review(review_id)
    return review


async def _change(ctx: Context, operation: str, asked: tuple[int, LinkStatus | None, str], key: str) -> Link:
    ctx.require(Scope.LINK_WRITE)
    if ctx.principal.role not in _REVIEWERS:
        raise Forbidden("only an officer of a district or an analyst of the ministry decides about links")
    link_id, wanted, reason = asked
    _check_reason(reason)
    if (await links_by_id(ctx, [link_id]))[0] is None:
        raise _no_link(link_id)
    async with ctx.jobs.transaction() as transaction:
        claim = _claim(ctx, operation, key, asked)
        if await idempotency.claim(transaction, claim, ctx.clock()) is None:
            await _decide(ctx, transaction, link_id, wanted, reason)
            await idempotency.keep(transaction, claim, link_id)
    link = (await links_by_id(ctx, [link_id]))[0]
    if link is None:
        raise _no_link(link_id)
    return link


async def _decide(ctx: Context, transaction: Transaction, link_id: int, wanted: LinkStatus | None, reason: str) -> None:
    await lock_linking(transaction)
    link = await link_review.lock_link(transaction, link_id)
    if link is None or not is_own(ctx, link.regency_code):
        raise _no_link(link_id)
    status = _undone(link) if wanted is None else wanted
    if wanted is not None and link.status != "REVIEW" and link.decided_by is not None:
        raise Conflict(
            f"link {link.id!r} is {link.status}, by {link.decided_by or 'the hub'}: undo that first, then decide"
        )
    if status == "LINKED":
        other = await link_review.find_linked_elsewhere(transaction, link_id)
        if other is not None:
            raise Conflict(
                f"the roster line is linked by {opaque_id(Kind.LINK, other)!r} to another unit: undo that link first"
            )
    decision = Decision(status, ctx.principal.client_id, ctx.clock(), reason)
    version = await link_review.decide(transaction, link_id, decision)
    if "LINKED" in (link.status, status):
        await _follow(transaction, link, version, decision)


def _undone(link: Link) -> LinkStatus:
    if link.status == "REVIEW":
        raise Conflict(f"link {link.id!r} waits for a decision: there is nothing to undo")
    return "UNDONE" if link.status == "LINKED" else "REVIEW"


async def _follow(transaction: Transaction, link: Link, version: int, decision: Decision) -> None:
    """Enrolments, verdicts, matches and slots of the household after its roster line was linked, or linked no more."""
    cause: Cause = "LINK_MADE" if decision.status == "LINKED" else "LINK_UNDONE"
    household_id = link.household_id
    matches = await link_review.list_active_matches(transaction, household_id)
    before = await link_review.list_verdicts(transaction, household_id)
    await apply_links(transaction, [link.entry])
    for rule in await list_rules(transaction, decision.decided_at.date()):
        await evaluate(transaction, rule, decision.decided_at, [household_id])
    after = await link_review.list_verdicts(transaction, household_id)
    if cause == "LINK_UNDONE":
        await link_review.settle_reviews_of(transaction, link.link_id, "LINK_MADE", decision)
    lost = [match for match in matches if _lost_its_ground(match, link, cause, (before, after))]
    mover = Mover(decision.decided_by, decision.decided_at)
    moves = [Move(m.match_id, f"link:{link.link_id}:{version}", cause) for m in lost if m.status in _NOT_TOLD]
    await move_matches(transaction, MatchStatus.RELEASED, moves, mover)
    told = [match.match_id for match in lost if match.status not in _NOT_TOLD]
    if told:
        raised = (decision.decided_by, decision.decided_at)
        await link_review.put_to_review(transaction, told, link.link_id, cause, raised)


def _lost_its_ground(match: ActiveMatch, link: Link, cause: Cause, verdicts: tuple[Verdicts, Verdicts]) -> bool:
    """Whether a match stood on what was decided: its unit is no longer eligible, or the undone roster line confirmed it."""
    if match.status == "ISSUED":
        is_unit = (match.programme_code, match.person_id) == (link.programme_code, link.person_id)
        return cause == "LINK_UNDONE" and is_unit and match.national_reference == link.source_record_id
    before, after = (of.get((match.person_id, match.programme_code)) for of in verdicts)
    return after != before and after != "ELIGIBLE"


async def _resolve(ctx: Context, transaction: Transaction, review_id: int, resolution: str, reason: str) -> None:
    review = await link_review.lock_match_review(transaction, review_id)
    if review is None or not is_own(ctx, review.regency_code):
        raise _no_review(review_id)
    if review.resolution is not None:
        raise Conflict(f"review {review.id!r} was resolved by {review.resolved_by}: {review.resolution}")
    now = ctx.clock()
    if resolution == "GIVE_BACK":
        await _give_back(transaction, review, Mover(ctx.principal.client_id, now))
    await link_review.resolve_match_review(transaction, review_id, resolution, (ctx.principal.client_id, now, reason))


async def _give_back(transaction: Session, review: MatchReview, mover: Mover) -> None:
    """RELEASED, or REVOKED when it was issued; a match that came to its end meanwhile stays so."""
    move = Move(review.match_id, f"review:{review.review_id}", review.cause)
    released = await move_matches(transaction, MatchStatus.RELEASED, [move], mover)
    if released[0].result == "REFUSED" and released[0].from_status == "ISSUED":
        await move_matches(transaction, MatchStatus.REVOKED, [move], mover)


def _claim(ctx: Context, operation: str, key: str, asked: Sequence[object]) -> idempotency.Claim:
    return idempotency.Claim(ctx.principal.client_id, operation, key, sha256(msgspec.json.encode(asked)).digest())


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _REASON_MAX:
        raise Invalid(f"say why, in 1 to {_REASON_MAX} characters", ("reason",))


def _no_link(link_id: int) -> NotFound:
    return NotFound(f"there is no link {opaque_id(Kind.LINK, link_id)!r} that you may see")


def _no_review(review_id: int) -> NotFound:
    return NotFound(f"there is no review {opaque_id(Kind.MATCH_REVIEW, review_id)!r} that you may see")


def _oldest_key(link: Link) -> Key:
    return (link.link_id,)


def _surest_key(link: Link) -> Key:
    return (repr(_NUMBER_WEIGHS if link.weight is None else link.weight), link.link_id)
