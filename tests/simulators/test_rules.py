"""True entitlement on hand-made people, and the recorded verdict beside it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from simulators import rules
from simulators.records import Household, Person
from simulators.truth import real_need
from simulators.verdicts import Tri, all_of, any_of, evaluate, verdict
from simulators.world import World

AS_OF = date(2026, 7, 1)
MakePerson = Callable[..., Person]
MakeHousehold = Callable[..., Household]


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2020, 7, 1), 6), (date(2019, 7, 2), 6), (date(2019, 7, 1), 7), (date(1966, 7, 1), 60), (AS_OF, 0)],
)
def test_age_is_in_completed_years(born: date, age: int) -> None:
    assert rules.age_on(born, AS_OF) == age


@pytest.mark.parametrize(
    ("values", "component"),
    [
        ({"sex": "FEMALE", "is_pregnant": True}, "PREGNANT"),
        ({"birth_date": date(2019, 7, 2)}, "EARLY_CHILD"),
        ({"birth_date": date(2019, 7, 1)}, None),
        ({"disability": "SEVERE"}, "SEVERE_DISABILITY"),
        ({"disability": "MILD"}, None),
        ({"birth_date": date(1966, 7, 1)}, "ELDERLY"),
        ({"birth_date": date(1966, 7, 2)}, None),
        ({"school_level": "SMP", "is_enrolled_in_school": True}, "SMP"),
        ({"school_level": "SMP"}, None),
        ({"school_level": "HIGHER", "is_enrolled_in_school": True}, None),
        ({"disability": "SEVERE", "vital_status": "DECEASED"}, None),
        ({"disability": "SEVERE", "vital_status": "MOVED_ABROAD"}, None),
    ],
)
def test_a_person_counts_in_the_pkh_component_that_fits(
    make_person: MakePerson, values: dict[str, Any], component: str | None
) -> None:
    assert rules.component_of(make_person(**values), AS_OF) == component


def test_at_most_the_four_dearest_members_are_counted(make_person: MakePerson, make_household: MakeHousehold) -> None:
    members = [
        make_person(school_level="SD", is_enrolled_in_school=True),
        make_person(school_level="SMA", is_enrolled_in_school=True),
        make_person(birth_date=date(1950, 1, 1)),
        make_person(birth_date=date(2024, 1, 1)),
        make_person(birth_date=date(2023, 1, 1)),
    ]

    components = rules.components_of(make_household(*members), AS_OF)

    assert components == {"EARLY_CHILD": 2, "ELDERLY": 1, "SMA": 1}
    assert rules.amount_of(components) == 10_400_000


def test_a_living_official_excludes_the_household_and_a_dead_one_does_not(
    make_person: MakePerson, make_household: MakeHousehold
) -> None:
    child = make_person(birth_date=date(2024, 1, 1))
    official = make_person(occupation_class="POLICE")
    late = make_person(occupation_class="POLICE", vital_status="DECEASED")

    assert not rules.may_have_pkh(make_household(child, official), AS_OF)
    assert not rules.may_have_sembako(make_household(child, official))
    assert rules.may_have_pkh(make_household(child, late), AS_OF)
    assert rules.may_have_sembako(make_household(child, late))


@pytest.mark.parametrize(("decile", "expected"), [(1, True), (5, True), (6, False), (None, False)])
def test_kis_is_for_deciles_one_to_five(
    make_person: MakePerson, make_household: MakeHousehold, decile: int | None, expected: bool
) -> None:
    person = make_person()
    assert rules.may_have_kis(make_household(person, decile=decile), person) is expected


@pytest.mark.parametrize(
    ("values", "decile", "draws_pkh", "expected"),
    [
        ({}, 4, False, True),
        ({}, 5, False, False),
        ({}, 5, True, True),
        ({"birth_date": date(2020, 7, 2)}, 4, False, False),
        ({"birth_date": date(2004, 7, 2)}, 4, False, True),
        ({"birth_date": date(2004, 7, 1)}, 4, False, False),
        ({"is_enrolled_in_school": False}, 4, False, False),
        ({"vital_status": "DECEASED"}, 4, False, False),
        ({"occupation_class": "MILITARY"}, 4, False, False),
    ],
)
def test_pip_is_for_pupils_of_poor_or_pkh_households(
    make_person: MakePerson,
    make_household: MakeHousehold,
    values: dict[str, Any],
    decile: int,
    draws_pkh: bool,
    expected: bool,
) -> None:
    pupil = {"birth_date": date(2014, 1, 1), "school_level": "SD", "is_enrolled_in_school": True}
    person = make_person(**(pupil | values))
    household = make_household(person, decile=decile)

    assert rules.may_have_pip(household, person, AS_OF, draws_pkh=draws_pkh) is expected


@pytest.mark.parametrize(
    ("values", "every", "some"),
    [
        ((True, True), True, True),
        ((True, None), None, True),
        ((None, False), False, None),
        ((False, True), False, True),
        ((None, None), None, None),
        ((False, False), False, False),
        ((), True, False),
    ],
)
def test_logic_has_three_values(values: tuple[Tri, ...], every: Tri, some: Tri) -> None:
    assert all_of(values) is every
    assert any_of(values) is some


@pytest.mark.parametrize(
    ("clauses", "exclusion", "is_enrolled", "expected"),
    [
        ((True, True), False, False, "ELIGIBLE"),
        ((True, None), False, False, "UNKNOWN"),
        ((True, True), None, False, "UNKNOWN"),
        ((None, False), None, False, "NOT_ELIGIBLE"),
        ((False,), True, False, "NOT_ELIGIBLE"),
        ((None,), True, False, "EXCLUDED"),
        ((False,), True, True, "ALREADY_ENROLLED"),
    ],
)
def test_a_verdict_follows_from_clauses_exclusion_and_enrolment(
    clauses: tuple[Tri, ...], exclusion: Tri, is_enrolled: bool, expected: str
) -> None:
    assert verdict(clauses, exclusion, is_enrolled=is_enrolled) == expected


def test_without_noise_the_recorded_verdicts_are_the_truth(make_world: Callable[..., World]) -> None:
    world = make_world(households=300)
    for code, district in world.districts.items():
        truths = world.population.settlements[code].households
        district.households.update(truths)
    for participant in list(world.kis.participants.values()):
        nik = world.kis.nik_of[participant.id]
        world.kis.participants[participant.id] = msgspec.structs.replace(participant, nik=nik)
    for (code, household_id), recipient_id in world.pkh.recipient_of.items():
        households = world.population.settlements[code]
        truth = {**households.households, **households.elsewhere}[household_id]
        recipient = world.pkh.recipients[recipient_id]
        world.pkh.recipients[recipient_id] = msgspec.structs.replace(recipient, kk_number=truth.kk_number)

    assert evaluate(world, AS_OF).unserved == real_need(world, AS_OF)


def test_what_is_not_recorded_is_unknown_and_never_eligible(make_world: Callable[..., World]) -> None:
    world = make_world(households=200)
    for district in world.districts.values():
        for household in list(district.households.values()):
            district.households[household.id] = msgspec.structs.replace(household, decile=None)

    verdicts = evaluate(world, AS_OF)

    assert not verdicts.unserved["KIS_PBI"] | verdicts.unserved["PKH"] | verdicts.unserved["SEMBAKO"]
    assert verdicts.counts["SEMBAKO"]["UNKNOWN"] > 100
