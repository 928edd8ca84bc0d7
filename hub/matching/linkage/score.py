"""How likely two records are one person, comparison by comparison; the reference that batches agree with."""

import math
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from hub.matching.linkage.levels import COMPARISONS, VOID
from hub.matching.linkage.record import Normalised
from hub.matching.linkage.weights import Weights, frequency

_ASKED = tuple(
    (each.name, each.level_of, {level.id: level.frequency_of for level in each.levels if level.frequency_of})
    for each in COMPARISONS
)


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
    compared, total = [], 0.0
    for name, level_of, frequency_of in _ASKED:
        level = level_of(left, right)
        bits = 0.0
        if level != VOID:
            column = frequency_of.get(level)
            weight = weights.levels[name][level]
            bits = weight.bits if column is None else math.log2(weight.m / _commonest(column, left, right, weights))
        total += bits
        compared.append(Compared(name, level, bits))
    return Scored(weights.prior + total, tuple(compared))


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


def _commonest(column: str, left: Normalised, right: Normalised, weights: Weights) -> float:
    mine, yours = getattr(left, column), getattr(right, column)
    found = frequency(column, mine, weights)
    return found if mine == yours else max(found, frequency(column, yours, weights))
