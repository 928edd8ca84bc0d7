"""Case files and village services of a district's households."""

from datetime import datetime, timedelta
from random import Random

from simulators.records import CaseFile, Household, VillageService

CASE_SHARE, SERVICE_SHARE = 0.07, 0.05

_TYPES = ("QUESTION", "SUGGESTION", "COMPLAINT", "NEED", "OBJECTION", "PROPOSAL", "OUTREACH_FINDING")
_CATEGORIES = (
    "HEALTH",
    "EDUCATION",
    "SOCIAL_ECONOMIC",
    "FOOD",
    "ENERGY",
    "AGRICULTURE",
    "FISHERIES",
    "HOUSING",
    "CIVIL_REGISTRATION",
)
_CHANNELS = ("VILLAGE_DESK", "APP", "PHONE", "HOME_VISIT")
_OPEN = ("RECEIVED", "TRIAGED", "ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY", "REFERRED")
_CLOSED = ("RESOLVED", "CLOSED")
_SUMMARIES = (
    "Belum punya kartu KIS.",
    "Anak putus sekolah karena biaya.",
    "Rumah bocor di beberapa tempat.",
    "Belum pernah menerima bantuan sembako.",
    "Lansia tinggal sendiri dan sakit.",
    None,
)
_SERVICES = (
    "SPM_LETTER",
    "BIRTH_LETTER",
    "DEATH_LETTER",
    "MOVE_IN_LETTER",
    "MOVE_OUT_LETTER",
    "BIRTH_CERTIFICATE",
    "FAMILY_CARD",
)


class Desk:
    """Opens case files and services at the desks of one regency."""

    def __init__(self, seed: int, code: str, now: datetime) -> None:
        self._code = code
        self._now = now
        self._rng = Random(f"{seed}/{code}/casework")
        self._cases = 0
        self._services = 0

    def wants_case(self) -> bool:
        """Draw whether the next household has a case file."""
        return self._rng.random() < CASE_SHARE

    def wants_service(self) -> bool:
        """Draw whether the next household asked its village for something."""
        return self._rng.random() < SERVICE_SHARE

    def case_file(self, household: Household, revision: int) -> CaseFile:
        """A case file of a household; some have only the region, not the household."""
        rng = self._rng
        self._cases += 1
        received_at = self._some_time_ago()
        is_closed = rng.random() < 0.6
        return CaseFile(
            id=f"C{self._cases:06}",
            revision=revision,
            observed_at=self._now,
            number=f"{self._code}/{received_at.year}/{self._cases:05}",
            type=rng.choice(_TYPES),
            category=rng.choice(_CATEGORIES),
            channel=rng.choice(_CHANNELS),
            region_code=household.region_code,
            household_id=household.id if rng.random() < 0.9 else None,
            status=rng.choice(_CLOSED if is_closed else _OPEN),
            summary=rng.choice(_SUMMARIES),
            received_at=received_at,
            closed_at=received_at + timedelta(hours=rng.randrange(1, 200)) if is_closed else None,
        )

    def service(self, household: Household, revision: int) -> VillageService:
        """A service that the village of a household gave or is giving."""
        rng = self._rng
        self._services += 1
        requested_at = self._some_time_ago()
        is_done = rng.random() < 0.7
        return VillageService(
            id=f"S{self._services:06}",
            revision=revision,
            observed_at=self._now,
            region_code=household.region_code,
            type=rng.choice(_SERVICES),
            status="COMPLETED" if is_done else "REQUESTED",
            household_id=household.id,
            requested_at=requested_at,
            completed_at=requested_at + timedelta(hours=rng.randrange(1, 72)) if is_done else None,
        )

    def _some_time_ago(self) -> datetime:
        return self._now - timedelta(minutes=self._rng.randrange(14_400, 500_000))
