"""A need that a programme covers proposes a match; the refill desk gives it a slot by rank."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain.opaque_id import Kind, opaque_id
from hub.store import matches_read, needs
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.matches_read import Match
from hub.store.needs import Proposed
from resolvers import ended_needs
from resolvers.case_changes import note_changes
from resolvers.context import Clock, Context
from resolvers.ended_needs import match_line
from resolvers.held_case import HeldCase

_AT_A_TIME = 5_000


async def matches_of_needs(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[Match]]:
    """The matches that are to meet the need in each case file; none for case files of other types."""
    lists = await needs.list_matches_of_needs(ctx.session, case_file_ids)
    wanted = list(dict.fromkeys(match_id for ids in lists for match_id in ids))
    found = {match.match_id: match for match in await matches_read.find_matches(ctx.session, wanted) if match}
    return [[found[match_id] for match_id in ids if match_id in found] for ids in lists]


async def propose_for_need(held: HeldCase) -> None:
    """Propose what covers the need in a held case file, if there is one; its history tells of it."""
    if held.case_file.type != "NEED" or held.case_file.household_id is None:
        return
    for one in await needs.propose_for_needs(
        held.session, [held.case_file.case_file_id], held.ctx.principal.client_id, held.now
    ):
        held.tell("MATCH", item=str(one.match_id), to_value="PROPOSED", changes=_changes(one))


async def withdraw_for_all_ended_needs(jobs: Session, clock: Clock) -> int:
    """Withdraw what waits for needs of rejected and joined case files; returns of how many.

    It is for districts that do not tell their changes: of all others it was done with the change.
    """
    ended = after_id = 0
    while case_file_ids := await needs.list_ended_needs(jobs, after_id, _AT_A_TIME):
        async with jobs.transaction() as transaction:
            now = clock()
            await needs.hold_case_files(transaction, case_file_ids)
            lines = await ended_needs.withdraw(transaction, case_file_ids, now)
            await note_changes(transaction, lines, now)
        ended += len({line.case_file_id for line in lines} & set(case_file_ids))
        after_id = case_file_ids[-1]
    return ended


async def propose_for_all_needs(jobs: Session, clock: Clock) -> int:
    """Propose what covers the needs in all open case files, those of districts' systems too; returns how many matches."""
    proposed = after_id = 0
    while case_file_ids := await needs.list_needs(jobs, after_id, _AT_A_TIME):
        async with jobs.transaction() as transaction:
            now = clock()
            found = await needs.propose_for_needs(transaction, case_file_ids, "hub", now)
            if found:
                await needs.hold_case_files(transaction, [one.case_file_id for one in found])
                await note_changes(transaction, [_line(one, now) for one in found], now)
        proposed += len(found)
        after_id = case_file_ids[-1]
    return proposed


def _line(one: Proposed, now: datetime) -> NewCaseEvent:
    key = f"hub/proposed/{one.match_id}"
    return match_line(one.case_file_id, key, one.match_id, "PROPOSED", _changes(one), now)


def _changes(one: Proposed) -> dict[str, str]:
    return {"programmeCode": one.programme_code, "matchId": opaque_id(Kind.MATCH, one.match_id)}
