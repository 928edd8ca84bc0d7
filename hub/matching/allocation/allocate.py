"""A whole allocation: rank everybody, see who is served under each policy, and place the served."""

from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from hub.matching.allocation.placing import NOWHERE, place
from hub.matching.allocation.problem import Booleans, Candidates, Integers, Policy, Problem
from hub.matching.allocation.ranking import order_of_need
from hub.matching.allocation.serving import Queue, serve


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """One row for each candidate and group of programmes that it is a candidate of, in the order of rank (from 1).

    `unit`: position of the candidate. `mask`: programmes of the group that it may get. `pool`: position of its pool, NOWHERE
    while it waits. `is_served`: under each policy; the one of the run is the one that was placed.
    """

    unit: Integers
    mask: Integers
    pool: Integers
    is_served: dict[Policy, Booleans]


def allocate(problem: Problem) -> Allocation:
    """Serve and place all candidates; exact for the policy of the problem, whoever comes in whatever order."""
    order = order_of_need(problem.candidates, problem.seed)
    masks = problem.candidates.mask[order]
    shares = [masks & group for group in problem.groups]
    at = np.concatenate([np.flatnonzero(share) for share in shares])
    group_of = np.concatenate([np.full(np.count_nonzero(share), number) for number, share in enumerate(shares)])
    mask = np.concatenate([share[share > 0] for share in shares])
    ranked = np.lexsort((group_of, at))
    unit, mask, group_of = order[at[ranked]], mask[ranked], group_of[ranked]
    pool = np.full(len(unit), NOWHERE, np.int64)
    is_served = {policy: np.zeros(len(unit), np.bool_) for policy in Policy}
    for number, group in enumerate(problem.groups):
        rows = np.flatnonzero(group_of == number)
        queue = _queue(problem, unit[rows], mask[rows], group)
        for policy, served in is_served.items():
            served[rows] = serve(queue, problem.pools, policy)
        pool[rows] = place(queue, is_served[problem.policy][rows], problem.pools)
    return Allocation(unit, mask, pool, is_served)


def _queue(problem: Problem, unit: Integers, mask: Integers, group: int) -> Queue:
    candidates = problem.candidates
    bits = tuple(bit for bit in range(len(problem.programmes)) if group >> bit & 1)
    narrowed = np.zeros(len(mask), np.int64)
    for at, bit in enumerate(bits):
        narrowed |= (mask >> bit & 1) << at
    held = np.array([problem.held.get(code, 0) for code in candidates.regency_codes], np.int64)
    return Queue(candidates.regency_codes, candidates.regency[unit], narrowed, bits, held)


def digest_of_input(problem: Problem, rules: tuple[int, ...]) -> str:
    """One fingerprint of all that an allocation depends on; equal input has an equal digest in any order.

    `rules`: the version of the rule of each programme, by which the candidates were found eligible.
    """
    head = (problem.programmes, rules, problem.groups, problem.seed, problem.policy.value, sorted(problem.held.items()))
    digest = sha256(repr(head).encode())
    for pool in sorted(problem.pools, key=lambda pool: pool.pool_id):
        digest.update(f"\n{pool.pool_id} {pool.programme} {pool.region_code} {pool.available}".encode())
    candidates = _sorted(problem.candidates)
    digest.update(f"\n{candidates.regency_codes}".encode())
    for column in (
        candidates.household_id,
        candidates.person_id,
        candidates.regency,
        candidates.decile,
        candidates.vulnerability,
        candidates.waiting_since,
        candidates.mask,
    ):
        digest.update(column.astype("<i8").tobytes())
    return digest.hexdigest()


def _sorted(candidates: Candidates) -> Candidates:
    by_id = np.lexsort((candidates.person_id, candidates.household_id))
    columns = ("household_id", "person_id", "regency", "decile", "vulnerability", "waiting_since", "mask")
    return replace(candidates, **{name: getattr(candidates, name)[by_id] for name in columns})
