"""The made population: the same for the same seed, every number once, shaped like the lists of the poor."""

from collections import Counter
from collections.abc import Callable

import pytest

from simulators.numbers import is_valid_kk, is_valid_nik
from simulators.regions import Regions
from simulators.rules import age_on
from simulators.world import World


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions.read()


def households_of(world: World) -> list:
    return [h for s in world.population.settlements.values() for h in (*s.households.values(), *s.elsewhere.values())]


def test_equal_seeds_make_equal_worlds_and_other_seeds_make_others(make_world: Callable[..., World]) -> None:
    first, again, other = make_world(seed=1), make_world(seed=1), make_world(seed=2)

    assert first.population.settlements == again.population.settlements
    assert [d.households for d in first.districts.values()] == [d.households for d in again.districts.values()]
    assert first.kis.participants == again.kis.participants
    assert first.pkh.recipients == again.pkh.recipients
    assert first.population.settlements != other.population.settlements


def test_every_nik_and_kk_number_is_valid_and_belongs_to_one(make_world: Callable[..., World]) -> None:
    households = households_of(make_world(households=1_500))
    niks = [member.nik for household in households for member in household.members]
    kks = [kk for h in households for kk in (h.kk_number, *h.previous_kk_numbers)]

    assert len(niks) == len(set(niks))
    assert len(kks) == len(set(kks))
    assert all(map(is_valid_nik, niks))
    assert all(map(is_valid_kk, kks))


def test_a_nik_tells_the_birth_date_and_the_sex(make_world: Callable[..., World]) -> None:
    for person in make_world().population.people.values():
        day = int(person.nik[6:8])
        assert (day > 40) == (person.sex == "FEMALE")
        assert f"{day % 40 or 40:02}{person.nik[8:12]}" == person.birth_date.strftime("%d%m%y")


def test_a_nik_is_of_the_region_of_first_registration(make_world: Callable[..., World]) -> None:
    world = make_world(households=800)
    members = [m for h in world.population.settlements["35.10"].households.values() for m in h.members]

    elsewhere = sum(member.nik.startswith("3509") for member in members) / len(members)

    assert {member.nik[:4] for member in members} == {"3510", "3509"}
    assert 0.02 < elsewhere < 0.06


def test_households_have_one_to_eight_members_three_and_a_half_on_average(make_world: Callable[..., World]) -> None:
    sizes = Counter(len(h.members) for h in households_of(make_world(households=2_000)))

    assert set(sizes) == set(range(1, 9))
    assert sizes.total() == 4_040
    assert 3.4 < sum(size * count for size, count in sizes.items()) / sizes.total() < 3.7


def test_seven_in_ten_households_are_in_deciles_one_to_five(make_world: Callable[..., World]) -> None:
    deciles = [household.decile for household in households_of(make_world(households=2_000))]

    assert 0.67 < sum(decile <= 5 for decile in deciles) / len(deciles) < 0.73


def test_each_household_has_one_head_and_pupils_are_of_school_age(make_world: Callable[..., World]) -> None:
    world = make_world(households=500)
    for household in households_of(world):
        assert [member.is_head for member in household.members].count(True) == 1
        for member in household.members:
            age = age_on(member.birth_date, world.settings.as_of)
            assert 0 <= age < 100
            assert not member.is_enrolled_in_school or 5 <= age <= 23
            assert not member.is_pregnant or (member.sex == "FEMALE" and 17 <= age <= 44)


def test_the_real_regions_are_all_there_and_banyuwangi_is_the_first_district(regions: Regions) -> None:
    assert len(regions.by_code) == 514
    assert sum(regency.population for regency in regions.by_code.values()) == 284_973_643
    assert sum(len(s.villages) for r in regions.by_code.values() for s in r.subdistricts) == 83_762
    assert regions.first(3) == ["35.10", "35.09", "33.74"]
    assert sorted(regions.first(514)) == sorted(regions.by_code)
    assert len({code[:2] for code in regions.first(37)}) >= 34


@pytest.mark.parametrize("count", [0, 515])
def test_a_number_of_districts_that_there_are_not_is_refused(regions: Regions, count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} districts asked for; there are 1 to 514"):
        regions.first(count)


def test_an_unknown_regency_is_named(regions: Regions) -> None:
    with pytest.raises(ValueError, match=r"no regency has the code '3510'; write it as 35\.10"):
        regions.select(["35.10", "3510"])
