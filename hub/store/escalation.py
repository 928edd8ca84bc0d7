"""What the escalation job reads and writes; the promise that no level is told twice is the key of `escalation`."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hub.store.clocks import Escalation
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import read

Held = tuple[int, str, datetime]
"""Case file, kind of a clock, the threshold that it passed."""


class KindFigures(msgspec.Struct, frozen=True):
    """How many running clocks of a kind are at risk, and how many breached."""

    at_risk: int
    breached: int


class Pass(msgspec.Struct, frozen=True):
    """The job as it came to its end last; `escalated` counts all that it ever told."""

    passed_at: datetime
    escalated: int
    figures: dict[str, KindFigures]


async def hold_due(session: Session, now: datetime, after: datetime, batch: int) -> list[Held]:
    """Some clocks that passed a threshold, the earliest at `after`, held with their case files.

    Those that another pass or a change holds are left out.
    """
    rows = await session.fetch(query("escalation", "hold_due"), now=now, after=after, batch=batch)
    return [(row["case_file_id"], row["kind"], row["next_threshold_at"]) for row in rows]


async def raise_held(session: Session, held: Sequence[Held], now: datetime) -> list[Escalation]:
    """Tell the levels that these clocks passed; returns those that were not told before."""
    keys = {"case_file_ids": [one for one, _, _ in held], "kinds": [kind for _, kind, _ in held]}
    rows = await session.fetch(query("escalation", "raise_held"), **keys, now=now)
    await session.execute(query("escalation", "set_next_thresholds"), **keys)
    return read(Escalation, rows)


async def note_pass(session: Session, escalated: int, now: datetime) -> None:
    """The job came to its end."""
    await session.execute(query("escalation", "note_pass"), now=now, escalated=escalated)


async def find_pass(session: Session) -> Pass | None:
    """The last pass that came to its end."""
    row = await session.fetch_row(query("escalation", "find_pass"))
    return None if row is None else Pass(row[0], row[1], msgspec.convert(row[2], dict[str, KindFigures]))
