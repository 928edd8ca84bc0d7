"""What a policy does to the regencies: how much of the need is covered, where least, and how unequally."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.matching.allocation.allocate import Allocation
from hub.matching.allocation.problem import Policy, Problem


@dataclass(frozen=True, slots=True)
class RegencyShare:
    """Units of one regency, a unit counted once for each group of programmes: `held` draw already, `candidates` do not;
    of these so many are served under each policy.
    """

    regency_code: str
    held: int
    candidates: int
    by_priority: int
    by_floors: int

    def covered(self, served: int) -> float:
        """Share of the need that is covered when so many candidates are served; no need is covered need."""
        need = self.held + self.candidates
        return (self.held + served) / need if need else 1.0

    @property
    def coverage_before(self) -> float:
        """Before the run."""
        return self.covered(0)

    @property
    def coverage_by_priority(self) -> float:
        """Under strict priority."""
        return self.covered(self.by_priority)

    @property
    def coverage_by_floors(self) -> float:
        """Under regional floors."""
        return self.covered(self.by_floors)


@dataclass(frozen=True, slots=True)
class Fairness:
    """Coverage over the regencies. `gini`: 0 where all are covered alike, towards 1 where few have everything."""

    served: int
    minimum: float
    minimum_regency: str | None
    gini: float


def shares_of(problem: Problem, allocation: Allocation) -> list[RegencyShare]:
    """One for each regency with candidates or units that draw already, in the order of their codes."""
    codes = problem.candidates.regency_codes
    regency = problem.candidates.regency[allocation.unit]
    total = np.bincount(regency, minlength=len(codes)).tolist()
    served = {
        policy: np.bincount(regency[is_served], minlength=len(codes)).tolist()
        for policy, is_served in allocation.is_served.items()
    }
    found = {
        code: RegencyShare(
            code,
            problem.held.get(code, 0),
            total[at],
            served[Policy.STRICT_PRIORITY][at],
            served[Policy.REGIONAL_FLOORS][at],
        )
        for at, code in enumerate(codes)
    }
    others = {code: RegencyShare(code, held, 0, 0, 0) for code, held in problem.held.items() if code not in found}
    return [share for _, share in sorted((found | others).items())]


def fairness_of(shares: Sequence[RegencyShare], policy: Policy | None) -> Fairness:
    """Fairness under a policy; None: before the run."""
    served = [_served(share, policy) for share in shares]
    coverage = [share.covered(count) for share, count in zip(shares, served, strict=True)]
    least = min(range(len(shares)), key=lambda at: (coverage[at], shares[at].regency_code), default=None)
    return Fairness(
        served=sum(served),
        minimum=1.0 if least is None else coverage[least],
        minimum_regency=None if least is None else shares[least].regency_code,
        gini=gini(coverage),
    )


def gini(values: Sequence[float]) -> float:
    """The Gini coefficient of numbers that are not negative; 0 where all are equal or there are none."""
    total = sum(values)
    if total == 0:
        return 0.0
    count = len(values)
    weighted = sum((2 * place - count - 1) * value for place, value in enumerate(sorted(values), start=1))
    return max(0.0, weighted / (count * total))


def _served(share: RegencyShare, policy: Policy | None) -> int:
    if policy is None:
        return 0
    return share.by_priority if policy is Policy.STRICT_PRIORITY else share.by_floors
