"""Allocation: never more than there is, strictly by need, near before far, and the same whatever the order of its input."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching.allocation import Candidate, Placement, Pool, allocate, digest_of_input, rank_by_need

REGENCIES = ("35.09", "35.10", "33.74")
NEED = st.tuples(st.integers(1, 3), st.integers(0, 2), st.none() | st.integers(0, 2))


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    drawn = draw(st.lists(st.tuples(st.sampled_from(REGENCIES), NEED), max_size=40))
    return [Candidate(n, n % 2 or None, regency, *need) for n, (regency, need) in enumerate(drawn, start=1)]


POOLS = st.lists(
    st.tuples(st.sampled_from((*REGENCIES, "35", "33", None)), st.integers(0, 8)), max_size=6, unique_by=lambda p: p[0]
).map(lambda drawn: [Pool(n, region, available) for n, (region, available) in enumerate(drawn, start=1)])
SEEDS = st.integers(-(2**63), 2**63 - 1)


def need_of(candidate: Candidate) -> tuple[int, int, int]:
    waiting = 2**31 if candidate.waiting_since is None else candidate.waiting_since
    return candidate.decile, -candidate.vulnerability, waiting


def may_draw(candidate: Candidate, pool: Pool) -> bool:
    return pool.region_code in (candidate.regency_code, candidate.regency_code[:2], None)


def used(placements: list[Placement]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for placement in placements:
        if placement.pool_id is not None:
            counts[placement.pool_id] = counts.get(placement.pool_id, 0) + 1
    return counts


@settings(max_examples=120, derandomize=True, deadline=None)
@given(candidates(), POOLS, SEEDS)
def test_nobody_is_left_out_or_placed_twice_and_no_pool_gives_more_than_it_has(people, pools, seed):
    placements = allocate(people, pools, seed)
    assert len(placements) == len(people)
    assert {p.candidate for p in placements} == set(people)
    assert [p.rank for p in placements] == list(range(1, len(people) + 1))
    by_id = {pool.pool_id: pool for pool in pools}
    assert all(count <= by_id[pool_id].available for pool_id, count in used(placements).items())
    assert all(may_draw(p.candidate, by_id[p.pool_id]) for p in placements if p.pool_id is not None)


@settings(max_examples=120, derandomize=True, deadline=None)
@given(candidates(), POOLS, SEEDS)
def test_nobody_waits_behind_a_lower_rank_in_a_pool_that_he_could_use(people, pools, seed):
    placements = allocate(people, pools, seed)
    by_id = {pool.pool_id: pool for pool in pools}
    counts = used(placements)
    for waiting in (p for p in placements if p.pool_id is None):
        for pool in pools:
            if may_draw(waiting.candidate, pool):
                assert counts.get(pool.pool_id, 0) == pool.available
        for placed in (p for p in placements if p.pool_id is not None and p.rank > waiting.rank):
            assert not may_draw(waiting.candidate, by_id[placed.pool_id])


@settings(max_examples=120, derandomize=True, deadline=None)
@given(candidates(), POOLS, SEEDS)
def test_the_nearest_pool_that_has_something_left_is_drawn_first(people, pools, seed):
    left = {pool.pool_id: pool.available for pool in pools}
    by_region = {pool.region_code: pool.pool_id for pool in pools}
    for placement in allocate(people, pools, seed):
        regency = placement.candidate.regency_code
        near = [by_region[region] for region in (regency, regency[:2], None) if region in by_region]
        expected = next((pool_id for pool_id in near if left[pool_id] > 0), None)
        assert placement.pool_id == expected
        if expected is not None:
            left[expected] -= 1


@settings(max_examples=120, derandomize=True, deadline=None)
@given(candidates(), POOLS, SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_neither_result_nor_digest(people, pools, seed, rng: random.Random):
    shuffled, other_pools = rng.sample(people, len(people)), rng.sample(pools, len(pools))
    assert allocate(shuffled, other_pools, seed) == allocate(people, pools, seed)
    assert digest_of_input("KIS_PBI/1", seed, shuffled, other_pools) == digest_of_input(
        "KIS_PBI/1", seed, people, pools
    )


@settings(max_examples=120, derandomize=True, deadline=None)
@given(candidates(), SEEDS, SEEDS)
def test_another_seed_only_reorders_those_of_equal_need(people, seed, other):
    one, two = rank_by_need(people, seed), rank_by_need(people, other)
    assert [need_of(c) for c in one] == [need_of(c) for c in two] == sorted(need_of(c) for c in people)


def test_ties_are_really_drawn_by_the_seed():
    people = [Candidate(n, None, "35.10", 1, 0, None) for n in range(20)]
    orders = {tuple(rank_by_need(people, seed)) for seed in range(10)}
    assert len(orders) == 10


def test_need_is_decile_then_vulnerability_then_waiting_time():
    people = {
        "decile 2, waits longest": Candidate(1, None, "35.10", 2, 9, 0),
        "decile 1, less vulnerable, waits long": Candidate(2, None, "35.10", 1, 1, 0),
        "decile 1, vulnerable, does not wait": Candidate(3, None, "35.10", 1, 2, None),
        "decile 1, vulnerable, waits since later": Candidate(4, None, "35.10", 1, 2, 20_000),
        "decile 1, vulnerable, waits since earlier": Candidate(5, None, "35.10", 1, 2, 10_000),
    }
    names = {candidate: name for name, candidate in people.items()}
    assert [names[candidate] for candidate in rank_by_need(people.values(), 7)] == [
        "decile 1, vulnerable, waits since earlier",
        "decile 1, vulnerable, waits since later",
        "decile 1, vulnerable, does not wait",
        "decile 1, less vulnerable, waits long",
        "decile 2, waits longest",
    ]


def test_what_a_regency_cannot_use_spills_over_by_province_and_nation():
    people = [Candidate(n, None, "35.10", 1, 0, n) for n in range(1, 7)]
    pools = [Pool(1, None, 1), Pool(2, "35", 2), Pool(3, "35.10", 1), Pool(4, "35.09", 5), Pool(5, "33", 5)]
    assert [p.pool_id for p in allocate(people, pools, 7)] == [3, 2, 2, 1, None, None]


def test_every_part_of_the_input_is_in_the_digest():
    people = [Candidate(1, None, "35.10", 1, 0, None)]
    pools = [Pool(1, None, 1)]
    known = digest_of_input("KIS_PBI/1", 7, people, pools)
    others = {
        digest_of_input("KIS_PBI/2", 7, people, pools),
        digest_of_input("KIS_PBI/1", 8, people, pools),
        digest_of_input("KIS_PBI/1", 7, people, [Pool(1, None, 2)]),
        digest_of_input("KIS_PBI/1", 7, people, [Pool(1, "35", 1)]),
        *(digest_of_input("KIS_PBI/1", 7, [people[0]._replace(**{name: 9})], pools) for name in Candidate._fields),
    }
    assert known not in others
    assert len(others) == 4 + len(Candidate._fields)
