"""Allocation of a million candidates of 514 regencies to three programmes, one programme for each household.

    python -m benchmarks.allocation [--candidates 1000000] [--seed 7] [--json]

Made data: regencies of very different sizes, pools at all three levels for four of ten candidates. Timed is the whole allocation
in process: ranking, serving under both policies, placing. Beside it stands OR-tools' minimum-cost flow over types of units,
whose number served of each class (decile and vulnerability) has to be the same, and plain greedy, which does not look ahead.
"""

import argparse
import resource
import sys
import time

import numpy as np

from benchmarks.allocation.reference import served_by_class
from benchmarks.report import Figure, print_figures
from hub.matching.allocation.allocate import Allocation, allocate, digest_of_input
from hub.matching.allocation.problem import NOT_WAITING, Candidates, Integers, Policy, Pool, Problem
from hub.matching.allocation.ranking import order_of_need

REGENCIES, PROVINCES, PROGRAMMES = 514, 38, ("A", "B", "C")
SECONDS = 5.0
_LEVELS = ((5, 0.05), (2, 0.03), (0, 0.05))
"""Length of the regions' codes, and slots of one programme for each candidate."""


def made(candidates: int, seed: int) -> Problem:
    """A problem of the size of the country."""
    rng = np.random.default_rng(seed)
    codes = tuple(sorted(f"{11 + k % PROVINCES}.{k // PROVINCES + 1:02d}" for k in range(REGENCIES)))
    sizes = rng.lognormal(0, 1, REGENCIES)
    people = Candidates(
        codes,
        rng.permutation(candidates).astype(np.int64) + 1,
        np.zeros(candidates, np.int64),
        rng.choice(REGENCIES, candidates, p=sizes / sizes.sum()).astype(np.int64),
        rng.integers(1, 6, candidates),
        rng.integers(0, 4, candidates),
        np.where(rng.random(candidates) < 0.1, rng.integers(19_000, 20_500, candidates), NOT_WAITING),
        rng.integers(1, 1 << len(PROGRAMMES), candidates),
    )
    pools: list[Pool] = []
    for programme in range(len(PROGRAMMES)):
        for length, share in _LEVELS:
            for region in sorted({code[:length] for code in codes}):
                mean = candidates * share / len({code[:length] for code in codes})
                pools.append(Pool(len(pools) + 1, region or None, int(mean * rng.uniform(0.3, 1.7)), programme))
    return Problem(PROGRAMMES, (7,), people, pools, seed, Policy.STRICT_PRIORITY)


def classes_of(candidates: Candidates) -> Integers:
    """Decile and vulnerability, the neediest first."""
    _, classes = np.unique(np.stack((candidates.decile, -candidates.vulnerability)), axis=1, return_inverse=True)
    return classes.reshape(-1)


def served_of(problem: Problem, allocation: Allocation) -> list[int]:
    """How many of each class are placed."""
    classes = classes_of(problem.candidates)
    placed = allocation.unit[allocation.pool >= 0]
    served: list[int] = np.bincount(classes[placed], minlength=int(classes.max()) + 1).tolist()
    return served


def plain_greedy(problem: Problem) -> int:
    """How many are served when each takes the first slot that fits, nearest first."""
    left: dict[tuple[str | None, int], int] = {(p.region_code, p.programme): p.available for p in problem.pools}
    people, served = problem.candidates, 0
    order = order_of_need(people, problem.seed)
    for regency, mask in zip(people.regency[order].tolist(), people.mask[order].tolist(), strict=True):
        code = people.regency_codes[regency]
        fits = ((r, p) for r in (code, code[:2], None) for p in range(len(PROGRAMMES)) if mask >> p & 1)
        slot = next((fit for fit in fits if left.get(fit, 0)), None)
        if slot is not None:
            left[slot] -= 1
            served += 1
    return served


def main() -> int:
    """Measure, compare, print; the exit code is 1 when the optimum is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.allocation", description=__doc__)
    parser.add_argument("--candidates", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    problem = made(options.candidates, options.seed)
    begun = time.perf_counter()
    allocation = allocate(problem)
    allocated = time.perf_counter()
    digest_of_input(problem, (1, 1, 1))
    digested = time.perf_counter()
    optimum = served_by_class(problem.candidates, classes_of(problem.candidates), problem.pools)
    solved = time.perf_counter()
    served = served_of(problem, allocation)
    lost = sum(abs(ours - best) for ours, best in zip(served, optimum, strict=True))
    seconds = allocated - begun
    figures = {
        "allocation": Figure(seconds, "s", seconds, SECONDS, lower_is_better=True),
        "digest of the input": Figure(digested - allocated, "s"),
        "minimum-cost flow over types": Figure(solved - digested, "s"),
        "served": Figure(sum(served), "units"),
        "served by plain greedy": Figure(plain_greedy(problem), "units"),
        "difference to the optimum by class": Figure(lost, "units", lost, 0, lower_is_better=True),
        "peak memory": Figure(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB"),
    }
    print_figures("Allocation", figures, is_json=options.json)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
