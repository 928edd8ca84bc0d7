"""Case files of one regency without a world around them, their history written by its own seam."""

from collections.abc import Sequence
from datetime import datetime

from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from resolvers import clocks
from resolvers.case_changes import note_changes


async def execute(session: Session, statement: str, *values: object) -> None:
    async with session.connection() as connection:
        await connection.execute(statement, *values)


async def fetch(session: Session, statement: str, *values: object) -> list[tuple]:
    async with session.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement, *values)]


async def open_case_file(
    session: Session,
    number: int,
    received_at: datetime,
    *,
    regency_code: str = "35.10",
    resolution_class: str = "REGULAR",
    category: str = "HEALTH",
) -> int:
    """A case file that was opened in the hub, with its clocks."""
    await execute(
        session,
        "insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at,"
        " regency_code, region_code, number, type, category, channel, status, received_at, resolution_class)"
        " values ($1, 'HUB', 'C' || $1::bigint, 1, $2, $2, $3, $3, 'C' || $1::bigint, 'NEED', $4, 'WALK_IN', 'RECEIVED', $2, $5)",
        number,
        received_at,
        regency_code,
        category,
        resolution_class,
    )
    await clocks.follow(session, [number], received_at)
    return number


def line(case_file_id: int, at: datetime, word: str, key: str) -> NewCaseEvent:
    """A line of history: a status, or ACKNOWLEDGED."""
    is_answer = word == "ACKNOWLEDGED"
    return NewCaseEvent(
        case_file_id=case_file_id,
        event_key=key,
        field_group="ASSIGNMENT" if is_answer else "STATUS",
        item="35.10/DINAS_SOSIAL" if is_answer else "",
        to_value=word,
        happened_at=at,
        actor="officer",
        actor_role="DISTRICT_OFFICER",
    )


async def happen(session: Session, lines: Sequence[NewCaseEvent], recorded_at: datetime) -> None:
    await note_changes(session, lines, recorded_at)
