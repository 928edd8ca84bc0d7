"""What agreement weighs, and what is made of it."""

import math
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.linkage import (
    IdentityRecord,
    LinkOutcome,
    Normalised,
    Scored,
    among_rivals,
    load_weights,
    normalise,
    outcome,
    read_weights,
    score,
)
from hub.matching.linkage.levels import COMPARISONS
from hub.matching.linkage.score import probability_of
from hub.matching.linkage.weights import frequency
from tests.matching.linkage.people import KK, NIK, PERSONS, person

WEIGHTS = load_weights().searching(1_000_000)
FAMILY = {"region_code": "35.10.01.2001", "address": "RT 03 RW 05", "kk_number": KK}
MOTHER = FAMILY | {"name": "Siti Aminah", "nik": NIK, "sex": "FEMALE", "birth_date": date(1990, 1, 1)}


def bits_of(name: str, level: str) -> float:
    return WEIGHTS.levels[name][level].bits


@given(PERSONS, PERSONS)
def test_the_score_does_not_depend_on_the_order_of_the_two(one: Normalised, other: Normalised) -> None:
    assert score(one, other, WEIGHTS) == score(other, one, WEIGHTS)


@given(PERSONS, PERSONS)
def test_the_comparisons_add_up_to_the_score(one: Normalised, other: Normalised) -> None:
    scored = score(one, other, WEIGHTS)
    assert scored.bits == pytest.approx(WEIGHTS.prior + sum(part.bits for part in scored.compared))
    assert [part.comparison for part in scored.compared] == [comparison.name for comparison in COMPARISONS]


@given(PERSONS)
def test_nothing_in_common_to_compare_leaves_the_prior(one: Normalised) -> None:
    assert score(one, person(), WEIGHTS).bits == WEIGHTS.prior


@pytest.mark.parametrize(
    ("comparison", "falling"),
    [
        ("name", ("SAME_SOUND", "JOINED_OR_CLOSE", "SIMILAR", "PART_OF_OTHER", "WORD_SHARED", "DIFFERENT")),
        ("birth_date", ("ONE_EDIT", "SAME_YEAR", "DIFFERENT")),
        ("birth_date", ("DAY_AND_MONTH_SWAPPED", "SAME_YEAR", "DIFFERENT")),
        ("birth_date", ("SAME_YEAR_DEFAULT_DAY", "NEAR_YEAR_DEFAULT_DAY", "DIFFERENT")),
        ("nik", ("SAME", "ONE_EDIT_IN_FIRST_12", "ONE_EDIT_IN_SERIAL", "SAME_FIRST_12")),
        ("kk_number", ("SAME", "DIFFERENT")),
        ("place", ("SAME_RT", "SAME_HAMLET_OR_RT", "SAME_SUBDISTRICT", "DIFFERENT")),
        ("place", ("SAME_RT", "SAME_VILLAGE", "SAME_SUBDISTRICT", "DIFFERENT")),
        ("place", ("SAME_REGENCY_NO_VILLAGE", "SAME_REGENCY", "DIFFERENT")),
        ("sex", ("SAME", "DIFFERENT")),
    ],
)
def test_closer_agreement_weighs_more(comparison: str, falling: tuple[str, ...]) -> None:
    bits = [bits_of(comparison, level) for level in falling]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 0 > bits[-1]


def test_a_rare_name_weighs_more_than_a_common_one() -> None:
    def bits(name: str) -> float:
        return score(person(name=name), person(name=name), WEIGHTS).bits

    assert bits("Tukiyem Sembiring") > bits("Siti Tukiyem") > bits("Siti")


def test_a_name_that_nobody_has_counts_no_rarer_than_the_floor() -> None:
    assert frequency("sound_sorted", "IKS IPSILUN KUARK FIFIANI", WEIGHTS) == WEIGHTS.rarest_name


def test_one_person_written_in_two_registers_is_linked() -> None:
    elsewhere = person(name="St. Aminah", sex="FEMALE", birth_date=date(1990, 1, 1), region_code="35.10", kk_number=KK)
    assert outcome(score(person(**MOTHER), elsewhere, WEIGHTS), WEIGHTS) is LinkOutcome.LINKED


@pytest.mark.parametrize(
    "relative",
    [
        {"name": "Nurhayati", "nik": "3510015503150002", "sex": "FEMALE", "birth_date": date(2015, 3, 15)},
        {"name": "Budi Santoso", "nik": "3510010507860001", "sex": "MALE", "birth_date": date(1986, 7, 5)},
        {"name": "Siti Rahayu", "nik": "3510014101900002", "sex": "FEMALE", "birth_date": date(1990, 1, 1)},
        {"name": "Budi Santoso", "nik": "0000000000000000", "sex": "MALE", "birth_date": date(1986, 7, 5)},
        {"name": "Maria Wulan", "sex": "FEMALE", "birth_date": date(1988, 11, 30)},
    ],
    ids=["child", "husband", "twin sister", "husband with a placeholder", "sister without a NIK"],
)
def test_relatives_who_share_card_and_home_are_not_linked(relative: dict[str, object]) -> None:
    scored = score(person(**MOTHER), person(**FAMILY, **relative), WEIGHTS)
    assert outcome(scored, WEIGHTS) is not LinkOutcome.LINKED


def test_a_child_written_with_its_mothers_nik_is_not_linked_to_her() -> None:
    child = FAMILY | {"name": "Budi Wijaya", "nik": NIK, "sex": "MALE", "birth_date": date(2015, 3, 15)}
    assert outcome(score(person(**MOTHER), person(**child), WEIGHTS), WEIGHTS) is not LinkOutcome.LINKED


@given(PERSONS, PERSONS, st.sampled_from(["0" * 16, "9" * 16, "1" * 16, "3510010101900000"]))
def test_a_placeholder_changes_no_score(one: Normalised, other: Normalised, number: str) -> None:
    without = {"nik": None, "nik_first12": None, "nik_date": None}
    left, right = (msgspec.structs.replace(each, **without) for each in (one, other))
    written = normalise(IdentityRecord(name=None, nik=number))
    columns = {column: getattr(written, column) for column in without}
    also = [msgspec.structs.replace(each, **columns) for each in (left, right)]
    assert score(*also, WEIGHTS) == score(left, right, WEIGHTS)


@pytest.mark.parametrize(("above", "expected"), [(0.0, "LINKED"), (-0.001, "REVIEW")])
def test_a_link_begins_at_its_threshold(above: float, expected: str) -> None:
    assert outcome(Scored(WEIGHTS.link_at + above, ()), WEIGHTS) == expected


@pytest.mark.parametrize(("above", "expected"), [(0.0, "REVIEW"), (-0.001, "NOT_LINKED")])
def test_a_review_begins_at_its_threshold(above: float, expected: str) -> None:
    assert outcome(Scored(WEIGHTS.review_at + above, ()), WEIGHTS) == expected


def test_two_equally_good_candidates_leave_even_odds() -> None:
    assert among_rivals(40.0, [40.0]) == pytest.approx(0.0, abs=1e-9)
    assert among_rivals(40.0, []) == 40.0
    assert among_rivals(10.0, [0.0]) == pytest.approx(9.0)


@given(st.floats(-2_000, 2_000))
def test_bits_are_odds(bits: float) -> None:
    probability = probability_of(bits)
    assert 0 <= probability <= 1
    if abs(bits) < 30:
        assert math.log2(probability / (1 - probability)) == pytest.approx(bits, abs=1e-5)


def test_searching_more_records_asks_for_more_evidence() -> None:
    assert WEIGHTS.searching(2_000_000).prior == pytest.approx(WEIGHTS.prior - 1, abs=1e-5)


def test_weights_of_other_levels_are_refused_and_named() -> None:
    levels = {name: dict(each) for name, each in WEIGHTS.levels.items()}
    del levels["nik"]["SAME_DATE"]
    document = msgspec.json.encode(msgspec.structs.replace(WEIGHTS, levels=levels))
    with pytest.raises(ValueError, match=r"SIMULATED-1.*comparison 'nik'.*train them anew"):
        read_weights(document)


def test_weights_whose_thresholds_cross_are_refused() -> None:
    document = msgspec.json.encode(msgspec.structs.replace(WEIGHTS, link_at=1.0, review_at=2.0))
    with pytest.raises(ValueError, match=r"review_at 2\.0 is above link_at 1\.0"):
        read_weights(document)


def test_the_shipped_weights_are_whole() -> None:
    assert WEIGHTS.version == "SIMULATED-1"
    assert all(weight.m > 0 and weight.u > 0 for each in WEIGHTS.levels.values() for weight in each.values())
    assert 0 < WEIGHTS.rare_word < max(WEIGHTS.words.values()) < 1
