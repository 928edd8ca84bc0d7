"""From weighed pairs to links: which are one person, which a person has to look at, one to one."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hub.matching.linkage.assign import assign
from hub.matching.linkage.score import LinkOutcome, Scored, among_rivals, outcome_of
from hub.matching.linkage.weights import Weights

REVIEWS_PER_ENTRY = 3
FAR_BEHIND = 7.0
"""Bits: a candidate so far behind another one of its roster line, 128 to 1, is not worth a person's time."""
PRIOR = "prior"

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Pair:
    """A roster line and a unit of the registry (`person_id` None: the household), with what speaks for them.

    `bits` are log2 of the odds that both are one, prior included; `member_id` is whose record was weighed.
    """

    source_code: str
    source_record_id: str
    programme_code: str
    household_id: int
    person_id: int | None
    member_id: int
    bits: float
    evidence: tuple[dict[str, Any], ...]
    status: LinkOutcome = LinkOutcome.NOT_LINKED

    @property
    def entry(self) -> tuple[str, str]:
        """The roster line."""
        return (self.source_code, self.source_record_id)

    @property
    def unit(self) -> tuple[str, int, int | None]:
        """The unit, within the programme: it has one place there."""
        return (self.programme_code, self.household_id, self.person_id)


def evidence_of(scored: Scored, weights: Weights) -> tuple[dict[str, Any], ...]:
    """What each comparison found and weighs, the prior first; the bits add up to the pair's."""
    prior = {"comparison": PRIOR, "level": PRIOR, "bits": round(weights.prior, 3)}
    return (
        prior,
        *({"comparison": c.comparison, "level": c.level, "bits": round(c.bits, 3)} for c in scored.compared),
    )


def settle(pairs: Sequence[Pair], weights: Weights) -> list[Pair]:
    """The pairs that are LINKED or for REVIEW.

    LINKED: in the one-to-one assignment, and beyond the threshold also when every other candidate of the line and every
    other line of the unit counts as a rival. REVIEW: beyond the lower threshold by itself, both sides still free; of each
    line the surest three that are not far behind the surest.
    """
    alone = {key: among_rivals(pair.bits, rivals) for key, (pair, rivals) in _with_rivals(pairs).items()}
    assigned = {
        (entry, unit)
        for entry, unit, _ in assign((pair.entry, pair.unit, alone[pair.entry, pair.unit]) for pair in pairs)
    }
    linked = [
        replace(pair, status=LinkOutcome.LINKED)
        for pair in pairs
        if (pair.entry, pair.unit) in assigned
        and outcome_of(alone[pair.entry, pair.unit], weights) is LinkOutcome.LINKED
    ]
    entries, units = {pair.entry for pair in linked}, {pair.unit for pair in linked}
    open_ = (p for p in pairs if p.entry not in entries and p.unit not in units)
    reviews = [
        replace(p, status=LinkOutcome.REVIEW)
        for p in open_
        if outcome_of(p.bits, weights) is not LinkOutcome.NOT_LINKED
    ]
    return linked + _surest(reviews)


def _with_rivals(
    pairs: Iterable[Pair],
) -> dict[tuple[tuple[str, str], tuple[str, int, int | None]], tuple[Pair, list[float]]]:
    of_entry: dict[Hashable, list[Pair]] = defaultdict(list)
    of_unit: dict[Hashable, list[Pair]] = defaultdict(list)
    every = list(pairs)
    for pair in every:
        of_entry[pair.entry].append(pair)
        of_unit[pair.unit].append(pair)
    return {
        (pair.entry, pair.unit): (
            pair,
            [other.bits for other in (*of_entry[pair.entry], *of_unit[pair.unit]) if other is not pair],
        )
        for pair in every
    }


def _surest(reviews: Sequence[Pair]) -> list[Pair]:
    of_entry: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in sorted(reviews, key=lambda p: (p.entry, -p.bits, p.household_id, p.person_id or 0)):
        before = of_entry[pair.entry]
        if len(before) < REVIEWS_PER_ENTRY and (not before or pair.bits > before[0].bits - FAR_BEHIND):
            before.append(pair)
    return [pair for group in of_entry.values() for pair in group]
