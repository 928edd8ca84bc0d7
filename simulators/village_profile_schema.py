"""The root fields of VILLAGE_PROFILES under Strawberry; values come from simulators.village_profiles."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import strawberry

from simulators.district_scalars import Revision, Rupiah
from simulators.district_types import PageRow


@strawberry.type
class SmartKampung:
    criterion: str
    is_met: bool


@strawberry.type
class VillageBudgetLine:
    year: int
    activity: str
    planned: Rupiah | None
    released: Rupiah | None
    spent: Rupiah | None


@strawberry.type
class VillageProfile:
    id: strawberry.ID
    revision: Revision
    observed_at: datetime
    region_code: str
    has_doctor: bool | None
    has_wifi: bool | None
    bandwidth_mbps: float | None
    smart_kampung: list[SmartKampung]
    budget_lines: list[VillageBudgetLine]


@strawberry.type
class PovertyPoint:
    year: int
    persons: int | None
    percent: float | None


@strawberry.type
class PovertySeries:
    id: strawberry.ID
    revision: Revision
    observed_at: datetime
    region_code: str
    origin: str
    method: str
    points: list[PovertyPoint]


@strawberry.type
class VillageProfilePage:
    nodes: list[VillageProfile]
    cursor: str | None
    has_more: bool


@strawberry.type
class PovertySeriesPage:
    nodes: list[PovertySeries]
    cursor: str | None
    has_more: bool


def page_of(rows: Iterable[Any], region_code: str | None, after: str | None, first: int) -> PageRow:
    """Rows under a region after a place such as `35.10.01.2001/S000001`, in the order of regions, then of ids."""
    below = f"{region_code}." if region_code else ""
    place = tuple((after or "").split("/", 1))
    found = sorted(
        (row for row in rows if place_of(row) > place and f"{row.region_code}.".startswith(below)), key=place_of
    )
    nodes = found[:first]
    return PageRow(nodes, "/".join(place_of(nodes[-1])) if nodes else None, len(found) > first)


def place_of(row: Any) -> tuple[str, str]:
    """Where a row stands; Python compares texts code point by code point, as the contract does."""
    return row.region_code, row.id


def as_profiles(page: PageRow) -> VillageProfilePage:
    """The page as the schema names it."""
    return cast(VillageProfilePage, page)


def as_series(page: PageRow) -> PovertySeriesPage:
    """The page as the schema names it."""
    return cast(PovertySeriesPage, page)
