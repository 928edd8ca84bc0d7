"""Moves of households between regencies: found by a job after each sync, and a person's word on what is not proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Role, Scope
from hub.store import household_moves, idempotency
from hub.store.database import Transaction
from hub.store.household_moves import HouseholdMove, MoveDecision
from hub.store.moves import hand_over, lock_moves
from resolvers.context import Context
from resolvers.paging import Page, window
from resolvers.places import is_own, require_regions, within

_REASON_MAX = 500
_REVIEWERS = frozenset({Role.MINISTRY_ANALYST, Role.DISTRICT_OFFICER})


@dataclass(frozen=True, slots=True)
class MoveWord:
    """What a person says of a move in review."""

    is_one: bool
    reason: str


async def household_moves_by_id(ctx: Context, move_ids: Sequence[int]) -> Sequence[HouseholdMove | None]:
    """The move of each id."""
    return await household_moves.find_household_moves(ctx.session, move_ids)


async def moves_of(ctx: Context, household_ids: Sequence[int]) -> Sequence[list[HouseholdMove]]:
    """The moves that each household made, the first one first."""
    return await household_moves.list_moves_of(ctx.session, household_ids)


async def list_household_moves(
    ctx: Context, region_code: str | None, status: str | None, first: int, after: str | None
) -> Page[HouseholdMove]:
    """A page of moves out of or into a region, the first found first."""
    view = window(first, after, "householdMoves", region_code, status)
    after_id = int(view.after[0]) if view.after else 0
    found = await household_moves.list_household_moves(
        ctx.session, within(ctx, region_code), status, after_id=after_id, first=view.limit
    )
    if not found and region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    return view.page(found, lambda move: (move.move_id,))


async def decide_household_move(ctx: Context, move_id: int, word: MoveWord, key: str) -> HouseholdMove:
    """Say of a move in review whether it is one; what is confirmed is handed over at once. The first who says so wins."""
    ctx.require(Scope.LINK_WRITE)
    if ctx.principal.role not in _REVIEWERS:
        raise Forbidden("only an officer of a district or an analyst of the ministry decides about moves")
    if not word.reason.strip() or len(word.reason) > _REASON_MAX:
        raise Invalid(f"say why, in 1 to {_REASON_MAX} characters", ("reason",))
    await _get(ctx, move_id)
    digest = sha256(msgspec.json.encode([move_id, word.is_one, word.reason])).digest()
    async with ctx.jobs.transaction() as transaction:
        claim = idempotency.Claim(ctx.principal.client_id, "householdMoveDecide", key, digest)
        if await idempotency.claim(transaction, claim, ctx.clock()) is None:
            await _decide(ctx, transaction, move_id, word)
            await idempotency.keep(transaction, claim, move_id)
    return await _get(ctx, move_id)


async def _decide(ctx: Context, transaction: Transaction, move_id: int, word: MoveWord) -> None:
    now = ctx.clock()
    await lock_moves(transaction)
    move = (await household_moves.find_household_moves(transaction, [move_id]))[0]
    if move is None:
        raise _no_move(move_id)
    if not is_own(ctx, move.to_regency_code):
        raise Forbidden(f"the regency to which the household may have moved decides: {move.to_regency_code}")
    decision = MoveDecision("CONFIRMED" if word.is_one else "REJECTED", ctx.principal.client_id, now, word.reason)
    if not await household_moves.decide_move(transaction, move_id, decision):
        raise Conflict(f"move {move.id!r} is {move.status}: there is nothing left to decide")
    if word.is_one and not await hand_over(transaction, [move_id], now):
        raise Conflict("the household holds one entitlement in both regencies: revoke one of them first, then confirm")


async def _get(ctx: Context, move_id: int) -> HouseholdMove:
    move = (await household_moves_by_id(ctx, [move_id]))[0]
    if move is None:
        raise _no_move(move_id)
    return move


def _no_move(move_id: int) -> NotFound:
    return NotFound(f"there is no move {opaque_id(Kind.HOUSEHOLD_MOVE, move_id)!r} that you may see")
