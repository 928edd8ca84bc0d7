"""How case files are moved and described, and the assignments [disposisi] of agencies that work on them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from hub.domain.cases import OPEN
from hub.store.case_history import CaseEvent
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped, read


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one agency has to do with a case file."""

    case_file_id: int
    assignment_no: int
    agency_code: str
    role: str
    status: str
    version: int
    regency_code: str
    assigned_at: datetime
    acknowledged_at: datetime | None
    ended_at: datetime | None
    result: str | None

    @property
    def is_active(self) -> bool:
        """Whether the agency still works on it."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Description:
    """What changes of what a case file says; None leaves the value."""

    type: str | None = None
    category: str | None = None
    summary: str | None = None
    resolution_class: str | None = None
    is_sensitive: bool | None = None


async def move_case_files(
    session: Session,
    case_file_ids: Sequence[int],
    status: str,
    now: datetime,
    *,
    resolution: str | None = None,
    duplicate_of: int | None = None,
) -> dict[int, int]:
    """Move case files, which the caller holds, to one status; returns the new version of the status of each."""
    rows = await session.fetch(
        query("casework", "move_case_files"),
        case_file_ids=list(case_file_ids),
        status=status,
        resolution=resolution,
        duplicate_of=duplicate_of,
        now=now,
    )
    return {row["case_file_id"]: row["status_version"] for row in rows}


async def describe_case_file(session: Session, case_file_id: int, description: Description, now: datetime) -> int:
    """Describe a case file otherwise; returns the new version of its description."""
    version: int = await session.fetch_value(
        query("casework", "describe_case_file"), case_file_id=case_file_id, now=now, **asdict(description)
    )
    return version


async def change_subject(
    session: Session, case_file_id: int, household_id: int, person_id: int | None, now: datetime
) -> int:
    """Say whom a case file is about; returns the new version of its subject."""
    version: int = await session.fetch_value(
        query("casework", "change_subject"),
        case_file_id=case_file_id,
        household_id=household_id,
        person_id=person_id,
        now=now,
    )
    return version


async def list_assignments(session: Session, case_file_ids: Sequence[int]) -> list[list[Assignment]]:
    """The assignments of each case file, the first ones first."""
    rows = await session.fetch(query("casework", "list_assignments"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((one.case_file_id, one) for one in read(Assignment, rows)))


async def add_assignments(
    session: Session, case_file_id: int, agencies: Sequence[tuple[str, str]], now: datetime
) -> list[Assignment]:
    """Give a case file, which the caller holds, to agencies: pairs of agency code and role."""
    rows = await session.fetch(
        query("casework", "add_assignments"),
        case_file_id=case_file_id,
        agency_codes=[agency_code for agency_code, _ in agencies],
        roles=[role for _, role in agencies],
        now=now,
    )
    return read(Assignment, rows)


async def move_assignments(
    session: Session, assignments: Sequence[Assignment], status: str, result: str | None, now: datetime
) -> list[Assignment]:
    """Move assignments of one case file, which the caller holds."""
    rows = await session.fetch(
        query("casework", "move_assignments"),
        case_file_id=assignments[0].case_file_id,
        assignment_nos=[one.assignment_no for one in assignments],
        status=status,
        result=result,
        now=now,
    )
    return read(Assignment, rows)


async def list_agency_work(
    session: Session, agency_code: str, after: tuple[datetime, int], first: int
) -> list[Assignment]:
    """What an agency has to work on, the oldest first, after an assignment."""
    rows = await session.fetch(
        query("casework", "list_agency_work"),
        agency_code=agency_code,
        after_at=after[0],
        after_id=after[1],
        first=first,
    )
    return read(Assignment, rows)


async def takes_case_updates(session: Session, source_code: str) -> bool:
    """Whether a district's system takes changes of its case files from the hub."""
    takes: bool = await session.fetch_value(query("casework", "takes_case_updates"), source_code=source_code)
    return takes


async def list_history(
    session: Session, case_file_ids: Sequence[int], after_no: int, first: int
) -> list[list[CaseEvent]]:
    """The next lines of history of each case file, in order."""
    rows = await session.fetch(
        query("casework", "list_history"), case_file_ids=list(case_file_ids), after_no=after_no, first=first
    )
    return grouped(case_file_ids, ((event.case_file_id, event) for event in read(CaseEvent, rows)))


@dataclass(frozen=True, slots=True)
class Alike:
    """A case file that may be the same as another one (`of_id`), with what both say."""

    of_id: int
    case_file_id: int
    is_same_person: bool
    is_same_household: bool
    summary: str | None
    other_summary: str | None


async def list_alike(
    session: Session, case_file_ids: Sequence[int], within: timedelta, *, per_case: int, per_place: int
) -> list[list[Alike]]:
    """The open case files that may be the same as each of these, before their words are compared."""
    rows = await session.fetch(
        query("casework", "list_alike"),
        case_file_ids=list(case_file_ids),
        open_statuses=sorted(OPEN),
        within=within,
        per_case=per_case,
        per_place=per_place,
    )
    return grouped(case_file_ids, ((alike.of_id, alike) for alike in read(Alike, rows)))


async def list_duplicates(session: Session, case_file_ids: Sequence[int], first: int) -> list[list[int]]:
    """The ids of the case files that were joined to each of these, the newest first."""
    rows = await session.fetch(query("casework", "list_duplicates"), case_file_ids=list(case_file_ids), first=first)
    return grouped(case_file_ids, ((row["duplicate_of"], row["case_file_id"]) for row in rows))
