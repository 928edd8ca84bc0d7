"""Who is truly entitled to what: the rules of domain.md over the true attributes, in plain Python."""

from datetime import date

from simulators.records import Household, Person

OFFICIALS = frozenset({"CIVIL_SERVANT", "MILITARY", "POLICE"})
SCHOOL_LEVELS = frozenset({"SD", "SMP", "SMA"})
PKH_AMOUNTS = {
    "PREGNANT": 3_000_000,
    "EARLY_CHILD": 3_000_000,
    "SD": 900_000,
    "SMP": 1_500_000,
    "SMA": 2_000_000,
    "SEVERE_DISABILITY": 2_400_000,
    "ELDERLY": 2_400_000,
}
"""Rupiah a year for one counted member."""
COUNTED_MEMBERS = 4


def age_on(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_living(person: Person) -> bool:
    """Alive and in the country."""
    return person.vital_status == "ALIVE"


def is_official(person: Person) -> bool:
    """Civil servant, military or police: excluded from all four programmes."""
    return person.occupation_class in OFFICIALS


def has_official(household: Household) -> bool:
    """Whether a living member is excluded, and with the member the household."""
    return any(is_official(member) and is_living(member) for member in household.members)


def component_of(person: Person, as_of: date) -> str | None:
    """The dearest PKH component of a person, None without any."""
    if not is_living(person) or person.birth_date is None:
        return None
    age = age_on(person.birth_date, as_of)
    if person.is_pregnant:
        return "PREGNANT"
    if age <= 6:
        return "EARLY_CHILD"
    if person.disability == "SEVERE":
        return "SEVERE_DISABILITY"
    if age >= 60:
        return "ELDERLY"
    if person.is_enrolled_in_school and person.school_level in SCHOOL_LEVELS:
        return person.school_level
    return None


def components_of(household: Household, as_of: date) -> dict[str, int]:
    """Counts by component of the at most four members that cost most."""
    found = [component for member in household.members if (component := component_of(member, as_of)) is not None]
    found.sort(key=lambda component: -PKH_AMOUNTS[component])
    counts: dict[str, int] = {}
    for component in found[:COUNTED_MEMBERS]:
        counts[component] = counts.get(component, 0) + 1
    return counts


def amount_of(components: dict[str, int]) -> int:
    """Rupiah a year."""
    return sum(PKH_AMOUNTS[component] * count for component, count in components.items())


def is_poor(household: Household, cut_off: int) -> bool:
    """Whether the decile is known and at most `cut_off`."""
    return household.decile is not None and household.decile <= cut_off


def may_have_kis(household: Household, person: Person) -> bool:
    """KIS_PBI but for cover: decile 1-5, alive, not an official (every true person has an active NIK)."""
    return is_poor(household, 5) and is_living(person) and not is_official(person)


def may_have_pkh(household: Household, as_of: date) -> bool:
    """PKH: decile 1-4, no living official, at least one component."""
    return (
        is_poor(household, 4)
        and not has_official(household)
        and any(component_of(member, as_of) is not None for member in household.members)
    )


def may_have_sembako(household: Household) -> bool:
    """SEMBAKO: decile 1-5, no living official."""
    return is_poor(household, 5) and not has_official(household)


def may_have_pip(household: Household, person: Person, as_of: date, *, draws_pkh: bool) -> bool:
    """PIP: a living pupil of 6 to 21 in SD, SMP or SMA, decile 1-4 or in a PKH household."""
    return (
        bool(person.is_enrolled_in_school)
        and person.school_level in SCHOOL_LEVELS
        and (draws_pkh or is_poor(household, 4))
        and is_living(person)
        and not is_official(person)
        and person.birth_date is not None
        and 6 <= age_on(person.birth_date, as_of) <= 21
    )
