"""What follows from a change of a case file, in the transaction of the change: its history, and all that reads from it."""

from collections.abc import Sequence
from datetime import datetime

from hub.store import case_history
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from resolvers import case_outbox, clocks, ended_needs

HUB = "HUB"


async def note_changes(session: Session, events: Sequence[NewCaseEvent], now: datetime, origin: str = HUB) -> None:
    """Write the history of changes that were just made, and let what depends on it follow. The case files are held.

    `origin`: the system in which they were made; what came from a district is not told to it.
    """
    await case_history.add_events(session, events, now)
    withdrawn = await ended_needs.withdraw(session, ended_needs.ended_by(events), now)
    if withdrawn:
        await case_history.add_events(session, withdrawn, now)
    await clocks.follow(session, clocks.moved_by(events), now)
    if origin == HUB:
        await case_outbox.follow(session, events, now)
