"""A need whose case file is rejected or joined to another has ended: what waits for it is withdrawn, or goes on elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain.opaque_id import Kind, opaque_id
from hub.store import needs
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.needs import Withdrawn

_ENDING = frozenset({"REJECTED", "DUPLICATE"})
_HUB = "hub"


def ended_by(events: Sequence[NewCaseEvent]) -> list[int]:
    """The case files that these lines reject or join to others."""
    moved = {event.case_file_id for event in events if event.field_group == "STATUS" and event.to_value in _ENDING}
    return sorted(moved)


async def withdraw(session: Session, case_file_ids: Sequence[int], now: datetime) -> list[NewCaseEvent]:
    """Withdraw what waits for their needs; the lines of history that tell of it. The case files are held."""
    found = await needs.withdraw_for_needs(session, case_file_ids, _HUB, now) if case_file_ids else []
    others = sorted({one.kept_for for one in found if one.kept_for is not None})
    if others:
        await needs.hold_case_files(session, others)
    return [line for one in found for line in _lines(one, now)]


def _lines(one: Withdrawn, now: datetime) -> list[NewCaseEvent]:
    match = {"programmeCode": one.programme_code, "matchId": opaque_id(Kind.MATCH, one.match_id)}
    key = f"hub/withdrawn/{one.match_id}/{one.line_no}"
    if one.kept_for is None:
        return [match_line(one.case_file_id, key, one.match_id, "RELEASED", match, now)]
    ended = opaque_id(Kind.CASE_FILE, one.case_file_id)
    goes_on = match | {"goesOnIn": opaque_id(Kind.CASE_FILE, one.kept_for)}
    return [
        match_line(one.case_file_id, key, one.match_id, None, goes_on, now),
        match_line(one.kept_for, f"{key}/{ended}", one.match_id, "PROPOSED", match | {"cameFrom": ended}, now),
    ]


def match_line(
    case_file_id: int, key: str, match_id: int, to: str | None, changes: dict[str, str], now: datetime
) -> NewCaseEvent:
    """A line of history by which the hub tells of a match for the need in a case file."""
    return NewCaseEvent(
        case_file_id=case_file_id,
        event_key=key,
        field_group="MATCH",
        item=str(match_id),
        to_value=to,
        changes=changes,
        happened_at=now,
        actor=_HUB,
        actor_role="HUB",
    )
