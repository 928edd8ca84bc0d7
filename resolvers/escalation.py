"""The escalation job [eskalasi]: a case file whose clock passed a threshold rises to the next level, once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from hub.store import escalation
from hub.store.case_history import NewCaseEvent
from hub.store.clocks import Escalation
from hub.store.database import Session
from hub.store.escalation import Held
from resolvers.case_changes import note_changes

BATCH = 1_000
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


async def escalate_due(session: Session, clock: Callable[[], datetime], batch: int = BATCH) -> int:
    """One pass over all that passed a threshold by now; returns how many levels were told.

    Each batch is a transaction: it can be killed at any moment, and several can run at once. What somebody else holds is
    left to the next pass.
    """
    now, after, told = clock(), _BEGINNING, 0
    while True:
        async with session.transaction() as transaction:
            held = await escalation.hold_due(transaction, now, after, batch)
            told += await _escalate(transaction, held, now)
        if not held:
            break
        after = held[-1][-1]  # the index is not walked again over what is done
    await escalation.note_pass(session, told, now)
    return told


async def _escalate(session: Session, held: Sequence[Held], now: datetime) -> int:
    raised = await escalation.raise_held(session, held, now) if held else []
    if raised:
        await note_changes(session, [_line(one) for one in raised], now)
    return len(raised)


def _line(one: Escalation) -> NewCaseEvent:
    return NewCaseEvent(
        case_file_id=one.case_file_id,
        event_key=f"escalation/{one.kind}/{one.level}",
        field_group="ESCALATION",
        happened_at=one.escalated_at,
        actor="slrt-hub",
        actor_role="JOB",
        item=one.kind,
        to_value=one.level,
        changes={"threshold_at": one.threshold_at.isoformat()},
    )
