"""Small allocation problems, drawn; and what an allocation says in the words of a test."""

from typing import NamedTuple

from hypothesis import strategies as st

from hub.matching.allocation.allocate import Allocation, allocate
from hub.matching.allocation.problem import Candidate, Candidates, Policy, Pool, Problem

REGENCIES = ("35.09", "35.10", "33.74")
NEED = st.tuples(st.integers(1, 3), st.integers(0, 2), st.none() | st.integers(0, 2))
SEEDS = st.integers(-(2**63), 2**63 - 1)
PROGRAMMES = ("A", "B", "C")


class Placed(NamedTuple):
    """One row of an allocation."""

    rank: int
    candidate: Candidate
    mask: int
    pool_id: int | None


@st.composite
def candidates(draw: st.DrawFn, programmes: int = 1, most: int = 40) -> list[Candidate]:
    one = st.tuples(st.sampled_from(REGENCIES), NEED, st.integers(1, 2**programmes - 1))
    drawn = draw(st.lists(one, max_size=most))
    return [Candidate(n, n % 2 or None, regency, *need, mask) for n, (regency, need, mask) in enumerate(drawn, start=1)]


def pools(programmes: int = 1) -> st.SearchStrategy[list[Pool]]:
    places = st.tuples(st.sampled_from((*REGENCIES, "35", "33", None)), st.integers(0, programmes - 1))
    drawn = st.dictionaries(places, st.integers(0, 8), max_size=6 * programmes)
    return drawn.map(
        lambda found: [Pool(n, region, left, bit) for n, ((region, bit), left) in enumerate(found.items(), start=1)]
    )


def problem_of(
    people: list[Candidate],
    slots: list[Pool],
    *,
    seed: int = 7,
    groups: tuple[int, ...] = (1,),
    policy: Policy = Policy.STRICT_PRIORITY,
    held: dict[str, int] | None = None,
) -> Problem:
    programmes = PROGRAMMES[: max(group.bit_length() for group in groups)]
    return Problem(programmes, groups, Candidates.of(people), slots, seed, policy, held or {})


def placed_of(people: list[Candidate], problem: Problem, allocation: Allocation | None = None) -> list[Placed]:
    """The rows in the order of rank."""
    found = allocate(problem) if allocation is None else allocation
    rows = zip(found.unit.tolist(), found.mask.tolist(), found.pool.tolist(), strict=True)
    return [
        Placed(rank, people[unit], mask, None if pool < 0 else problem.pools[pool].pool_id)
        for rank, (unit, mask, pool) in enumerate(rows, start=1)
    ]


def used(rows: list[Placed]) -> dict[int, int]:
    """Units by pool."""
    counts: dict[int, int] = {}
    for row in rows:
        if row.pool_id is not None:
            counts[row.pool_id] = counts.get(row.pool_id, 0) + 1
    return counts


def may_draw(row: Placed, pool: Pool) -> bool:
    regency = row.candidate.regency_code
    return bool(row.mask >> pool.programme & 1) and pool.region_code in (regency, regency[:2], None)


def need_of(candidate: Candidate) -> tuple[int, int, int]:
    waiting = 2**31 if candidate.waiting_since is None else candidate.waiting_since
    return candidate.decile, -candidate.vulnerability, waiting
