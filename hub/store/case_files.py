"""Case files [laporan, pengaduan] and village services [layanan desa]: reads all, writes those of the hub itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import SourceStamp, Stretch, by_key, grouped, read, stretches


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case file as its source knows it."""

    case_file_id: int
    household_id: int | None
    regency_code: str
    region_code: str
    number: str
    type: str
    category: str
    channel: str
    status: str
    summary: str | None
    received_at: datetime
    closed_at: datetime | None
    removed_at: datetime | None
    source_code: str
    source_record_id: str
    observed_at: datetime
    fetched_at: datetime
    person_id: int | None = None
    is_sensitive: bool = False
    resolution_class: str = "REGULAR"
    resolution: str | None = None
    duplicate_of: int | None = None
    description_version: int = 1
    subject_version: int = 1
    status_version: int = 1

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.CASE_FILE, self.case_file_id)

    @property
    def source_stamp(self) -> SourceStamp:
        """Where this comes from."""
        return SourceStamp(self.source_code, self.source_record_id, self.observed_at, self.fetched_at)


@dataclass(frozen=True, slots=True)
class VillageService:
    """A service that a village gave or is giving."""

    village_service_id: int
    household_id: int | None
    regency_code: str
    region_code: str
    type: str
    status: str
    person_id: int | None
    event_on: date | None
    other_region_code: str | None
    requested_at: datetime | None
    completed_at: datetime | None
    removed_at: datetime | None
    source_code: str
    source_record_id: str
    observed_at: datetime
    fetched_at: datetime

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.VILLAGE_SERVICE, self.village_service_id)

    @property
    def source_stamp(self) -> SourceStamp:
        """Where this comes from."""
        return SourceStamp(self.source_code, self.source_record_id, self.observed_at, self.fetched_at)


@dataclass(frozen=True, slots=True)
class NewCaseFile:
    """A case file that is opened in the hub."""

    case_file_id: int
    source_record_id: str
    household_id: int | None
    regency_code: str
    region_code: str
    number: str
    type: str
    category: str
    channel: str
    summary: str | None
    person_id: int | None
    is_sensitive: bool
    resolution_class: str


async def find_case_files(session: Session, case_file_ids: Sequence[int]) -> list[CaseFile | None]:
    """The case file of each id."""
    rows = await session.fetch(query("case_file", "find_case_files"), case_file_ids=list(case_file_ids))
    return by_key(case_file_ids, ((case.case_file_id, case) for case in read(CaseFile, rows)))


async def list_case_files_of(session: Session, household_ids: Sequence[int]) -> list[list[CaseFile]]:
    """The case files of each household, the newest first."""
    rows = await session.fetch(query("case_file", "list_case_files_of"), household_ids=list(household_ids))
    return grouped(household_ids, ((case.household_id or 0, case) for case in read(CaseFile, rows)))


async def find_village_services(session: Session, ids: Sequence[int]) -> list[VillageService | None]:
    """The village service of each id."""
    rows = await session.fetch(query("case_file", "find_village_services"), village_service_ids=list(ids))
    return by_key(ids, ((service.village_service_id, service) for service in read(VillageService, rows)))


async def list_village_services(session: Session, of: Sequence[Stretch], first: int) -> list[VillageService]:
    """The first village services of some stretches together."""
    rows = await session.fetch(query("case_file", "list_village_services"), **stretches(of, first))
    return read(VillageService, rows)


async def next_number(session: Session, regency_code: str, year: int) -> str:
    """A number that no other case file of the regency and year has: `35.10-2026-00042`. Ends with the transaction."""
    prefix = f"{regency_code}-{year}-"
    await session.execute(query("case_file", "lock_numbers"), prefix=prefix)
    last: int = await session.fetch_value(
        query("case_file", "find_last_number"), prefix=prefix, regency_code=regency_code
    )
    return f"{prefix}{last + 1:05}"


async def add_case_file(session: Session, new: NewCaseFile, now: datetime) -> None:
    """Open a case file; it is RECEIVED."""
    await session.execute(query("case_file", "add_case_file"), **asdict(new), now=now)


async def lock_case_file(session: Session, case_file_id: int) -> CaseFile | None:
    """The case file, held until the transaction ends."""
    row = await session.fetch_row(query("case_file", "lock_case_file"), case_file_id=case_file_id)
    return None if row is None else CaseFile(*row)


async def list_sensitive(session: Session, case_file_ids: Sequence[int]) -> frozenset[int]:
    """Which of these the hub knows to be sensitive; needs a session that sees them."""
    rows = await session.fetch(query("case_file", "list_sensitive"), case_file_ids=list(case_file_ids))
    return frozenset(row["case_file_id"] for row in rows)
