"""Households, and members alone, that move to another regency: found by letters and numbers, applied in sets, once each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.domain.matches import MatchStatus
from hub.store.database import Session, Transaction
from hub.store.matches import Move, Mover, move_matches
from hub.store.queries import query

ACTOR = "hub:household-move"
_REMOVED_WITHIN = timedelta(days=90)
_MOST_ROUNDS = 20
"""More stations than a household passes between two rounds; what is left is applied with the next sync."""

_FIRST_STEPS = (
    "add_household_aliases",
    "add_person_aliases",
    "take_persons_over",
    "leave_persons",
    "drop_reported",
    "drop_equal_enrolments",
    "join_enrolments",
    "drop_equal_links",
    "join_links",
    "join_link_members",
    "drop_pairs",
    "drop_keys",
    "join_matches",
    "drop_waiting",
    "join_candidates",
    "join_case_files",
    "join_village_services",
    "join_services_alone",
    "join_effects",
    "join_effects_alone",
    "join_findings",
    "drop_verdicts",
    "drop_joined_persons",
    "join_persons",
    "bring_alone",
    "join_family_cards",
    "drop_family_cards",
    "take_household_over",
    "drop_joined_households",
)
"""What hangs on a row is joined before the row goes."""
_LAST_STEPS = (
    "rehome_matches",
    "rehome_match_events",
    "rehome_slots",
    "rehome_match_reviews",
    "rehome_enrolments",
    "rehome_links",
    "rehome_verdicts",
    "rehome_family_cards",
    "rehome_earlier_moves",
    "note_moved",
    "note_move_effects",
)
"""What hangs on the household gets the regency that it has now."""


async def apply_moves(session: Session, now: datetime) -> int:
    """Find who moved and hand over what is proven, all in one transaction; returns how many moves there were.

    Safe to repeat. What is not proven is put to review; whatever order the records came in, the end is the same.
    """
    moved = 0
    async with session.transaction() as transaction:
        await lock_moves(transaction)
        for _ in range(_MOST_ROUNDS):
            await _find(transaction, now)
            rows = await transaction.fetch(query("move", "list_ready_moves"))
            done = await hand_over(transaction, [row["move_id"] for row in rows], now)
            if not done:
                break
            moved += len(done)
    return moved


async def lock_moves(transaction: Transaction) -> None:
    """No other moves are applied, and no records merged, until the transaction ends."""
    await transaction.execute(query("move", "lock_moves"))


async def hand_over(transaction: Transaction, move_ids: Sequence[int], now: datetime) -> list[int]:
    """Apply moves of which no two share a household or person; returns those that were done, the others wait for a person."""
    if not move_ids:
        return []
    await transaction.execute(query("move_apply", "create_stage_same"))
    await transaction.execute(query("move_apply", "clear_stage_same"))
    await transaction.execute(query("move_apply", "find_same_by_nik"), move_ids=list(move_ids))
    await transaction.execute(query("move_apply", "find_same_by_name"), move_ids=list(move_ids))
    await transaction.execute(query("move_apply", "find_same_alone"), move_ids=list(move_ids))
    twice = await transaction.fetch(query("move_apply", "find_issued_twice"), move_ids=list(move_ids))
    going = sorted(set(move_ids) - {row["move_id"] for row in twice})
    if not going:
        return []
    if twice:
        await transaction.execute(query("move_apply", "keep_same_of"), move_ids=going)
    await _give_slots_back(transaction, going, now)
    known: dict[str, object] = {"move_ids": going, "now": now}
    steps = [query("move_apply", step) for step in _FIRST_STEPS] + [query("move_rehome", step) for step in _LAST_STEPS]
    for statement in steps:
        await transaction.execute(statement, **{name: known[name] for name in statement.parameters})
    return going


async def _find(transaction: Transaction, now: datetime) -> None:
    await transaction.execute(query("move", "create_stage_move"))
    await transaction.execute(query("move", "clear_stage_move"))
    await transaction.execute(query("move", "find_moves"), removed_since=now - _REMOVED_WITHIN)
    await transaction.execute(query("move", "find_person_moves"))
    await transaction.execute(query("move", "drop_stale_reviews"))
    await transaction.execute(query("move", "record_moves"), now=now)


async def _give_slots_back(transaction: Transaction, move_ids: list[int], now: datetime) -> None:
    """What is not yet accepted goes back to the pool of the region that was left; of two matches for one thing one stays."""
    for step, status in (("list_released", MatchStatus.RELEASED), ("list_superseded", MatchStatus.SUPERSEDED)):
        rows = await transaction.fetch(query("move_apply", step), move_ids=move_ids)
        moves = [Move(row["match_id"], f"household-move:{row['move_id']}", "MOVED_AWAY") for row in rows]
        await move_matches(transaction, status, moves, Mover(ACTOR, now))
