"""Clocks of case files [tenggat] follow what happens to them, in the transaction in which it happens."""

from collections.abc import Sequence
from datetime import datetime

from hub.store import clocks
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session

_MOVING = frozenset({"OPENING", "DESCRIPTION", "STATUS", "ASSIGNMENT"})
"""Groups of fields on which a clock depends."""


async def follow(session: Session, case_file_ids: Sequence[int], now: datetime) -> None:  # noqa: ARG001 -- as every follower
    """Compute the clocks of case files anew from their history; the caller holds them."""
    await clocks.follow_clocks(session, case_file_ids)


def moved_by(events: Sequence[NewCaseEvent]) -> list[int]:
    """The case files whose clocks these lines may move."""
    return sorted({event.case_file_id for event in events if event.field_group in _MOVING})
