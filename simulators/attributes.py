"""What people are like by age, sex and decile: school, work, health, life and death."""

from datetime import date, timedelta
from random import Random
from typing import TypedDict


class AttributeValues(TypedDict):
    """The attributes of a person that the rules of programmes look at."""

    vital_status: str
    is_pregnant: bool
    pregnancy_due_on: date | None
    school_level: str
    is_enrolled_in_school: bool
    disability: str
    has_chronic_illness: bool
    occupation_class: str


class Attributes:
    """Draws the attributes of one person after the other from one random stream."""

    def __init__(self, rng: Random, as_of: date) -> None:
        self._rng = rng
        self._due = [as_of + timedelta(days=30 * month) for month in range(1, 9)]

    def of(self, role: str, age: float, decile: int, *, woman: bool) -> AttributeValues:
        """The attributes of somebody of this role, age in years and decile."""
        pick = self._rng.random
        is_pregnant = woman and 18 <= age < 44 and role in {"HEAD", "SPOUSE"} and pick() < 0.07
        school_level, is_enrolled = self._schooling(age, decile)
        return {
            "vital_status": self._vital_status(age),
            "is_pregnant": is_pregnant,
            "pregnancy_due_on": self._due[int(pick() * 8)] if is_pregnant else None,
            "school_level": school_level,
            "is_enrolled_in_school": is_enrolled,
            "disability": self._disability(age),
            "has_chronic_illness": pick() < (0.25 if age >= 60 else 0.04),
            "occupation_class": self._occupation(age, decile, is_pupil=is_enrolled),
        }

    def _vital_status(self, age: float) -> str:
        at = self._rng.random()
        if at < (0.03 if age >= 60 else 0.004):
            return "DECEASED"
        return "MOVED_ABROAD" if 19 <= age < 50 and at > 0.994 else "ALIVE"

    def _schooling(self, age: float, decile: int) -> tuple[str, bool]:
        """Level and whether enrolled; who left school keeps the level that was reached."""
        at = self._rng.random()
        stays = 1.0 - 0.015 * (10 - decile)
        if age < 6:
            return "NONE", False
        if age < 13:
            return ("SD", True) if age >= 7 or at < 0.4 else ("NONE", False)
        if age < 16:
            return ("SMP", True) if at < 0.97 * stays else ("SD", False)
        if age < 19:
            return ("SMA", True) if at < 0.85 * stays else ("SMP", False)
        if age < 23 and at < 0.03 * decile:
            return "HIGHER", True
        if age < 21 and at > 0.95:
            return "SMA", True
        reached = min(1.0, at + 0.04 * (5 - decile) + (0.2 if age >= 55 else 0.0))
        return ("HIGHER", "SMA", "SMP", "SD", "NONE")[int(max(0.0, reached) * 4.99)], False

    def _disability(self, age: float) -> str:
        at = self._rng.random()
        severe = 0.03 if age >= 60 else 0.01
        if at < severe:
            return "SEVERE"
        return "MILD" if at < severe + 0.03 else "NONE"

    def _occupation(self, age: float, decile: int, *, is_pupil: bool) -> str:
        if age < 16 or is_pupil or age >= 75:
            return "NONE"
        at = self._rng.random()
        official = 0.006 if decile <= 5 else 0.03
        if at < official:
            return ("CIVIL_SERVANT", "CIVIL_SERVANT", "MILITARY", "POLICE")[int(at / official * 4)]
        if at > 0.72:
            return "NONE"
        kinds = ("FARMER", "LABOURER", "TRADER", "OTHER") if decile <= 5 else ("FARMER", "TRADER", "EMPLOYEE")
        return kinds[int(at * 1000) % len(kinds)]
