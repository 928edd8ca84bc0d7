"""Case files that hub and district both write: as the district names them, and what its feed tells before its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from hub.domain.case_updates import case_file_number
from hub.domain.ids import case_file_id
from hub.domain.records import CaseUpdateRecord
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import read


@dataclass(frozen=True, slots=True)
class ToldCaseFile:
    """A case file whose district is told of changes, in the district's ids; `source_record_id` None: it is only about to have it.

    Versions are the district's, as last heard. `is_known`: the district has it, or its opening is on the way.
    """

    case_file_id: int
    destination: str
    regency_code: str
    source_record_id: str | None
    number: str
    channel: str
    region_code: str
    received_at: datetime
    type: str
    category: str
    resolution_class: str
    summary: str | None
    is_sensitive: bool
    household_record_id: str | None
    person_record_id: str | None
    resolution: str | None
    owner_description_version: int
    owner_subject_version: int
    owner_status_version: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class LatestAssignment:
    """The latest assignment of an agency."""

    case_file_id: int
    agency_code: str
    role: str
    status: str
    version: int
    assigned_at: datetime
    result: str | None


async def list_told(session: Session, case_file_ids: Sequence[int]) -> list[ToldCaseFile]:
    """Of the case files those whose districts take changes."""
    rows = await session.fetch(query("case_updates", "list_told_case_files"), case_file_ids=list(case_file_ids))
    return read(ToldCaseFile, rows)


async def list_latest_assignments(session: Session, case_file_ids: Sequence[int]) -> list[LatestAssignment]:
    """The latest assignment of each agency of each case file."""
    rows = await session.fetch(query("case_updates", "list_latest_assignments"), case_file_ids=list(case_file_ids))
    return read(LatestAssignment, rows)


async def hold_untold(session: Session, first: int) -> list[int]:
    """Some case files that were opened here and of which their districts, which take changes, have heard nothing; held."""
    return [row[0] for row in await session.fetch(query("case_updates", "hold_untold_case_files"), first=first)]


async def hold_case_files(session: Session, source_code: str, updates: Sequence[CaseUpdateRecord]) -> list[int | None]:
    """For each update of a district's feed the case file that it is about, held; None when it is not here."""
    meant = [record.update for record in updates]
    rows = await session.fetch(
        query("case_updates", "hold_case_files"),
        source_code=source_code,
        hub_ids=[None if u.hub_reference is None else case_file_number(u.hub_reference) for u in meant],
        stable_ids=[
            None if u.case_file_record_id is None else case_file_id(source_code, u.case_file_record_id) for u in meant
        ],
        record_ids=[u.case_file_record_id for u in meant],
    )
    found = {row["position"]: row["case_file_id"] for row in rows}
    return [found.get(position) for position in range(1, len(updates) + 1)]


async def list_known_keys(session: Session, keys: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of the (case file, key) that history has."""
    rows = await session.fetch(
        query("case_updates", "list_known_keys"),
        case_file_ids=[case_id for case_id, _ in keys],
        event_keys=[key for _, key in keys],
    )
    return {(row["case_file_id"], row["event_key"]) for row in rows}


async def keep_early(session: Session, source_code: str, updates: Sequence[CaseUpdateRecord]) -> None:
    """Keep updates until their case files come."""
    await session.execute(
        query("case_updates", "keep_early_updates"),
        source_code=source_code,
        record_ids=[record.update.case_file_record_id for record in updates],
        update_keys=[record.source_record_id for record in updates],
        revisions=[record.revision for record in updates],
        bodies=[msgspec.to_builtins(record) for record in updates],
    )


async def take_early(session: Session, source_code: str, record_ids: Sequence[str]) -> list[CaseUpdateRecord]:
    """Take out the updates that waited for these case files."""
    rows = await session.fetch(
        query("case_updates", "take_early_updates"), source_code=source_code, record_ids=list(record_ids)
    )
    return [msgspec.convert(row["body"], CaseUpdateRecord) for row in rows]
