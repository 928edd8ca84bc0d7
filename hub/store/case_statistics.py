"""How case files were answered and resolved, counted by district, agency or category."""

from dataclasses import dataclass
from datetime import datetime

from hub.domain.principal import RegionRange
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import read


@dataclass(frozen=True, slots=True)
class CaseStatistics:
    """Counts of case files that were received in a period. None: withheld, for it would tell of a few."""

    code: str
    received: int
    answered_in_time: int | None
    response_breached: int | None
    median_minutes_to_response: float | None
    resolved_in_time: int | None
    resolution_breached: int | None
    open: int | None
    at_risk: int | None
    escalated_to_regency: int | None
    escalated_to_province: int | None
    escalated_to_ministry: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted: a period of receipt, where, and by what."""

    grouping: str
    regions: RegionRange
    received_from: datetime
    received_before: datetime


async def count_groups(session: Session, counted: Counted, now: datetime, first: int) -> list[CaseStatistics]:
    """A row for each group that has any, in the order of their codes."""
    rows = await session.fetch(
        query("case_statistics", "count_groups"),
        grouping=counted.grouping,
        region_from=counted.regions.start,
        region_to=counted.regions.end,
        received_from=counted.received_from,
        received_before=counted.received_before,
        now=now,
        first=first,
    )
    return read(CaseStatistics, rows)
