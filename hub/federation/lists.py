"""The lists that districts can be asked for live: what is asked, which rows fit, and how they look here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from hub.domain.case_search import CaseFileOrder
from hub.domain.cases import CASE_CATEGORIES, CASE_STATUSES, CASE_TYPES
from hub.domain.ids import case_file_id, household_id, person_id, stable_id
from hub.domain.records import CaseFileRecord, VillageServiceRecord
from hub.domain.village_profiles import SMART_KAMPUNG, PovertySeriesRecord, VillageProfileRecord
from hub.domain.villages import SERVICE_STATUSES, SERVICE_TYPES
from hub.federation.places import HUB, Place, Position, Rank
from hub.federation.questions import (
    CaseFileFilter,
    CaseFileSearch,
    ListQuestion,
    PovertySeriesList,
    VillageProfileList,
    VillageServiceList,
)
from hub.store.case_files import CaseFile, VillageService
from hub.store.rows import SourceStamp
from hub.store.village_profiles import PovertySeries, VillageProfile

Fault = tuple[str, str]
"""Field and code of what is wrong with a row."""

_YEARS = range(1900, 2200)
_VILLAGE_CODE = 13
_CASE_WORDS = {
    "status": frozenset(CASE_STATUSES),
    "type": frozenset(CASE_TYPES),
    "category": frozenset(CASE_CATEGORIES),
}
_SERVICE_WORDS = {"status": frozenset(SERVICE_STATUSES), "type": frozenset(SERVICE_TYPES)}
_CRITERIA = frozenset(SMART_KAMPUNG)


class ListedRecord(Protocol):
    """What all records of lists have."""

    @property
    def source_record_id(self) -> str:
        """The district's own id."""
        ...

    @property
    def revision(self) -> int:
        """The greater wins."""
        ...

    @property
    def region_code(self) -> str:
        """Where it belongs."""
        ...


R = TypeVar("R", bound=ListedRecord)
W = TypeVar("W")


class LiveList(Protocol[R, W]):
    """One list: `R` is a record of a district, `W` the row that the hub shows for it."""

    kind: str
    is_by_region: bool
    """Whether it gives one district after the other; else the districts' rows are mixed."""
    sources_here: tuple[str, ...]
    """Sources that are no districts."""

    @property
    def is_reversed(self) -> bool:
        """Whether the greatest place comes first."""
        ...

    def question(self, after: Position | None, first: int) -> ListQuestion[R]:
        """What a district is asked."""
        ...

    def rank_of(self, record: R) -> Rank:
        """Where a record stands."""
        ...

    def fault_of(self, record: R) -> Fault | None:
        """What is wrong with a record of the district's own regency; None: it fits and was asked for."""
        ...

    def row_of(self, record: R, regency_code: str, fetched_at: datetime) -> W:
        """The record as the hub shows it: under the ids that it has, or will have, in the replica."""
        ...

    def place_of(self, row: W) -> Place:
        """Where a row stands."""
        ...


class CaseFiles:
    """Case files in the order in which they came in, those that were opened in the hub among them."""

    kind = "CASE_FILE"
    is_by_region = False
    sources_here: tuple[str, ...] = (HUB,)

    def __init__(self, wanted: CaseFileFilter, order: CaseFileOrder) -> None:
        self.filter = wanted
        self.order = order

    @property
    def is_reversed(self) -> bool:
        """Whether the newest come first."""
        return self.order is CaseFileOrder.NEWEST_FIRST

    def question(self, after: Position | None, first: int) -> ListQuestion[CaseFileRecord]:
        """A search with the filter."""
        return CaseFileSearch(self.filter, self.order, after, first)

    def rank_of(self, record: CaseFileRecord) -> Rank:
        """The moment in which it came in."""
        return record.received_at

    def fault_of(self, record: CaseFileRecord) -> Fault | None:
        """Impossible moments, unknown words, and what the filter does not let through."""
        if record.received_at.year not in _YEARS:
            return "receivedAt", "MOMENT_IMPOSSIBLE"
        closed = _unknown_word(record, _CASE_WORDS)
        if closed is not None:
            return closed, "VALUE_UNKNOWN"
        closed = self._not_let_through(record)
        return None if closed is None else (closed, "NOT_ASKED_FOR")

    def row_of(self, record: CaseFileRecord, regency_code: str, fetched_at: datetime) -> CaseFile:
        """The case file; its household and person under the ids that their records make."""
        about, person = record.household_record_id, record.person_record_id
        return CaseFile(
            case_file_id=case_file_id(regency_code, record.source_record_id),
            household_id=None if about is None else household_id(regency_code, about),
            regency_code=regency_code,
            region_code=record.region_code,
            number=record.number,
            type=record.type,
            category=record.category,
            channel=record.channel,
            status=record.status,
            summary=record.summary,
            received_at=record.received_at,
            closed_at=record.closed_at,
            removed_at=None,
            source_code=regency_code,
            source_record_id=record.source_record_id,
            observed_at=record.observed_at,
            fetched_at=fetched_at,
            person_id=None if person is None else person_id(regency_code, person),
            is_sensitive=bool(record.is_sensitive),
            resolution_class=record.resolution_class or "REGULAR",
            resolution=record.resolution,
            description_version=record.description_version or 1,
            subject_version=record.subject_version or 1,
            status_version=record.status_version or 1,
        )

    def place_of(self, row: CaseFile) -> Place:
        """By the moment."""
        return (row.received_at, row.source_code, row.source_record_id)

    def _not_let_through(self, record: CaseFileRecord) -> str | None:
        """The field by which the filter does not let a record through; the text is the district's own matter."""
        if not _is_under(record.region_code, self.filter.region_code):
            return "regionCode"
        criteria = self.filter.criteria
        for field, words in (("status", criteria.statuses), ("category", criteria.categories)):
            if words is not None and getattr(record, field) not in words:
                return field
        if criteria.received_from is not None and record.received_at < criteria.received_from:
            return "receivedAt"
        if criteria.received_before is not None and record.received_at >= criteria.received_before:
            return "receivedAt"
        return "number" if criteria.number not in {None, record.number} else None


class _ByRegion:
    """Lists in the order of regions; of a region within a district, or of all of it (None)."""

    is_by_region = True
    is_reversed = False
    sources_here: tuple[str, ...] = ()

    def __init__(self, region_code: str | None) -> None:
        self.region_code = region_code

    def rank_of(self, record: ListedRecord) -> Rank:
        """Its region."""
        return record.region_code

    def _stray(self, record: ListedRecord) -> Fault | None:
        return None if _is_under(record.region_code, self.region_code) else ("regionCode", "NOT_ASKED_FOR")


class VillageServices(_ByRegion):
    """Services that villages gave or are giving."""

    kind = "VILLAGE_SERVICE"

    def question(self, after: Position | None, first: int) -> ListQuestion[VillageServiceRecord]:
        """The list."""
        return VillageServiceList(self.region_code, after, first)

    def fault_of(self, record: VillageServiceRecord) -> Fault | None:
        """Unknown words and other regions."""
        unknown = _unknown_word(record, _SERVICE_WORDS)
        return self._stray(record) if unknown is None else (unknown, "VALUE_UNKNOWN")

    def row_of(self, record: VillageServiceRecord, regency_code: str, fetched_at: datetime) -> VillageService:
        """The service; its household and person under the ids that their records make."""
        household, person = record.household_record_id, record.person_record_id
        return VillageService(
            village_service_id=stable_id("village_service", regency_code, record.source_record_id),
            household_id=None if household is None else household_id(regency_code, household),
            regency_code=regency_code,
            region_code=record.region_code,
            type=record.type,
            status=record.status,
            person_id=None if person is None else person_id(regency_code, person),
            event_on=record.event_on,
            other_region_code=record.other_region_code,
            requested_at=record.requested_at,
            completed_at=record.completed_at,
            removed_at=None,
            source_code=regency_code,
            source_record_id=record.source_record_id,
            observed_at=record.observed_at,
            fetched_at=fetched_at,
        )

    def place_of(self, row: VillageService) -> Place:
        """By region."""
        return (row.region_code, row.source_code, row.source_record_id)


class VillageProfiles(_ByRegion):
    """What villages report of themselves."""

    kind = "VILLAGE_PROFILE"

    def question(self, after: Position | None, first: int) -> ListQuestion[VillageProfileRecord]:
        """The list."""
        return VillageProfileList(self.region_code, after, first)

    def fault_of(self, record: VillageProfileRecord) -> Fault | None:
        """Unknown criteria, what is no village, and other regions."""
        if len(record.region_code) != _VILLAGE_CODE:
            return "regionCode", "REGION_UNKNOWN"
        return self._stray(record) if record.smart_kampung.keys() <= _CRITERIA else ("smartKampung", "VALUE_UNKNOWN")

    def row_of(self, record: VillageProfileRecord, regency_code: str, fetched_at: datetime) -> VillageProfile:
        """The profile; its budget lines stand in the record."""
        return VillageProfile(
            record.region_code,
            record.has_doctor,
            record.has_wifi,
            record.bandwidth_mbps,
            record.smart_kampung,
            SourceStamp(regency_code, record.source_record_id, record.observed_at, fetched_at),
        )

    def place_of(self, row: VillageProfile) -> Place:
        """By region."""
        return (row.region_code, row.source_stamp.system, row.source_stamp.record_id)


class PovertyFigures(_ByRegion):
    """Poverty series of regions."""

    kind = "POVERTY_SERIES"

    def question(self, after: Position | None, first: int) -> ListQuestion[PovertySeriesRecord]:
        """The list."""
        return PovertySeriesList(self.region_code, after, first)

    def fault_of(self, record: PovertySeriesRecord) -> Fault | None:
        """Other regions."""
        return self._stray(record)

    def row_of(self, record: PovertySeriesRecord, regency_code: str, fetched_at: datetime) -> PovertySeries:
        """The series with its figures, the oldest first."""
        return PovertySeries(
            stable_id("series", regency_code, record.source_record_id),
            record.region_code,
            record.origin,
            record.method,
            sorted(record.points, key=lambda point: point.year),
            SourceStamp(regency_code, record.source_record_id, record.observed_at, fetched_at),
        )

    def place_of(self, row: PovertySeries) -> Place:
        """By region."""
        return (row.region_code, row.source_stamp.system, row.source_stamp.record_id)


def lies_in(region_code: str, of: str) -> bool:
    """Whether a region is another one or lies below it: part by part."""
    return region_code == of or region_code.startswith(f"{of}.")


def _is_under(region_code: str, of: str | None) -> bool:
    return of is None or lies_in(region_code, of)


def _unknown_word(record: object, words: Mapping[str, frozenset[str]]) -> str | None:
    return next((field for field, known in words.items() if getattr(record, field) not in known), None)
