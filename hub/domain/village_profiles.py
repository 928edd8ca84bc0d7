"""What villages and districts report of themselves: indicators, budget lines, poverty figures; nothing about a person."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

SMART_KAMPUNG = (
    "PUBLIC_SERVICE",
    "ECONOMY",
    "HEALTH",
    "EDUCATION_AND_CULTURE",
    "HUMAN_RESOURCES",
    "POVERTY_REDUCTION",
    "LEGAL_LITERACY",
)
"""The seven criteria of a Smart Kampung."""

PovertyOrigin = Literal["BPS_SUSENAS", "DTSEN", "DISTRICT_COUNT"]
Rupiah = Annotated[int, msgspec.Meta(ge=0)]
Year = Annotated[int, msgspec.Meta(ge=1970, le=2100)]


class BudgetLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a village planned, got and spent for an activity in a year, in rupiah; None is not known."""

    year: Annotated[int, msgspec.Meta(ge=2000, le=2100)]
    activity: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    planned: Rupiah | None = None
    released: Rupiah | None = None
    spent: Rupiah | None = None


class VillageProfileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A village as its district knows it at `revision`; `smart_kampung` says which criteria are met, as far as known."""

    source_record_id: str
    revision: int
    observed_at: datetime
    region_code: str
    has_doctor: bool | None = None
    has_wifi: bool | None = None
    bandwidth_mbps: float | None = None
    smart_kampung: dict[str, bool] = {}
    budget_lines: tuple[BudgetLine, ...] = ()


class PovertyPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The figure of one year."""

    year: Year
    persons: Annotated[int, msgspec.Meta(ge=0)] | None = None
    percent: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None


class PovertySeriesRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Poverty figures of a region over the years, of one source by one method."""

    source_record_id: str
    revision: int
    observed_at: datetime
    region_code: str
    origin: PovertyOrigin
    method: str
    points: tuple[PovertyPoint, ...] = ()
