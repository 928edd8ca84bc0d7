"""Case files and lines of their histories, made straight in the database: what tests of events need in numbers."""

from datetime import UTC, datetime
from typing import Any

from hub.store.case_history import NewCaseEvent, add_events
from hub.store.database import Session

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SECRET = "Slamet's mother is ill"

_CASE_FILES = """
insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    region_code, number, type, category, channel, status, received_at, is_sensitive)
select n, 'HUB', n::text, 1, $3, $3, $2, $2 || '.01.2001', n::text, 'NEED', 'FOOD', 'WALK_IN', 'RECEIVED', $3, $4
from unnest($1::bigint[]) n
"""
_LINES = """
insert into case_event (case_file_id, event_no, event_key, field_group, actor, actor_role, regency_code, happened_at, recorded_at)
select $1, b.last + n, 'line ' || b.last + n, 'NOTE', 'test', 'HUB', $2, $4, $4
from generate_series(1, $3::integer) n,
    (select coalesce(max(event_no), 0) as last from case_event where case_file_id = $1) b
"""


async def open_case_files(jobs: Session, regency: str, *numbers: int, is_sensitive: bool = False) -> None:
    """Case files whose ids and numbers are these."""
    async with jobs.connection() as connection:
        await connection.execute(_CASE_FILES, list(numbers), regency, NOW, is_sensitive)


async def note_lines(jobs: Session, regency: str, number: int, count: int) -> None:
    """So many lines of history in one statement."""
    async with jobs.connection() as connection:
        await connection.execute(_LINES, number, regency, count, NOW)


async def note(jobs: Session, number: int, key: str, **values: Any) -> None:
    """One line of history, as the hub writes it."""
    line: dict[str, Any] = {
        "field_group": "NOTE",
        "happened_at": NOW,
        "actor": "officer",
        "actor_role": "DISTRICT_OFFICER",
    }
    await add_events(jobs, [NewCaseEvent(case_file_id=number, event_key=key, **(line | values))], NOW)
