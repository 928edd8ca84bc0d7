"""What a district can be asked, and what it answers: plain values, equal when they ask the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder
from hub.domain.district import DistrictCapability
from hub.domain.records import CaseFileRecord, HouseholdRecord, Reject, VillageServiceRecord
from hub.domain.village_profiles import PovertySeriesRecord, VillageProfileRecord
from hub.federation.directory import Shard
from hub.federation.places import Position

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CaseFileFilter:
    """Which case files of a district: of a region within it, or of all (None); without sensitive ones, or with them."""

    region_code: str | None
    criteria: CaseFileCriteria
    with_sensitive: bool = True


class Question(Generic[A]):
    """Something to ask a district; `A` is the answer. Every question only reads, so it can be asked twice."""

    name: str
    capability: DistrictCapability


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row that is not as the contract says; `position` when at least its place in the list can be read."""

    reject: Reject
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """The rows of an answer as they came, the misfits among them; `has_more`: further rows follow in the list."""

    rows: Sequence[R | Misfit]
    has_more: bool = False


class ListQuestion(Question[Rows[R]]):
    """At most `first` rows of a list strictly after a position."""

    after: Position | None
    first: int

    @property
    def is_reversed(self) -> bool:
        """Whether the greatest place comes first."""
        return False


@dataclass(frozen=True, slots=True)
class CaseFileSearch(ListQuestion[CaseFileRecord]):
    """Case files that a filter lets through, in the order."""

    filter: CaseFileFilter
    order: CaseFileOrder
    after: Position | None
    first: int

    name = "caseFileSearch"
    capability = DistrictCapability.CASE_FILES

    @property
    def is_reversed(self) -> bool:
        """Whether the newest come first."""
        return self.order is CaseFileOrder.NEWEST_FIRST


@dataclass(frozen=True, slots=True)
class VillageServiceList(ListQuestion[VillageServiceRecord]):
    """Village services under a region, or all (None)."""

    region_code: str | None
    after: Position | None
    first: int

    name = "villageServices"
    capability = DistrictCapability.VILLAGE_SERVICES


@dataclass(frozen=True, slots=True)
class VillageProfileList(ListQuestion[VillageProfileRecord]):
    """Profiles of the villages under a region, or of all (None)."""

    region_code: str | None
    after: Position | None
    first: int

    name = "villageProfiles"
    capability = DistrictCapability.VILLAGE_PROFILES


@dataclass(frozen=True, slots=True)
class PovertySeriesList(ListQuestion[PovertySeriesRecord]):
    """Poverty series of the regions under a region, or of all (None)."""

    region_code: str | None
    after: Position | None
    first: int

    name = "povertySeries"
    capability = DistrictCapability.VILLAGE_PROFILES


@dataclass(frozen=True, slots=True)
class CaseFileCount(Question[int]):
    """How many case files there are."""

    filter: CaseFileFilter

    name = "caseFileCount"
    capability = DistrictCapability.CASE_FILES


@dataclass(frozen=True, slots=True)
class HouseholdLookup(Question[Rows[HouseholdRecord]]):
    """The households of these record ids, in one call; those that are gone are left out."""

    record_ids: tuple[str, ...]

    name = "householdLookup"
    capability = DistrictCapability.HOUSEHOLDS


class Transport(Protocol):
    """The way to the districts."""

    async def ask(self, shard: Shard, question: Question[A], deadline_at: float) -> A:
        """One attempt; SourceError, at the latest at the deadline (time of the event loop), when there is no answer."""
        ...
