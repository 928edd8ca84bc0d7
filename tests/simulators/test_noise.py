"""What districts write down: the shares of matching.md, and nothing that makes the truth ambiguous."""

from collections.abc import Callable, Iterator
from datetime import date
from random import Random

import pytest

from simulators.kis import CardRequest, is_plausible
from simulators.names import sounds, variant_of
from simulators.noise import KK_INVALID, KK_MISSING, NIK_INVALID, NIK_MISSING, NIK_MISTYPED
from simulators.numbers import is_valid_kk, is_valid_nik, mistyped, spoiled
from simulators.records import Household, Person
from simulators.world import World


@pytest.fixture
def big(make_world: Callable[..., World]) -> World:
    return make_world(households=2_500)


def pairs(world: World) -> Iterator[tuple[Household, Household]]:
    """Each household as it is and as recorded."""
    for code, settlement in world.population.settlements.items():
        for household_id, truth in settlement.households.items():
            yield truth, world.districts[code].households[household_id]


def person_pairs(world: World) -> list[tuple[Person, Person]]:
    return [both for truth, record in pairs(world) for both in zip(truth.members, record.members, strict=True)]


def test_niks_are_missing_invalid_and_mistyped_in_the_known_shares(big: World) -> None:
    recorded = [record.nik for _, record in person_pairs(big)]
    count = len(recorded)
    missing = recorded.count(None)
    invalid = sum(nik is not None and not is_valid_nik(nik) for nik in recorded)
    wrong = sum(is_valid_nik(nik) and nik not in big.population.people for nik in recorded)

    assert missing / count == pytest.approx(NIK_MISSING, abs=0.01)
    assert invalid / count == pytest.approx(NIK_INVALID, abs=0.004)
    assert wrong / count == pytest.approx(NIK_MISTYPED, abs=0.006)


def test_a_valid_recorded_nik_is_held_once_and_never_somebody_elses(big: World) -> None:
    valid = [(truth, record) for truth, record in person_pairs(big) if is_valid_nik(record.nik)]

    assert len({record.nik for _, record in valid}) == len(valid)
    assert all(record.nik == truth.nik or record.nik not in big.population.people for truth, record in valid)


def test_an_invalid_placeholder_is_shared_by_many(big: World) -> None:
    niks = [record.nik for _, record in person_pairs(big)]

    assert niks.count("0" * 16) > 3


def test_kk_numbers_are_missing_invalid_and_changed_in_the_known_shares(big: World) -> None:
    both = list(pairs(big))
    changed = [(truth, record) for truth, record in both if truth.previous_kk_numbers]
    remembered = [record for truth, record in changed if record.previous_kk_numbers == truth.previous_kk_numbers]

    assert sum(r.kk_number is None for _, r in both) / len(both) == pytest.approx(KK_MISSING, abs=0.01)
    invalid = sum(r.kk_number is not None and not is_valid_kk(r.kk_number) for _, r in both)
    assert invalid / len(both) == pytest.approx(KK_INVALID, abs=0.004)
    assert len(changed) / len(both) == pytest.approx(0.04, abs=0.01)
    assert 0.7 < len(remembered) / len(changed) < 0.9
    assert all(not r.previous_kk_numbers for t, r in changed if r not in remembered)


def test_the_roster_has_the_old_kk_number_of_a_household_that_changed_it(big: World) -> None:
    written = {unit: big.pkh.recipients[recipient] for unit, recipient in big.pkh.recipient_of.items()}
    for code, settlement in big.population.settlements.items():
        for household in settlement.households.values():
            recipient = written.get((code, household.id))
            if recipient is not None and recipient.kk_number is not None:
                expected = household.previous_kk_numbers[-1] if household.previous_kk_numbers else household.kk_number
                assert recipient.kk_number == expected


def test_names_and_birth_dates_differ_as_clerks_make_them_differ(big: World) -> None:
    both = person_pairs(big)
    other_names = [(t.name, r.name) for t, r in both if r.name is not None and r.name != t.name]
    other_dates = [(t.birth_date, r.birth_date) for t, r in both if r.birth_date not in {None, t.birth_date}]

    assert 0.04 < len(other_names) / len(both) < 0.08
    assert all(sounds(true) & sounds(written) for true, written in other_names)
    assert 0.02 < len(other_dates) / len(both) < 0.04
    assert all(written == date(true.year, 1, 1) for true, written in other_dates)


def test_what_nobody_got_wrong_is_the_same_object(big: World) -> None:
    both = person_pairs(big)

    assert 0.7 < sum(truth is record for truth, record in both) / len(both) < 0.85


def test_kis_recognises_everybody_as_recorded(big: World) -> None:
    for truth, record in person_pairs(big):
        assert is_plausible(CardRequest("key", truth.nik, record.name, record.birth_date, None), truth)


@pytest.mark.parametrize(
    ("name", "woman", "variants"),
    [
        ("Muhammad Yusuf", False, {"Moh. Yusuf", "M. Yusuf", "Muh. Yusuf", "Mohamad Yusuf"}),
        ("Siti Aminah", True, {"St. Aminah", "Sitti Aminah"}),
        ("Sujarwo", False, {"Soejarwo", "Sudjarwo", "H. Sujarwo", "SUJARWO"}),
        ("Bambang Santoso", False, {"Bambang", "Drs. Bambang Santoso"}),
    ],
)
def test_a_name_has_the_variants_that_registers_hold(name: str, woman: bool, variants: set[str], rng: Random) -> None:
    written = {variant_of(name, rng, woman=woman) for _ in range(400)}

    assert variants <= written
    assert name not in written


def test_a_spoiled_number_is_never_valid(rng: Random) -> None:
    written = {spoiled("3510010101900001", rng) for _ in range(300)}

    assert not any(is_valid_nik(number) or is_valid_kk(number) for number in written)
    assert {"0000000000000000", "3510010101000000", "351001010190000", "3510010001900001"} <= written


def test_a_mistyped_nik_is_valid_one_digit_off_and_nobodys(rng: Random) -> None:
    taken = {"3510010101900001", "3510010101900002"}
    for _ in range(200):
        wrong = mistyped("3510010101900001", rng, taken)
        assert is_valid_nik(wrong)
        assert wrong not in taken
        assert sum(a != b for a, b in zip(wrong, "3510010101900001", strict=True)) == 1


@pytest.mark.parametrize(
    ("nik", "is_valid"),
    [
        ("3510010101900001", True),
        ("3510014101900001", True),
        ("3510017112900001", True),
        ("3510012902000001", True),
        ("3510016902000001", True),
        ("3510012902010001", False),
        ("3510013104900001", False),
        ("3510014001900001", False),
        ("3510010001900001", False),
        ("3510013201900001", False),
        ("3510017201900001", False),
        ("3510010113900001", False),
        ("3510010100900001", False),
        ("3510010101900000", False),
        ("351001010190001", False),
        ("35100101019000011", False),
        ("351001010190000a", False),
        ("٣٥١٠٠١٠١٠١٩٠٠٠٠١", False),
        (None, False),
    ],
)
def test_a_nik_is_valid_by_its_structure(nik: str | None, is_valid: bool) -> None:
    assert is_valid_nik(nik) is is_valid


def test_a_kk_number_has_no_raised_day() -> None:
    assert is_valid_kk("3510013112200001")
    assert not is_valid_kk("3510014112200001")
