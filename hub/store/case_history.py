"""The history of case files: who changed what, when and why. Appended to, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped, read


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCaseEvent:
    """A line to be added. `event_key` names the change wherever it was made: one that comes again adds nothing."""

    case_file_id: int
    event_key: str
    field_group: str
    happened_at: datetime
    actor: str
    actor_role: str
    item: str = ""
    outcome: str = "APPLIED"
    base_version: int | None = None
    version: int | None = None
    from_value: str | None = None
    to_value: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    agency_code: str | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """A line of history."""

    case_file_id: int
    event_no: int
    event_key: str
    field_group: str
    item: str
    outcome: str
    base_version: int | None
    version: int | None
    from_value: str | None
    to_value: str | None
    changes: dict[str, Any]
    reason: str | None
    actor: str
    actor_role: str
    agency_code: str | None
    regency_code: str
    happened_at: datetime
    recorded_at: datetime


async def add_events(session: Session, events: Sequence[NewCaseEvent], now: datetime) -> set[tuple[int, str]]:
    """Add lines in their order; returns (case file id, key) of those that were new. The caller holds the case files."""
    rows = await session.fetch(
        query("case_history", "add_case_events"),
        case_file_ids=[e.case_file_id for e in events],
        event_keys=[e.event_key for e in events],
        field_groups=[e.field_group for e in events],
        items=[e.item for e in events],
        outcomes=[e.outcome for e in events],
        base_versions=[e.base_version for e in events],
        versions=[e.version for e in events],
        from_values=[e.from_value for e in events],
        to_values=[e.to_value for e in events],
        changes=[e.changes for e in events],
        reasons=[e.reason for e in events],
        actors=[e.actor for e in events],
        actor_roles=[e.actor_role for e in events],
        agency_codes=[e.agency_code for e in events],
        happened_ats=[e.happened_at for e in events],
        now=now,
    )
    return {(row["case_file_id"], row["event_key"]) for row in rows}


async def list_events(session: Session, case_file_ids: Sequence[int]) -> list[list[CaseEvent]]:
    """The history of each case file, in its order."""
    rows = await session.fetch(query("case_history", "list_case_events"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((event.case_file_id, event) for event in read(CaseEvent, rows)))
