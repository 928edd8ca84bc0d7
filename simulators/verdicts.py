"""What an ideal three-valued evaluator says that sees only recorded data and links by identity.

None is UNKNOWN. A unit is ALREADY_ENROLLED when an active line of the programme is linked to it (or its
district says so), else NOT_ELIGIBLE when a clause is false, else EXCLUDED when the exclusion is true,
else UNKNOWN when a clause or the exclusion is unknown, else ELIGIBLE. Clauses are lazy: the first false one ends it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from simulators.numbers import is_valid_kk, is_valid_nik
from simulators.records import Household, Participant, Person
from simulators.rules import OFFICIALS, SCHOOL_LEVELS, age_on
from simulators.truth import PROGRAMMES, Links, Unit, find_links, recorded_households
from simulators.world import World

Tri = bool | None


class Verdicts(msgspec.Struct):
    """Per programme: how many units have which verdict, and the ELIGIBLE ones."""

    counts: dict[str, Counter[str]]
    unserved: dict[str, set[Unit]]


def all_of(values: Iterable[Tri]) -> Tri:
    """Three-valued and."""
    result: Tri = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def any_of(values: Iterable[Tri]) -> Tri:
    """Three-valued or."""
    result: Tri = False
    for value in values:
        if value:
            return True
        if value is None:
            result = None
    return result


def verdict(clauses: Iterable[Tri], exclusion: Tri, *, is_enrolled: bool) -> str:
    """The verdict of a unit."""
    if is_enrolled:
        return "ALREADY_ENROLLED"
    passed = all_of(clauses)
    if passed is False:
        return "NOT_ELIGIBLE"
    if exclusion:
        return "EXCLUDED"
    return "UNKNOWN" if passed is None or exclusion is None else "ELIGIBLE"


class Evaluator:
    """Evaluates recorded households on a day."""

    def __init__(self, world: World, as_of: date, links: Links) -> None:
        self._as_of = as_of
        self._covers: dict[tuple[str, str], list[Participant]] = {}
        """Active linked KIS lines, by district code and person id."""
        for person_link in links.persons.values():
            participant = world.kis.participants[person_link.participant_id]
            if participant.status == "ACTIVE":
                key = person_link.district, person_link.person_id
                self._covers.setdefault(key, []).append(participant)
        self._drawing_pkh = {
            (link.district, link.household_id)
            for link in links.households.values()
            if world.pkh.recipients[link.recipient_id].status == "ACTIVE"
        }

    def household_verdicts(self, code: str, household: Household) -> dict[str, str]:
        """The verdicts of the programmes for households."""
        exclusion = any_of(all_of((_is_living(m), _is_official(m))) for m in household.members)
        draws_pkh = (code, household.id) in self._drawing_pkh
        has_component = any_of(map(self._has_component, household.members))
        pkh = (_at_most(household.decile, 4), has_component, _is_identified(household))
        return {
            "PKH": verdict(pkh, exclusion, is_enrolled=draws_pkh),
            "SEMBAKO": verdict(
                (_at_most(household.decile, 5),), exclusion, is_enrolled="SEMBAKO" in household.assistance
            ),
        }

    def person_verdicts(self, code: str, household: Household, person: Person) -> dict[str, str]:
        """The verdicts of the programmes for persons."""
        covers = self._covers.get((code, person.id), ())
        has_pbi = any(cover.segment == "PBI" for cover in covers)
        official = _is_official(person)
        kis = _kis_clauses(household, person, is_covered=bool(covers))
        pip = self._pip_clauses(code, household, person)
        return {
            "KIS_PBI": verdict(kis, official, is_enrolled=has_pbi),
            "PIP": verdict(pip, official, is_enrolled="PIP" in person.assistance),
        }

    def _pip_clauses(self, code: str, household: Household, person: Person) -> Iterator[Tri]:
        yield person.is_enrolled_in_school
        yield _is_one_of(person.school_level, SCHOOL_LEVELS)
        yield _is_living(person)
        yield 6 <= age_on(person.birth_date, self._as_of) <= 21 if person.birth_date else None
        draws_pkh: Tri = (code, household.id) in self._drawing_pkh
        if not draws_pkh and not _is_identified(household):
            draws_pkh = None
        yield any_of((_at_most(household.decile, 4), draws_pkh))

    def _has_component(self, person: Person) -> Tri:
        age = age_on(person.birth_date, self._as_of) if person.birth_date else None
        is_pupil = all_of((person.is_enrolled_in_school, _is_one_of(person.school_level, SCHOOL_LEVELS)))
        component = any_of(
            (
                person.is_pregnant,
                None if age is None else age <= 6 or age >= 60,
                is_pupil,
                _is_one_of(person.disability, {"SEVERE"}),
            )
        )
        return all_of((_is_living(person), component))


def evaluate(world: World, as_of: date, links: Links | None = None) -> Verdicts:
    """The verdicts of all recorded units; `links` are those findable by identity, found anew when absent."""
    evaluator = Evaluator(world, as_of, links or find_links(world))
    counts: dict[str, Counter[str]] = {programme: Counter() for programme in PROGRAMMES}
    unserved: dict[str, set[Unit]] = {programme: set() for programme in PROGRAMMES}

    def note(verdicts: dict[str, str], unit: Unit) -> None:
        for programme, value in verdicts.items():
            counts[programme][value] += 1
            if value == "ELIGIBLE":
                unserved[programme].add(unit)

    for code, household in recorded_households(world):
        note(evaluator.household_verdicts(code, household), (code, household.id, None))
        for member in household.members:
            note(evaluator.person_verdicts(code, household, member), (code, household.id, member.id))
    return Verdicts(counts, unserved)


def _kis_clauses(household: Household, person: Person, *, is_covered: bool) -> Iterator[Tri]:
    yield _at_most(household.decile, 5)
    yield _is_living(person)
    yield not is_covered
    yield True if is_valid_nik(person.nik) else None


def _at_most(decile: int | None, cut_off: int) -> Tri:
    return None if decile is None else decile <= cut_off


def _is_one_of(value: str | None, wanted: Iterable[str]) -> Tri:
    return None if value is None else value in wanted


def _is_living(person: Person) -> Tri:
    return _is_one_of(person.vital_status, {"ALIVE"})


def _is_official(person: Person) -> Tri:
    return _is_one_of(person.occupation_class, OFFICIALS)


def _is_identified(household: Household) -> Tri:
    """True when the household could have been found on a roster, else unknown."""
    if is_valid_kk(household.kk_number) or any(is_valid_nik(member.nik) for member in household.members):
        return True
    return None
