"""What a list that was read live from the districts holds, and what it lacks."""

from datetime import datetime
from typing import Generic, TypeVar

import strawberry

from hub.domain.case_search import CaseFileOrder
from hub.domain.principal import Scope
from hub.federation import completeness as rows
from resolvers import case_lists
from resolvers.regions import regions_of
from schema.connection import Edge, PageInfo
from schema.fields import batched, plain
from schema.objects import shape, words
from schema.types.region import Region

T = TypeVar("T")

words(
    "In which order case files are listed.",
    OLDEST_FIRST="By the moment in which they came in; those of one moment by district, then by the district's own id.",
    NEWEST_FIRST="Exactly the reverse.",
)(CaseFileOrder)


@shape(rows.Gap, Scope.REGION_READ, "A district that did not answer now, and what stands in for it.")
class SourceUnavailable:
    """A district that did not answer."""

    regency_code: str = plain("Code of the district.")
    region: Region | None = batched(regions_of, key="regency_code", description="Its regency or city.")
    reason: str = plain("Why, as a word such as TIMEOUT, UNREACHABLE or SUSPENDED (docs/reference/errors.md).")
    message: str = plain("Why, for people, with the way out.")
    is_in_replica: bool = plain("Whether what the hub holds of it stands in; if not, its rows are missing here.")
    as_of: datetime | None = plain(
        "Of when that is: its feed was then last read to the end. Null: its rows are missing, and nobody knows how many."
    )


@shape(
    rows.LiveReject, Scope.REGION_READ, "A row that a district sent and that does not fit its contract: it is left out."
)
class LiveReject:
    """A row that is left out."""

    regency_code: str = plain("Code of the district.")
    record_id: str = plain("The record's own id there, as far as it could be read.")
    field: str = plain("Which field; empty: the row as a whole.")
    code: str = plain("Why, such as WRONG_TYPE or REGION_FOREIGN (docs/reference/errors.md).")


@shape(
    rows.Completeness,
    Scope.REGION_READ,
    "How complete a live answer is [kelengkapan], counted in districts that take part for the regions asked.",
)
class Completeness:
    """How complete a live answer is."""

    asked: int = plain("Districts that own a part of the answer.")
    answered: int = plain("Of them, those whose rows are of now.")
    in_replica: int = plain("Those for which what the hub holds stands in.")
    missing: int = plain("Those whose rows are missing.")
    coverage: float = plain("`answered` as a share of `asked`, 0 to 1; 1 when none had to be asked.")
    is_complete: bool = plain("Whether all answered, and none of their rows was left out.")
    unavailable: list[SourceUnavailable] = plain("Each district that did not answer, in the order of their codes.")
    rejects: list[LiveReject] = plain("Rows that were left out, at most 100 of them.")
    reject_count: int = plain("How many rows were left out.")


@strawberry.type(name="Connection", description="A page of a list that can be read live from the districts.")
class LiveConnection(Generic[T]):
    """A page of a list that can be read live."""

    edges: list[Edge[T]] = plain("The objects with their cursors.")
    nodes: list[T] = plain("The objects.")
    page_info: PageInfo = plain("Where the page lies in the list.")
    completeness: Completeness | None = plain(
        "What the page holds and lacks of each district; null without `live: true`."
    )


@shape(case_lists.CaseFileCount, Scope.CASE_READ, "How many case files there are.")
class CaseFileCount:
    """How many case files there are."""

    count: int = plain("How many.")
    completeness: Completeness | None = plain(
        "What the number holds and lacks of each district; null without `live: true`."
    )
