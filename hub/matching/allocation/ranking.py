"""The order of need: poorest decile, then the more vulnerable, then who waits longest, then a published, seeded number."""

import numpy as np
import numpy.typing as npt

from hub.matching.allocation.problem import Candidates, Integers

_Words = npt.NDArray[np.uint64]


def order_of_need(candidates: Candidates, seed: int) -> Integers:
    """Positions of all candidates, the neediest first. Another seed changes the order of those of equal need alone."""
    return np.lexsort(
        (
            candidates.person_id,
            candidates.household_id,
            tie_break(candidates, seed),
            candidates.waiting_since,
            -candidates.vulnerability,
            candidates.decile,
        )
    )


def tie_break(candidates: Candidates, seed: int) -> _Words:
    """A number for each candidate that decides between equal needs: mix(mix(mix(seed) ^ household) ^ person), where mix is
    the output function of SplitMix64 (Steele, Lea and Flood 2014). Anybody can compute it from the published seed.
    """
    start = _mix(np.array([seed % 2**64], np.uint64))
    mixed = _mix(start ^ candidates.household_id.astype(np.uint64))
    return _mix(mixed ^ candidates.person_id.astype(np.uint64))


def _mix(words: _Words) -> _Words:
    with np.errstate(over="ignore"):
        mixed = words + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
