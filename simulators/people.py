"""A made population on the real regions: seeded, deterministic, the same on every machine.

Households of one to eight persons with head, spouse, children and elders; the list of a district
holds mostly the poor. Every NIK and KK number is unique in the whole population.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import accumulate
from random import Random

import msgspec

from simulators.attributes import Attributes
from simulators.names import name_of
from simulators.numbers import day_digits, next_free
from simulators.records import Household, Person
from simulators.regions import Regency, Subdistrict

SIZES = tuple(accumulate((0.08, 0.17, 0.27, 0.25, 0.13, 0.06, 0.03, 0.01)))
DECILES = tuple(accumulate((0.17, 0.16, 0.14, 0.12, 0.11, 0.09, 0.08, 0.06, 0.04, 0.03)))
"""Cumulated shares of deciles 1 to 10: the list holds the poor, 70 % are in 1 to 5."""
ELSEWHERE_SHARE = 0.01
"""Households that only national systems know, for each one that a district lists."""

KK_CHANGED_SHARE = 0.04
"""Households whose KK number changed since the national rosters were written."""


class Settlement(msgspec.Struct, gc=False):
    """The made people of one regency, by household id: those that its district lists, and the others."""

    regency: Regency
    households: dict[str, Household]
    elsewhere: dict[str, Household]


class Population:
    """Everybody: `people` by NIK, `kk_numbers` ever issued, settlements by regency code.

    `mistyped` holds the NIKs that districts wrote down and that are nobody's.
    """

    def __init__(self, seed: int, as_of: date, registered_at: Sequence[Regency]) -> None:
        """`registered_at`: regencies in which people who moved may have been registered first."""
        self.seed = seed
        self.as_of = as_of
        self.observed_at = datetime.combine(as_of, time(), UTC)
        self.people: dict[str, Person] = {}
        self.kk_numbers: set[str] = set()
        self.mistyped: set[str] = set()
        self.settlements: dict[str, Settlement] = {}
        self._origins = [_digits(subdistrict.code) for other in registered_at for subdistrict in other.subdistricts]
        self._days = _Days(as_of)

    def settle(self, regency: Regency, households: int) -> Settlement:
        """Make the households of one regency; the order of calls matters for serial numbers only."""
        rng = Random(f"{self.seed}/{regency.code}/people")
        family = Family(self, regency, rng)
        listed = [family.household(f"H{n:06}") for n in range(1, households + 1)]
        others = [family.household(f"X{n:06}") for n in range(1, 1 + round(households * ELSEWHERE_SHARE))]
        settlement = Settlement(
            regency,
            {household.id: household for household in listed},
            {household.id: household for household in others},
        )
        self.settlements[regency.code] = settlement
        return settlement

    def issue_kk(self, region_digits: str, rng: Random) -> str:
        """A KK number that nobody has or had, issued on some day of the last fifteen years."""
        issued_on = self._days.digits(int(rng.random() * 5_475), woman=False)
        number = next_free(region_digits + issued_on, self.kk_numbers)
        self.kk_numbers.add(number)
        return number

    def issue_nik(self, region_digits: str, days_old: int, *, woman: bool) -> str:
        """A NIK that nobody has, and that nobody was given by mistake."""
        return next_free(region_digits + self._days.digits(days_old, woman=woman), self.people, self.mistyped)

    def first_registered(self, own: str, rng: Random) -> str:
        """The region of first registration: mostly the own kecamatan, sometimes another regency's."""
        if not self._origins or rng.random() < 0.93:
            return own
        return self._origins[int(rng.random() * len(self._origins))]

    def birth_date(self, days_old: int) -> date:
        """The day so many days before `as_of`; equal days are one object."""
        return self._days.day(days_old)


class _Days:
    """Days counted back from `as_of`, each made once: a million persons share 36,000 days."""

    def __init__(self, as_of: date) -> None:
        self._ordinal = as_of.toordinal()
        self._made: dict[int, tuple[date, str, str]] = {}

    def _get(self, days_back: int) -> tuple[date, str, str]:
        found = self._made.get(days_back)
        if found is None:
            day = date.fromordinal(self._ordinal - days_back)
            found = self._made[days_back] = (day, day_digits(day), day_digits(day, woman=True))
        return found

    def day(self, days_back: int) -> date:
        return self._get(days_back)[0]

    def digits(self, days_back: int, *, woman: bool) -> str:
        _, of_man, of_woman = self._get(days_back)
        return of_woman if woman else of_man


class Family:
    """Makes the households of one regency, one after the other, from one random stream."""

    def __init__(self, population: Population, regency: Regency, rng: Random) -> None:
        self._population = population
        self._places = [(_digits(subdistrict.code), subdistrict) for subdistrict in regency.subdistricts]
        self._birth_place = regency.name.removeprefix("Kabupaten ").removeprefix("Kota ")
        self._rng = rng
        self._attributes = Attributes(rng, population.as_of)

    def household(self, household_id: str) -> Household:
        """The next household."""
        pick = self._rng.random
        digits, subdistrict = self._places[int(pick() * len(self._places))]
        old_kk = (self._population.issue_kk(digits, self._rng),) if pick() < KK_CHANGED_SHARE else ()
        decile = _place(DECILES, pick())
        members = tuple(
            self._person(f"{household_id}-{n}", digits, decile, role, age, woman=woman)
            for n, (role, age, woman) in enumerate(self._roles(_place(SIZES, pick())), 1)
        )
        return Household(
            id=household_id,
            revision=0,
            observed_at=self._population.observed_at,
            region_code=_village(subdistrict, pick()),
            kk_number=self._population.issue_kk(digits, self._rng),
            previous_kk_numbers=old_kk,
            address=f"RT {1 + int(pick() * 12):02} RW {1 + int(pick() * 8):02}",
            decile=decile,
            welfare_source="DTSEN",
            welfare_period="2026-Q1",
            assistance=(),
            members=members,
        )

    def newborn(self, household: Household, person_id: str) -> Person:
        """A child born on the last days before `as_of` into a household."""
        digits = _digits(household.region_code[:8])
        decile = household.decile or 5
        woman = self._rng.random() < 0.49
        return self._person(person_id, digits, decile, "CHILD", 0.01, woman=woman)

    def _roles(self, size: int) -> Iterator[tuple[str, float, bool]]:
        """Role, age in years and whether a woman, of each member."""
        pick = self._rng.random
        old_alone = size <= 2 and pick() < 0.55
        head_age = 58 + pick() * 27 if old_alone else 23 + pick() * 42
        head_is_woman = pick() < (0.6 if size == 1 else 0.15)
        yield "HEAD", head_age, head_is_woman
        left = size - 1
        youngest_parent = head_age
        if left and not head_is_woman and pick() < 0.92:
            spouse_age = max(18.0, head_age - 3 + pick() * 6 - 3)
            youngest_parent = min(head_age, spouse_age)
            left -= 1
            yield "SPOUSE", spouse_age, True
        if left and head_age < 55 and pick() < 0.18:
            left -= 1
            yield "ELDER", min(96.0, head_age + 20 + pick() * 14), pick() < 0.65
        for _ in range(left):
            yield "CHILD", max(0.0, youngest_parent - 18 - pick() * 19), pick() < 0.49

    def _person(self, person_id: str, digits: str, decile: int, role: str, age: float, *, woman: bool) -> Person:
        population, rng = self._population, self._rng
        days_old = int(age * 365.25)
        nik = population.issue_nik(population.first_registered(digits, rng), days_old, woman=woman)
        person = Person(
            id=person_id,
            nik=nik,
            name=name_of(rng, woman=woman),
            sex="FEMALE" if woman else "MALE",
            birth_date=population.birth_date(days_old),
            birth_place=self._birth_place,
            is_head=role == "HEAD",
            **self._attributes.of(role, age, decile, woman=woman),
        )
        population.people[nik] = person
        return person


def _digits(subdistrict_code: str) -> str:
    return subdistrict_code.replace(".", "")


def _place(shares: Sequence[float], at: float) -> int:
    """The position from 1 of the cumulated share into which `at` falls."""
    for position, share in enumerate(shares, 1):
        if at < share:
            return position
    return len(shares)


def _village(subdistrict: Subdistrict, at: float) -> str:
    return subdistrict.villages[int(at * len(subdistrict.villages))]
