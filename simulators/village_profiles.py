"""What villages report of themselves, and poverty figures by their sources: made once, from the seed."""

from datetime import datetime
from random import Random

import msgspec

from simulators.regions import Regency

CRITERIA = (
    "PUBLIC_SERVICE",
    "ECONOMY",
    "HEALTH",
    "EDUCATION_AND_CULTURE",
    "HUMAN_RESOURCES",
    "POVERTY_REDUCTION",
    "LEGAL_LITERACY",
)
_ACTIVITIES = ("Jalan desa", "Posyandu", "Beasiswa anak miskin", "Bedah rumah")
_YEARS = (2025, 2026)


class SmartKampung(msgspec.Struct, frozen=True):
    """Whether a village meets a criterion."""

    criterion: str
    is_met: bool


class VillageBudgetLine(msgspec.Struct, frozen=True):
    """Rupiah planned, released and spent for an activity in a year."""

    year: int
    activity: str
    planned: int | None
    released: int | None
    spent: int | None


class VillageProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A village as its district knows it."""

    id: str
    revision: int
    observed_at: datetime
    region_code: str
    has_doctor: bool | None
    has_wifi: bool | None
    bandwidth_mbps: float | None
    smart_kampung: tuple[SmartKampung, ...]
    budget_lines: tuple[VillageBudgetLine, ...]


class PovertyPoint(msgspec.Struct, frozen=True):
    """The figure of a year."""

    year: int
    persons: int | None
    percent: float | None


class PovertySeries(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one origin by one method."""

    id: str
    revision: int
    observed_at: datetime
    region_code: str
    origin: str
    method: str
    points: tuple[PovertyPoint, ...]


def make_profiles(seed: int, regency: Regency, observed_at: datetime) -> list[VillageProfile]:
    """A profile for each village of a regency, in the order of their codes."""
    villages = sorted(code for subdistrict in regency.subdistricts for code in subdistrict.villages)
    return [_profile(Random(f"{seed}/{code}/profile"), code, observed_at) for code in villages]


def make_series(seed: int, regency: Regency, observed_at: datetime) -> list[PovertySeries]:
    """What three sources say of poverty in the regency: each its own figures, and none is the sum of others."""
    rng = Random(f"{seed}/{regency.code}/poverty")
    sources = (("BPS_SUSENAS", "Garis kemiskinan, Maret"), ("DISTRICT_COUNT", "UGD Kemiskinan"), ("DTSEN", "Desil 1"))
    return [
        PovertySeries(
            id=f"PS-{origin}",
            revision=1,
            observed_at=observed_at,
            region_code=regency.code,
            origin=origin,
            method=method,
            points=tuple(_point(rng, year, regency.population) for year in range(2020, 2026)),
        )
        for origin, method in sources
    ]


def _profile(rng: Random, code: str, observed_at: datetime) -> VillageProfile:
    has_wifi = rng.random() < 0.7
    return VillageProfile(
        id=f"VP-{code}",
        revision=1,
        observed_at=observed_at,
        region_code=code,
        has_doctor=rng.choice((True, False, None)),
        has_wifi=has_wifi,
        bandwidth_mbps=float(rng.choice((10, 20, 50, 100))) if has_wifi else None,
        smart_kampung=tuple(SmartKampung(one, rng.random() < 0.6) for one in CRITERIA if rng.random() < 0.9),
        budget_lines=tuple(_line(rng, year, activity) for year in _YEARS for activity in _ACTIVITIES),
    )


def _line(rng: Random, year: int, activity: str) -> VillageBudgetLine:
    planned = rng.randrange(50, 500) * 1_000_000
    released = planned * rng.randrange(50, 101) // 100
    return VillageBudgetLine(year, activity, planned, released, released * rng.randrange(60, 101) // 100)


def _point(rng: Random, year: int, population: int) -> PovertyPoint:
    percent = rng.randrange(60, 120) / 10
    return PovertyPoint(year, round(population * percent / 100), percent)
