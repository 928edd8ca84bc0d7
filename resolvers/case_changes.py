"""What follows from a change of a case file, in the transaction of the change: its history, and all that reads from it."""

from collections.abc import Sequence
from datetime import datetime

from hub.store import case_history
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from resolvers import clocks


async def note_changes(session: Session, events: Sequence[NewCaseEvent], now: datetime) -> None:
    """Write the history of changes that were just made, and let what depends on it follow. The case files are held."""
    await case_history.add_events(session, events, now)
    await clocks.follow(session, clocks.moved_by(events), now)
