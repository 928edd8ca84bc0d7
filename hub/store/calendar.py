"""The working-day calendar: days off [hari libur, cuti bersama] of the nation, a province or a regency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.store.clocks import follow_clocks
from hub.store.database import Session
from hub.store.queries import query


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day on which a region does not work; region ID is the nation."""

    region_code: str
    day: date
    kind: str
    name: str
    source: str


async def merge_days_off(session: Session, days: Sequence[DayOff]) -> int:
    """Add days off, or mend their names; returns how many were new. None is ever taken away: due times would move back."""
    added: int = await session.fetch_value(
        query("calendar", "merge_days_off"),
        region_codes=[day.region_code for day in days],
        days=[day.day for day in days],
        kinds=[day.kind for day in days],
        names=[day.name for day in days],
        sources=[day.source for day in days],
    )
    return added


async def follow_running(session: Session, batch: int = 2_000) -> int:
    """Compute all running clocks anew, some case files in one transaction; returns of how many case files."""
    after, followed = -(2**63), 0
    while True:
        async with session.transaction() as transaction:
            rows = await transaction.fetch(query("calendar", "hold_running"), after_id=after, batch=batch)
            ids = [row["case_file_id"] for row in rows]
            await follow_clocks(transaction, ids)
        followed += len(ids)
        if len(ids) < batch:
            return followed
        after = ids[-1]
