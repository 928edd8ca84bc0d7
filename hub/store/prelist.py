"""Households that no registry lists, on their way there [daftar awal]."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from hub.domain.nik import mask
from hub.store.database import Session
from hub.store.needs import hold_case_files
from hub.store.queries import query
from hub.store.rows import by_key


@dataclass(frozen=True, slots=True)
class NewPrelistEntry:
    """What is known of a household that is not listed: one of name, family card and NIK at least."""

    head_name: str | None
    address: str | None
    kk_number: str | None
    nik: str | None


@dataclass(frozen=True, slots=True)
class PrelistEntry:
    """A household on its way onto the list; its numbers may be masked."""

    case_file_id: int
    status: str
    version: int
    regency_code: str
    region_code: str
    head_name: str | None
    address: str | None
    kk_number: str | None
    nik: str | None
    household_id: int | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Appeared:
    """An entry whose household the registry has by now."""

    prelist_entry_id: int
    case_file_id: int
    status: str
    household_id: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry that became LISTED; `subject_version` is set when its case file is about the household from now on."""

    case_file_id: int
    household_id: int
    version: int
    subject_version: int | None


async def add_entry(session: Session, case_file_id: int, new: NewPrelistEntry, now: datetime) -> None:
    """Begin the way of the household of a case file, which the caller holds."""
    await session.execute(query("prelist", "add_prelist_entry"), case_file_id=case_file_id, now=now, **asdict(new))


async def move_entry(session: Session, case_file_id: int, status: str, household_id: int | None, now: datetime) -> int:
    """Move the entry of a case file, which the caller holds; returns its new version."""
    version: int = await session.fetch_value(
        query("prelist", "move_prelist_entry"),
        case_file_id=case_file_id,
        status=status,
        household_id=household_id,
        now=now,
    )
    return version


async def find_entries(session: Session, case_file_ids: Sequence[int], *, whole: bool) -> list[PrelistEntry | None]:
    """The entry of each case file; numbers are masked unless `whole`."""
    rows = await session.fetch(query("prelist", "list_prelist_entries"), case_file_ids=list(case_file_ids))
    found = []
    for row in rows:
        values = dict(row)
        if not whole:
            values |= {"kk_number": mask(values["kk_number"]), "nik": mask(values["nik"])}
        found.append(PrelistEntry(**values))
    return by_key(case_file_ids, ((entry.case_file_id, entry) for entry in found))


async def find_listed(session: Session, regency_code: str, kk_number: str | None, nik: str | None) -> int | None:
    """The household that the registry has under one of these numbers, None when it has none."""
    household_id: int | None = await session.fetch_value(
        query("prelist", "find_listed"), regency_code=regency_code, kk_number=kk_number, nik=nik
    )
    return household_id


async def list_appeared(session: Session, after_id: int, first: int) -> list[Appeared]:
    """Entries whose household the registry has by now, after an entry."""
    rows = await session.fetch(query("prelist", "list_appeared"), after_id=after_id, first=first)
    return [Appeared(*row) for row in rows]


async def list_all(session: Session, found: Sequence[Appeared], now: datetime) -> list[Listed]:
    """Let entries become LISTED; their case files are held until the transaction ends."""
    case_file_ids = [one.case_file_id for one in found]
    await hold_case_files(session, case_file_ids)
    rows = await session.fetch(
        query("prelist", "list_all"),
        case_file_ids=case_file_ids,
        household_ids=[one.household_id for one in found],
        now=now,
    )
    return [Listed(*row) for row in rows]
