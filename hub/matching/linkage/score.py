"""How likely two records are one person, comparison by comparison; the reference that batches agree with."""

import math
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from hub.matching.linkage.levels import COMPARISONS, DIFFERENT, VOID, Comparison
from hub.matching.linkage.record import Normalised
from hub.matching.linkage.weights import Weights, frequency

_FREQUENCY_OF = {
    (comparison.name, level.id): level.frequency_of
    for comparison in COMPARISONS
    for level in comparison.levels
    if level.frequency_of
}


class LinkOutcome(StrEnum):
    """What is made of a pair."""

    LINKED = "LINKED"
    REVIEW = "REVIEW"
    NOT_LINKED = "NOT_LINKED"


class Compared(msgspec.Struct, frozen=True, gc=False):
    """What one comparison found: the level (VOID where it does not count) and what it weighs in bits."""

    comparison: str
    level: str
    bits: float


class Scored(msgspec.Struct, frozen=True):
    """A pair: `bits` are log2 of the odds that it is one person, prior included; `compared` adds up to them with the prior."""

    bits: float
    compared: tuple[Compared, ...]

    @property
    def probability(self) -> float:
        """The odds as a probability."""
        return probability_of(self.bits)


def score(left: Normalised, right: Normalised, weights: Weights) -> Scored:
    """Compare two records; the order of the two does not matter."""
    compared = tuple(_compare(comparison, left, right, weights) for comparison in COMPARISONS)
    return Scored(weights.prior + sum(part.bits for part in compared), compared)


def level_of(comparison: Comparison, left: Normalised, right: Normalised) -> str:
    """The id of the level that holds for the pair; VOID or DIFFERENT where none does."""
    if comparison.is_void.holds(left, right):
        return VOID
    for level in comparison.levels:
        if level.when.holds(left, right):
            return level.id
    return DIFFERENT


def outcome(scored: Scored, weights: Weights) -> LinkOutcome:
    """LINKED, REVIEW or NOT_LINKED by the two thresholds."""
    return outcome_of(scored.bits, weights)


def outcome_of(bits: float, weights: Weights) -> LinkOutcome:
    """The same for bits that were counted elsewhere."""
    if bits >= weights.link_at:
        return LinkOutcome.LINKED
    return LinkOutcome.REVIEW if bits >= weights.review_at else LinkOutcome.NOT_LINKED


def among_rivals(bits: float, rivals: Iterable[float]) -> float:
    """Bits of a pair when at most one of it and its rivals is true: two equally good candidates are worth zero each."""
    return bits - math.log2(1 + sum(map(math.exp2, rivals)))


def probability_of(bits: float) -> float:
    """Bits of odds as a probability; never overflows."""
    odds = math.exp2(-abs(bits))
    return 1 / (1 + odds) if bits >= 0 else odds / (1 + odds)


def _compare(comparison: Comparison, left: Normalised, right: Normalised, weights: Weights) -> Compared:
    level = level_of(comparison, left, right)
    if level == VOID:
        return Compared(comparison.name, VOID, 0.0)
    weight = weights.levels[comparison.name][level]
    column = _FREQUENCY_OF.get((comparison.name, level))
    if column is None:
        return Compared(comparison.name, level, weight.bits)
    commonest = max(frequency(column, getattr(side, column), weights) for side in (left, right))
    return Compared(comparison.name, level, math.log2(weight.m / commonest))
