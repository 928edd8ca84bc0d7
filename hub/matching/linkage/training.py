"""Weights from two registers, without labels: u by sampling pairs, m by expectation maximisation in Splink."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from hub.matching.linkage.blocking import blocking_sql
from hub.matching.linkage.frequencies import count_dates, count_words
from hub.matching.linkage.levels import COMPARISONS, DIFFERENT
from hub.matching.linkage.model import learnt_m
from hub.matching.linkage.statements import statement
from hub.matching.linkage.tables import Registers, level_sql, pair_columns
from hub.matching.linkage.weights import LevelWeight, Weights

TRAINING_RULES = (
    ("nik",),
    ("kk_number",),
    ("birth_date", "village"),
    ("sound_sorted", "village"),
    ("sound_sorted", "birth_date"),
)
"""Columns on which the pairs of one round of expectation maximisation agree; it learns the comparisons that read none of them."""

_DEARER_NAMES = 8
"""How many times fewer pairs are drawn for names: their levels cost most and are the commonest."""
_SAMPLED_ONE_DAY = 200_000
_LEAST_EM_PAIRS, _MAX_EM_PAIRS = 200, 1_500_000
"""A round with fewer pairs is left out; of more, a sample is taken."""
_LEAST_M = 0.0005

_AT_RANDOM = ("SAME", DIFFERENT)
"""Levels of the NIK that are counted on any pairs."""

LINK_AT, REVIEW_AT = 2.0, -4.0
"""Bits from which a pair is linked, and from which a person is asked."""

_START = {
    "name": ((0.70, 0.12, 0.07, 0.03, 0.05, 0.02, 0.01), (3e-4, 3e-5, 1e-4, 1e-3, 3e-3, 0.06, 0.93)),
    "birth_date": (
        (0.86, 0.02, 0.01, 0.03, 0.02, 0.03, 0.01, 0.01, 0.01),
        (4e-5, 4e-5, 4e-5, 1e-3, 1e-5, 5e-4, 0.013, 0.02, 0.96),
    ),
    "nik": ((0.88, 0.03, 0.03, 0.01, 0.01, 0.04), (1e-7, 1e-3, 0.3, 0.6, 0.05, 1.0)),
    "kk_number": ((0.80, 0.02, 0.18), (3e-6, 1e-6, 1.0)),
    "place": ((0.35, 0.15, 0.20, 0.06, 0.15, 0.04, 0.05), (1e-6, 5e-6, 2e-5, 2e-4, 5e-3, 5e-3, 0.99)),
    "sex": ((0.98, 0.02), (0.5, 0.5)),
}
"""m and u where training begins, in the order of the levels: what one expects of registers before anything is counted."""


def untrained_weights() -> Weights:
    """Weights before any training: what one expects of registers, chance agreement not yet counted."""
    levels = {
        comparison.name: dict(zip(comparison.level_ids, map(LevelWeight, *_START[comparison.name]), strict=True))
        for comparison in COMPARISONS
    }
    return Weights(
        version="UNTRAINED",
        match_share=0.7,
        searched=1_000_000,
        link_at=LINK_AT,
        review_at=REVIEW_AT,
        levels=levels,
        words={},
        rare_word=0.001,
        rarest_name=1e-6,
        dates={},
        usual_date=1 / 25_000,
    )


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What the weights are called, the seed of the samples, and how many pairs are drawn at random."""

    version: str
    seed: int
    sampled_pairs: int


def train(registers: Registers, plan: TrainingPlan, start: Weights) -> Weights:
    """Learn weights from these registers; what they hardly show keeps its weight of `start`."""
    weights = start.searching(registers.right)
    words, rare_word = count_words(registers.values("sound"))
    dates, usual_date = count_dates(registers.values("birth_date"))
    weights = msgspec.structs.replace(
        weights, version=plan.version, words=words, rare_word=rare_word, dates=dates, usual_date=usual_date
    )
    weights = _with_u(weights, _chance_levels(registers, plan))
    return _with_m(weights, _expectation_maximisation(registers, weights))


def _chance_levels(registers: Registers, plan: TrainingPlan) -> dict[str, dict[str, float]]:
    """Comparison to level to its share among pairs of two persons.

    A NIK holds birth date and subdistrict, and serials begin at 1: that two strangers born on one day in one
    subdistrict have nearly the same NIK is no news. So what nearly equal NIKs say is counted on such pairs.
    """
    costly, plain = COMPARISONS[:1], COMPARISONS[1:]
    counts = registers.count_levels(_random_pairs(registers, plan.seed, plan.sampled_pairs // _DEARER_NAMES), costly)
    counts |= registers.count_levels(_random_pairs(registers, plan.seed, plan.sampled_pairs), plain)
    chances = {each.name: _shares(counts[each.name]) for each in COMPARISONS}
    [nik] = [each for each in COMPARISONS if each.name == "nik"]
    nearly = _shares(registers.count_levels(_born_on_one_day(plan.seed), [nik])["nik"])
    return chances | {"nik": nearly | {level: chances["nik"][level] for level in _AT_RANDOM if level in chances["nik"]}}


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Of the levels that were met."""
    total = sum(counts.values())
    return {level: count / total for level, count in counts.items()}


def _random_pairs(registers: Registers, seed: int, count: int) -> str:
    """A query of pairs: every record of the shuffled left beside records far apart in the shuffled right."""
    taken = min(registers.left, count)
    shifts = max(1, count // max(taken, 1))
    return statement("random_pairs", seed=seed, taken=taken, shifts=shifts, records=registers.right)


def _born_on_one_day(seed: int) -> str:
    """A query of pairs of equal birth date and subdistrict whose names have nothing in common."""
    names = COMPARISONS[0]
    pairs = pair_columns([names], statement("born_on_one_day", seed=seed, count=_SAMPLED_ONE_DAY))
    return statement("at_level", pairs=pairs, level=level_sql(names), wanted=DIFFERENT)


def _expectation_maximisation(registers: Registers, weights: Weights) -> dict[str, dict[str, float]]:
    """Comparison to level to m: the mean over the rounds, from the pairs of each training rule; what no round met is left out."""
    linker = registers.linker(weights, ())
    shared = [columns for columns in TRAINING_RULES if registers.share_keys(columns, _LEAST_EM_PAIRS)]
    with _without_warnings():
        for columns in shared:
            linker.training.estimate_parameters_using_expectation_maximisation(
                blocking_sql(columns), max_pairs=_MAX_EM_PAIRS, record_sample_proportion=0.1
            )
    return learnt_m(linker.misc.save_model_to_json())


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Splink warns of every level that a round does not meet; here that is nothing to worry about."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _with_u(weights: Weights, chances: Mapping[str, Mapping[str, float]]) -> Weights:
    levels = {
        name: {level: LevelWeight(weight.m, chances[name].get(level, weight.u)) for level, weight in each.items()}
        for name, each in weights.levels.items()
    }
    return msgspec.structs.replace(weights, levels=levels)


def _with_m(weights: Weights, learnt: Mapping[str, Mapping[str, float]]) -> Weights:
    """The weights with what was learnt; no level is ruled out for good."""
    levels = {
        name: {
            level: LevelWeight(max(learnt[name].get(level, weight.m), _LEAST_M), weight.u)
            for level, weight in each.items()
        }
        for name, each in weights.levels.items()
    }
    return msgspec.structs.replace(weights, levels=levels)
