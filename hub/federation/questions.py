"""What a district can be asked, and what it answers: plain values, equal when they ask the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder
from hub.domain.district import DistrictCapability
from hub.domain.records import CaseFileRecord, HouseholdRecord, Reject
from hub.federation.directory import Shard

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CaseFileFilter:
    """Which case files of a district: of a region within it, or of all (None)."""

    region_code: str | None
    criteria: CaseFileCriteria


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the list of one district; without id: after the moment, whatever the id."""

    received_at: datetime
    record_id: str | None = None


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


@dataclass(frozen=True, slots=True)
class CaseFileSearch(Question[Rows[CaseFileRecord]]):
    """At most `first` case files strictly after a position, in the order."""

    filter: CaseFileFilter
    order: CaseFileOrder
    after: Position | None
    first: int

    name = "caseFileSearch"
    capability = DistrictCapability.CASE_FILES


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
