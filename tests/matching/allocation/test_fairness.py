"""Regional floors lift the least covered regency as far as the slots reach, and the report says what that costs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.errors import Invalid
from hub.matching.allocation.allocate import allocate
from hub.matching.allocation.fairness import RegencyShare, fairness_of, gini, shares_of
from hub.matching.allocation.problem import Candidate, Policy, Pool, groups_of
from tests.matching.allocation.problems import REGENCIES, SEEDS, candidates, pools, problem_of

HELD = st.dictionaries(st.sampled_from(REGENCIES), st.integers(0, 6))


@settings(max_examples=120, derandomize=True, deadline=None)
@given(candidates(), pools(), SEEDS, HELD)
def test_no_regency_could_rise_but_at_the_cost_of_one_that_is_covered_less(people, slots, seed, held):
    problem = problem_of(people, slots, seed=seed, policy=Policy.REGIONAL_FLOORS, held=held)
    shares = {share.regency_code: share for share in shares_of(problem, allocate(problem))}
    served = {code: share.by_floors for code, share in shares.items()}
    for low in (share for share in shares.values() if share.by_floors < share.candidates):
        for high in shares.values():
            if high.by_floors and high is not low and _can_be_served(slots, served, low, high):
                assert low.covered(low.by_floors + 1) >= high.covered(high.by_floors)


def _can_be_served(slots, served, low, high) -> bool:
    """Whether one more of `low` can be served if one less of `high` is (Hall, for one programme)."""
    wanted = served | {low.regency_code: low.by_floors + 1, high.regency_code: high.by_floors - 1}
    total = {pool.region_code: pool.available for pool in slots}
    spill = {"35": 0, "33": 0}
    for code, count in wanted.items():
        spill[code[:2]] += max(0, count - total.get(code, 0))
    return sum(max(0, count - total.get(code, 0)) for code, count in spill.items()) <= total.get(None, 0)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(candidates(3), pools(3), SEEDS, HELD)
def test_both_policies_serve_equally_many_for_one_programme_and_the_floors_never_lower_the_minimum(
    people, slots, seed, held
):
    one = problem_of(people, [pool for pool in slots if pool.programme == 0], seed=seed, groups=(1,), held=held)
    shares = shares_of(one, allocate(one))
    strict, floors = fairness_of(shares, Policy.STRICT_PRIORITY), fairness_of(shares, Policy.REGIONAL_FLOORS)
    assert strict.served == floors.served
    assert floors.minimum >= strict.minimum >= fairness_of(shares, None).minimum
    together = problem_of(people, slots, seed=seed, groups=(7,), held=held)
    found = allocate(together)
    assert len({int(is_served.sum()) for is_served in found.is_served.values()}) == 1


def test_the_report_says_coverage_before_and_after_under_both_policies():
    people = [Candidate(n, None, "35.10", 1, 0, None) for n in range(1, 5)] + [
        Candidate(n, None, "35.09", 2, 0, None) for n in range(5, 9)
    ]
    problem = problem_of(people, [Pool(1, None, 4)], held={"35.10": 4, "33.74": 3})
    shares = shares_of(problem, allocate(problem))
    assert shares == [
        RegencyShare("33.74", 3, 0, 0, 0),
        RegencyShare("35.09", 0, 4, 0, 3),
        RegencyShare("35.10", 4, 4, 4, 1),
    ]
    before, strict, floors = (fairness_of(shares, policy) for policy in (None, *Policy))
    assert (before.served, before.minimum, before.minimum_regency) == (0, 0.0, "35.09")
    assert (strict.served, strict.minimum, strict.minimum_regency) == (4, 0.0, "35.09")
    assert (floors.served, floors.minimum, floors.minimum_regency) == (4, 0.625, "35.10")
    assert before.gini == pytest.approx(gini([1.0, 0.0, 0.5]))
    assert floors.gini == pytest.approx(gini([1.0, 0.75, 0.625]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], 0.0), ([0.0, 0.0], 0.0), ([0.5, 0.5, 0.5], 0.0), ([0.0, 1.0], 0.5), ([0.0, 0.0, 0.0, 1.0], 0.75)],
)
def test_gini_is_0_where_all_are_equal_and_grows_to_1(values, expected):
    assert gini(values) == pytest.approx(expected)


def test_programmes_that_exclude_each_other_are_one_group():
    codes = ("A", "B", "C", "D")
    assert groups_of(codes, [], one_per_unit=False) == (1, 2, 4, 8)
    assert groups_of(codes, [("A", "C")], one_per_unit=False) == (5, 2, 8)
    assert groups_of(codes, [("A", "C"), ("C", "A"), ("A", "X")], one_per_unit=False) == (5, 2, 8)
    assert groups_of(codes, [("A", "B"), ("B", "C"), ("A", "C")], one_per_unit=False) == (7, 8)
    assert groups_of(codes, [], one_per_unit=True) == (15,)


def test_exclusions_that_are_not_mutual_among_three_are_refused_by_name():
    with pytest.raises(Invalid, match="A and B exclude each other, but not the same other programmes"):
        groups_of(("A", "B", "C"), [("A", "B"), ("B", "C")], one_per_unit=False)


@pytest.mark.parametrize("codes", [(), ("A", "A"), ("A", "B", "C", "D", "E", "F", "G")])
def test_a_run_has_one_to_six_different_programmes(codes):
    with pytest.raises(Invalid, match="1 to 6 different programmes"):
        groups_of(codes, [], one_per_unit=False)
