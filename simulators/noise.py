"""What a district wrote down of its people: mostly the truth, with the faults that registers have."""

from collections.abc import Callable
from random import Random

import msgspec

from simulators.names import variant_of
from simulators.numbers import mistyped, spoiled
from simulators.people import Population
from simulators.records import Household, Person

NIK_MISSING, NIK_INVALID, NIK_MISTYPED = 0.08, 0.01, 0.02
KK_MISSING, KK_INVALID = 0.03, 0.005
OLD_KK_FORGOTTEN = 0.2
"""Households whose KK number changed, of which the district does not hold the old one."""
DECILE_MISSING = 0.04
NAME_VARIANT, DEFAULT_BIRTH_DATE, BIRTH_DATE_MISSING, NAME_MISSING = 0.06, 0.03, 0.008, 0.003
ATTRIBUTE_MISSING = 0.012
DEATH_NOT_KNOWN = 0.2

_MAY_BE_MISSING = (
    "vital_status",
    "school_level",
    "is_enrolled_in_school",
    "disability",
    "has_chronic_illness",
    "occupation_class",
    "birth_place",
    "sex",
)
_OTHER_FAULTS = 0.2
"""Upper bound on the share of persons with any fault beside the NIK; the rest need no drawing."""


class Clerk:
    """Records the households of one district."""

    def __init__(self, population: Population, code: str) -> None:
        """All true people must have been made: what is mistyped must not be anybody's NIK."""
        self._people = population.people
        self._mistyped = population.mistyped
        self._rng = Random(f"{population.seed}/{code}/noise")

    def record(self, truth: Household, revision: int) -> Household:
        """The household as the district recorded it."""
        pick = self._rng.random
        kk = truth.kk_number
        at = pick()
        if kk is not None and at < KK_MISSING + KK_INVALID:
            kk = None if at < KK_MISSING else spoiled(kk, self._rng)
        forgotten = bool(truth.previous_kk_numbers) and pick() < OLD_KK_FORGOTTEN
        is_listed = pick() >= DECILE_MISSING
        return msgspec.structs.replace(
            truth,
            revision=revision,
            kk_number=kk,
            previous_kk_numbers=() if forgotten else truth.previous_kk_numbers,
            decile=truth.decile if is_listed else None,
            welfare_source=truth.welfare_source if is_listed else None,
            welfare_period=truth.welfare_period if is_listed else None,
            members=tuple(map(self.record_person, truth.members)),
        )

    def record_person(self, truth: Person) -> Person:
        """The person as recorded: the same object when nothing went wrong."""
        faults: dict[str, object] = {}
        at = self._rng.random()
        if at < NIK_MISSING + NIK_INVALID + NIK_MISTYPED and truth.nik is not None:
            faults["nik"] = self._faulty_nik(truth.nik, at)
        if self._rng.random() < _OTHER_FAULTS:
            self._add_faults(truth, faults)
        if truth.vital_status == "DECEASED" and self._rng.random() < DEATH_NOT_KNOWN:
            faults["vital_status"] = "ALIVE"
        if not faults:
            return truth
        return _REPLACE(truth, **faults)

    def _faulty_nik(self, nik: str, at: float) -> str | None:
        if at < NIK_MISSING:
            return None
        if at < NIK_MISSING + NIK_INVALID:
            return spoiled(nik, self._rng)
        wrong = mistyped(nik, self._rng, self._people)
        while wrong in self._mistyped:
            wrong = mistyped(nik, self._rng, self._people)
        self._mistyped.add(wrong)
        return wrong

    def _add_faults(self, truth: Person, faults: dict[str, object]) -> None:
        pick = self._rng.random
        at = pick() * _OTHER_FAULTS
        if truth.name is not None and at < NAME_VARIANT:
            faults["name"] = variant_of(truth.name, self._rng, woman=truth.sex == "FEMALE")
        elif truth.birth_date is not None and at < NAME_VARIANT + DEFAULT_BIRTH_DATE:
            faults["birth_date"] = truth.birth_date.replace(month=1, day=1)
        elif at < NAME_VARIANT + DEFAULT_BIRTH_DATE + BIRTH_DATE_MISSING:
            faults["birth_date"] = None
        elif at < NAME_VARIANT + DEFAULT_BIRTH_DATE + BIRTH_DATE_MISSING + NAME_MISSING:
            faults["name"] = None
        for field in _MAY_BE_MISSING:
            if pick() * _OTHER_FAULTS < ATTRIBUTE_MISSING:
                faults[field] = None
        if truth.sex == "FEMALE" and pick() * _OTHER_FAULTS < ATTRIBUTE_MISSING:
            faults["is_pregnant"] = faults["pregnancy_due_on"] = None


_REPLACE: Callable[..., Person] = msgspec.structs.replace
