"""Allocation: never more than there is, exactly as many of each class as can be, and the same whatever the order of its input."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.allocation.reference import served_by_class
from hub.matching.allocation.allocate import allocate, digest_of_input
from hub.matching.allocation.problem import Candidate, Candidates, Policy, Pool
from hub.matching.allocation.ranking import order_of_need
from tests.matching.allocation.problems import (
    SEEDS,
    candidates,
    may_draw,
    need_of,
    placed_of,
    pools,
    problem_of,
    used,
)

THREE = (7,)
GROUPS = st.sampled_from([(7,), (3, 4), (1, 6), (5, 2), (1, 2, 4)])
POLICIES = st.sampled_from(Policy)
drawn = settings(max_examples=120, derandomize=True, deadline=None)


@drawn
@given(candidates(3), pools(3), SEEDS, GROUPS, POLICIES)
def test_every_candidate_stands_once_for_each_group_and_no_pool_gives_more_than_it_has(
    people, slots, seed, groups, policy
):
    problem = problem_of(people, slots, seed=seed, groups=groups, policy=policy)
    rows = placed_of(people, problem)
    assert sorted((row.candidate.household_id, row.mask) for row in rows) == sorted(
        (person.household_id, person.mask & group) for person in people for group in groups if person.mask & group
    )
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    by_id = {pool.pool_id: pool for pool in slots}
    assert all(count <= by_id[pool_id].available for pool_id, count in used(rows).items())
    assert all(may_draw(row, by_id[row.pool_id]) for row in rows if row.pool_id is not None)


@drawn
@given(candidates(3), pools(3), SEEDS)
def test_as_many_of_each_class_are_served_as_in_the_optimum_of_a_minimum_cost_flow(people, slots, seed):
    problem = problem_of(people, slots, seed=seed, groups=THREE)
    needs = sorted({need_of(person) for person in people})
    classes = np.array([needs.index(need_of(person)) for person in people], np.int64)
    served = [0] * len(needs)
    for row in placed_of(people, problem):
        served[needs.index(need_of(row.candidate))] += row.pool_id is not None
    assert served == served_by_class(problem.candidates, classes, slots)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(candidates(3, most=7), pools(3), SEEDS)
def test_nobody_is_served_at_the_cost_of_somebody_higher_up(people, slots, seed):
    """Against all ways of giving each unit a slot or none, compared rank by rank."""
    few = [Pool(p.pool_id, p.region_code, min(p.available, 2), p.programme) for p in slots[:4]]
    rows = placed_of(people, problem_of(people, few, seed=seed, groups=THREE))

    def best(position: int, left: tuple[int, ...]) -> tuple[bool, ...]:
        if position == len(rows):
            return ()
        ways = [(False, *best(position + 1, left))]
        for at, pool in enumerate(few):
            if left[at] and may_draw(rows[position], pool):
                ways.append((True, *best(position + 1, (*left[:at], left[at] - 1, *left[at + 1 :]))))
        return max(ways)

    assert tuple(row.pool_id is not None for row in rows) == best(0, tuple(pool.available for pool in few))


@drawn
@given(candidates(), pools(), SEEDS)
def test_nobody_waits_behind_a_lower_rank_in_a_pool_that_he_could_use(people, slots, seed):
    rows = placed_of(people, problem_of(people, slots, seed=seed))
    by_id = {pool.pool_id: pool for pool in slots}
    counts = used(rows)
    for waiting in (row for row in rows if row.pool_id is None):
        for pool in slots:
            if may_draw(waiting, pool):
                assert counts.get(pool.pool_id, 0) == pool.available
        for placed in (row for row in rows if row.pool_id is not None and row.rank > waiting.rank):
            assert not may_draw(waiting, by_id[placed.pool_id])


@drawn
@given(candidates(3), pools(3), SEEDS, GROUPS, POLICIES, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_neither_result_nor_digest(
    people, slots, seed, groups, policy, rng: random.Random
):
    shuffled, other_slots = rng.sample(people, len(people)), rng.sample(slots, len(slots))
    one = problem_of(people, slots, seed=seed, groups=groups, policy=policy)
    two = problem_of(shuffled, other_slots, seed=seed, groups=groups, policy=policy)
    assert placed_of(shuffled, two) == placed_of(people, one)
    assert digest_of_input(two, (1, 1, 1)) == digest_of_input(one, (1, 1, 1))


@drawn
@given(candidates(3), pools(3), SEEDS, SEEDS)
def test_another_seed_changes_ties_only(people, slots, seed, other):
    one, two = (placed_of(people, problem_of(people, slots, seed=s, groups=THREE)) for s in (seed, other))
    assert [need_of(row.candidate) for row in one] == [need_of(row.candidate) for row in two]
    served = [sorted(need_of(row.candidate) for row in rows if row.pool_id is not None) for rows in (one, two)]
    assert served[0] == served[1]
    alone = [row for row in one if sum(need_of(row.candidate) == need_of(p) for p in people) == 1]
    assert all(row.rank == other_row.rank for row in alone for other_row in two if other_row.candidate == row.candidate)


def test_ties_are_really_drawn_by_the_seed():
    people = Candidates.of([Candidate(n, None, "35.10", 1, 0, None) for n in range(20)])
    assert len({tuple(order_of_need(people, seed).tolist()) for seed in range(10)}) == 10


def test_the_published_tie_break_can_be_computed_by_hand():
    """SplitMix64 of 0 is the published first output for the seed 0."""

    def mix(word: int) -> int:
        word = (word + 0x9E3779B97F4A7C15) % 2**64
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
        return word ^ (word >> 31)

    assert mix(0) == 0xE220A8397B1DCDAF
    people = [Candidate(n, n or None, "35.10", 1, 0, None) for n in range(50)]
    by_hand = sorted(people, key=lambda p: mix(mix(mix(-3 % 2**64) ^ p.household_id) ^ (p.person_id or 0)))
    assert [people[at] for at in order_of_need(Candidates.of(people), -3)] == by_hand


def test_need_is_decile_then_vulnerability_then_waiting_time():
    people = {
        "decile 2, waits longest": Candidate(1, None, "35.10", 2, 9, 0),
        "decile 1, less vulnerable, waits long": Candidate(2, None, "35.10", 1, 1, 0),
        "decile 1, vulnerable, does not wait": Candidate(3, None, "35.10", 1, 2, None),
        "decile 1, vulnerable, waits since later": Candidate(4, None, "35.10", 1, 2, 20_000),
        "decile 1, vulnerable, waits since earlier": Candidate(5, None, "35.10", 1, 2, 10_000),
    }
    names = list(people)
    assert [names[at] for at in order_of_need(Candidates.of(people.values()), 7)] == [
        "decile 1, vulnerable, waits since earlier",
        "decile 1, vulnerable, waits since later",
        "decile 1, vulnerable, does not wait",
        "decile 1, less vulnerable, waits long",
        "decile 2, waits longest",
    ]


def test_what_a_regency_cannot_use_spills_over_by_province_and_nation():
    people = [Candidate(n, None, "35.10", 1, 0, n) for n in range(1, 7)]
    slots = [Pool(1, None, 1), Pool(2, "35", 2), Pool(3, "35.10", 1), Pool(4, "35.09", 5), Pool(5, "33", 5)]
    rows = placed_of(people, problem_of(people, slots))
    assert [row.pool_id for row in rows] == [3, 2, 2, 1, None, None]


def test_who_can_have_either_makes_room_for_who_can_have_only_one():
    """Plain greedy gives the only slot of A to the first, and the second gets nothing."""
    people = [Candidate(1, None, "35.10", 1, 0, None, 0b11), Candidate(2, None, "35.10", 2, 0, None, 0b01)]
    slots = [Pool(1, "35.10", 1, 0), Pool(2, None, 1, 1)]
    assert [row.pool_id for row in placed_of(people, problem_of(people, slots, groups=(3,)))] == [2, 1]


def test_the_programme_named_first_is_preferred_where_it_costs_nobody_a_place():
    people = [Candidate(n, None, "35.10", n, 0, None, 0b11) for n in (1, 2, 3)]
    slots = [Pool(1, "35.10", 3, 1), Pool(2, None, 2, 0)]
    assert [row.pool_id for row in placed_of(people, problem_of(people, slots, groups=(3,)))] == [2, 2, 1]


def test_programmes_that_go_together_are_given_together():
    people = [Candidate(1, None, "35.10", 1, 0, None, 0b11)]
    slots = [Pool(1, "35.10", 1, 0), Pool(2, "35.10", 1, 1)]
    rows = placed_of(people, problem_of(people, slots, groups=(1, 2)))
    assert [(row.rank, row.mask, row.pool_id) for row in rows] == [(1, 1, 1), (2, 2, 2)]


def test_nobody_and_nothing_are_allocated_as_well():
    person = Candidate(1, None, "35.10", 1, 0, None)
    for people, slots in (([], []), ([], [Pool(1, None, 3)]), ([person], []), ([person], [Pool(1, "33", 3)])):
        for policy in Policy:
            assert [row.pool_id for row in placed_of(people, problem_of(people, slots, policy=policy))] == [None] * len(
                people
            )


def test_every_part_of_the_input_is_in_the_digest():
    people = [Candidate(1, None, "35.10", 1, 0, None)]
    slots = [Pool(1, None, 1)]
    known = digest_of_input(problem_of(people, slots), (1,))
    others = {
        digest_of_input(problem_of(people, slots), (2,)),
        digest_of_input(problem_of(people, slots, seed=8), (1,)),
        digest_of_input(problem_of(people, slots, policy=Policy.REGIONAL_FLOORS), (1,)),
        digest_of_input(problem_of(people, slots, groups=(3,)), (1,)),
        digest_of_input(problem_of(people, slots, held={"35.10": 1}), (1,)),
        digest_of_input(problem_of(people, [Pool(1, None, 2)]), (1,)),
        digest_of_input(problem_of(people, [Pool(1, "35", 1)]), (1,)),
        digest_of_input(problem_of(people, [Pool(1, None, 1, 1)]), (1,)),
        *(
            digest_of_input(problem_of([people[0]._replace(**{name: 9})], slots), (1,))
            for name in Candidate._fields
            if name != "regency_code"
        ),
        digest_of_input(problem_of([people[0]._replace(regency_code="35.09")], slots), (1,)),
    }
    assert known not in others
    assert len(others) == 8 + len(Candidate._fields)


def test_an_allocation_says_who_would_be_served_under_the_other_policy():
    people = [Candidate(n, None, "35.10" if n < 4 else "35.09", n, 0, None) for n in range(1, 6)]
    found = allocate(problem_of(people, [Pool(1, None, 2)], policy=Policy.REGIONAL_FLOORS))
    assert found.is_served[Policy.STRICT_PRIORITY].tolist() == [True, True, False, False, False]
    assert found.is_served[Policy.REGIONAL_FLOORS].tolist() == [True, False, False, True, False]
    assert (found.pool >= 0).tolist() == [True, False, False, True, False]
