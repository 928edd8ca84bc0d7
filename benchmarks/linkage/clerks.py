"""How two registers write down the same people: the simulators' faults, in the shares that a benchmark asks for,
and harder ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from simulators.names import variant_of
from simulators.numbers import PLACEHOLDER, mistyped, spoiled
from simulators.people import Population
from simulators.records import Household, Person

Row = dict[str, object]

_PLACEHOLDERS = (PLACEHOLDER, "9" * 16, "1" * 16, "3510010101900001")
_LETTERS = "abcdefghiklmnoprstuy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Shares of records with each fault, in one register."""

    nik_missing: float = 0.08
    nik_invalid: float = 0.025
    nik_placeholder: float = 0.015
    nik_mistyped: float = 0.03
    nik_of_relative: float = 0.012
    kk_missing: float = 0.1
    kk_invalid: float = 0.01
    kk_other: float = 0.08
    """The family card was renewed: another number, of the whole household."""
    name_missing: float = 0.002
    name_variant: float = 0.28
    name_typed: float = 0.04
    """One letter wrong, left out or doubled."""
    name_words: float = 0.04
    """A word left out, or two exchanged."""
    name_habit: float = 0.0
    """Written by the habits of another office: initials, words run together, cut short."""
    birth_missing: float = 0.015
    birth_default: float = 0.07
    birth_swapped: float = 0.015
    birth_typed: float = 0.025
    sex_missing: float = 0.012
    sex_wrong: float = 0.004
    moved: float = 0.05
    """The household's village is another one of the regency."""
    regency_only: float = 0.0
    """The register knows no more of the place than the regency."""
    address_missing: float = 0.15
    address_other: float = 0.08


NO_FAULT = Faults(**dict.fromkeys(Faults.__slots__, 0.0))
ROSTER_FAULTS = Faults(regency_only=0.05)
ANOTHER_OFFICE = Faults(
    nik_missing=1.0,
    kk_missing=0.25,
    kk_other=0.02,
    name_variant=0.1,
    name_habit=0.25,
    name_typed=0.06,
    name_words=0.01,
    birth_missing=0.04,
    birth_default=0.12,
    birth_swapped=0.03,
    birth_typed=0.01,
    sex_missing=0.1,
    moved=0.02,
    address_missing=0.4,
)
"""Another mixture, without any NIK: what was trained for one office must serve another."""


class Clerk:
    """Writes the rows of one register."""

    def __init__(self, population: Population, faults: Faults, seed: str) -> None:
        self._people = population.people
        self._faults = faults
        self._rng = Random(f"{population.seed}/{seed}/clerk")
        self._villages = {
            code: [village for subdistrict in settlement.regency.subdistricts for village in subdistrict.villages]
            for code, settlement in population.settlements.items()
        }

    def household(self, household: Household) -> tuple[Row, list[Row]]:
        """What the members have in common, and a row for each of them: the fields of an IdentityRecord."""
        shared: Row = {
            "kk_number": self._kk(household),
            "region_code": self._region(household.region_code),
            "address": self._address(household.address or ""),
        }
        return shared, [self._person(member, household) for member in household.members]

    def _person(self, person: Person, household: Household) -> Row:
        return {
            "nik": self._nik(person, household),
            "name": self._name(person),
            "sex": self._sex(person.sex),
            "birth_date": None if person.birth_date is None else self._birth_date(person.birth_date),
        }

    def _nik(self, person: Person, household: Household) -> str | None:
        faults, rng, nik = self._faults, self._rng, person.nik or PLACEHOLDER
        kinds: tuple[tuple[float, Callable[[], str | None]], ...] = (
            (faults.nik_missing, lambda: None),
            (faults.nik_invalid, lambda: spoiled(nik, rng)),
            (faults.nik_placeholder, lambda: rng.choice((*_PLACEHOLDERS, nik[:12] + "0000"))),
            (faults.nik_mistyped, lambda: mistyped(nik, rng, self._people)),
            (faults.nik_of_relative, lambda: household.members[0].nik),
        )
        at = rng.random()
        for share, write in kinds:
            if at < share:
                return write()
            at -= share
        return nik

    def _kk(self, household: Household) -> str | None:
        faults, rng, number = self._faults, self._rng, household.kk_number or ""
        at = rng.random()
        if at < faults.kk_missing:
            return None
        if at < faults.kk_missing + faults.kk_invalid:
            return spoiled(number, rng)
        if at < faults.kk_missing + faults.kk_invalid + faults.kk_other:
            return f"{number[:6]}{rng.randint(1, 28):02}{rng.randint(1, 12):02}{rng.randint(10, 25)}{rng.randint(1, 900):04}"
        return number

    def _name(self, person: Person) -> str | None:
        faults, rng, name = self._faults, self._rng, person.name or ""
        if rng.random() < faults.name_missing:
            return None
        if rng.random() < faults.name_variant:
            name = variant_of(name, rng, woman=person.sex == "FEMALE")
        if rng.random() < faults.name_habit:
            name = by_habit(name, rng)
        if rng.random() < faults.name_typed:
            name = typed_wrong(name, rng)
        if rng.random() < faults.name_words and " " in name.strip():
            name = words_changed(name, rng)
        return name

    def _birth_date(self, day: date) -> date | None:
        faults, rng = self._faults, self._rng
        at = rng.random()
        if at < faults.birth_missing:
            return None
        at -= faults.birth_missing
        if at < faults.birth_default:
            return day.replace(month=1, day=1)
        at -= faults.birth_default
        if at < faults.birth_swapped:
            return day.replace(month=day.day, day=day.month) if day.day <= 12 else day
        at -= faults.birth_swapped
        return date_typed_wrong(day, rng) if at < faults.birth_typed else day

    def _sex(self, sex: str | None) -> str | None:
        at = self._rng.random()
        if at < self._faults.sex_missing:
            return None
        if at < self._faults.sex_missing + self._faults.sex_wrong:
            return "MALE" if sex == "FEMALE" else "FEMALE"
        return sex

    def _region(self, code: str) -> str:
        faults, rng = self._faults, self._rng
        if rng.random() < faults.moved:
            code = rng.choice(self._villages[code[:5]])
        return code[:5] if rng.random() < faults.regency_only else code

    def _address(self, address: str) -> str | None:
        faults, rng = self._faults, self._rng
        at = rng.random()
        if at < faults.address_missing:
            return None
        if at < faults.address_missing + faults.address_other:
            return f"RT {rng.randint(1, 12):02} RW {rng.randint(1, 8):02}"
        _, rt, _, rw = address.split()
        return rng.choice(
            (address, f"RT.{int(rt)}/RW.{int(rw)}", f"RT/RW {int(rt):03}/{int(rw):03}", f"Rt {int(rt)} Rw {int(rw)}")
        )


def by_habit(name: str, rng: Random) -> str:
    """`Siti Nur Lestari` as `SITI N LESTARI`, `SITINUR LESTARI`, `SITI NUR LESTA` or `S. NUR LESTARI`."""
    words = name.upper().split()
    kind = rng.random()
    if len(words) == 1 or kind < 0.25:
        return " ".join((*words[:-1], words[-1][:5]))
    if kind < 0.5:
        return " ".join((words[0] + words[1], *words[2:]))
    at = rng.randrange(len(words))
    return " ".join(f"{word[0]}." if place == at else word for place, word in enumerate(words))


def typed_wrong(name: str, rng: Random) -> str:
    """A letter replaced, left out or doubled."""
    at = rng.randrange(len(name))
    kind = rng.random()
    if kind < 0.4:
        return name[:at] + rng.choice(_LETTERS) + name[at + 1 :]
    return name[:at] + name[at + 1 :] if kind < 0.75 and len(name) > 3 else name[:at] + name[at] + name[at:]


def words_changed(name: str, rng: Random) -> str:
    """A word left out, or the first two exchanged."""
    words = name.split()
    if rng.random() < 0.6:
        del words[rng.randrange(len(words))]
        return " ".join(words)
    return " ".join((words[1], words[0], *words[2:]))


def date_typed_wrong(day: date, rng: Random) -> date:
    """Another day, month or year by one digit."""
    kind = rng.random()
    if kind < 0.4:
        return day.replace(day=rng.randint(1, 28))
    if kind < 0.7:
        return day.replace(month=rng.randint(1, 12), day=min(day.day, 28))
    return day.replace(year=day.year + rng.choice((-10, -1, 1)), day=min(day.day, 28))
