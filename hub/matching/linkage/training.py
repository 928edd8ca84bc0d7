"""Weights from two registers, without labels: u by sampling pairs, m by expectation maximisation in Splink."""

from collections.abc import Mapping

import msgspec

from hub.matching.linkage.blocking import blocking_sql
from hub.matching.linkage.frequencies import count_words
from hub.matching.linkage.levels import COMPARISONS, DIFFERENT, Comparison
from hub.matching.linkage.model import learnt_m
from hub.matching.linkage.tables import LEFT, RIGHT, Registers, level_sql, pair_columns
from hub.matching.linkage.weights import LevelWeight, Weights

TRAINING_RULES = (
    ("nik",),
    ("kk_number",),
    ("birth_date", "village"),
    ("sound_sorted", "village"),
    ("sound_sorted", "birth_date"),
)
"""Columns on which the pairs of one round of expectation maximisation agree; it learns the comparisons that read none of them."""

_SAMPLED_PAIRS = 5_000_000
_SAMPLED_LEFT = 20_000
_MAX_EM_PAIRS = 1_500_000
_UNSEEN = 0.5
"""What a level counts that no pair of a sample has."""
_LEAST_M = 0.0005
_PRIME = 7_919

_START_M = {
    "name": (0.70, 0.12, 0.07, 0.06, 0.02, 0.02, 0.01),
    "birth_date": (0.86, 0.02, 0.01, 0.03, 0.02, 0.03, 0.01, 0.01, 0.01),
    "nik": (0.90, 0.04, 0.01, 0.01, 0.04),
    "kk_number": (0.80, 0.02, 0.18),
    "place": (0.35, 0.15, 0.20, 0.06, 0.15, 0.04, 0.05),
    "sex": (0.98, 0.02),
}
"""Where expectation maximisation begins, in the order of the levels: what registers are like before anything is known of them."""


def start_weights(left: int, right: int) -> Weights:
    """Weights before any training, for registers of these sizes."""
    levels = {
        comparison.name: {
            level: LevelWeight(m, 1 / len(comparison.level_ids))
            for level, m in zip(comparison.level_ids, _START_M[comparison.name], strict=True)
        }
        for comparison in COMPARISONS
    }
    return Weights(
        version="UNTRAINED",
        match_share=min(0.7, 0.7 * right / max(left, 1)),
        searched=max(right, 2),
        link_at=10.0,
        review_at=0.0,
        levels=levels,
        words={},
        rare_word=0.001,
        rarest_name=1e-6,
    )


def train(registers: Registers, version: str, seed: int) -> Weights:
    """Learn weights from these registers; the same registers and seed give the same weights."""
    weights = start_weights(registers.left, registers.right)
    words, rare_word = count_words(registers.sounds())
    weights = msgspec.structs.replace(weights, version=version, words=words, rare_word=rare_word)
    weights = _with_u(weights, {each.name: _chance_levels(registers, each, seed) for each in COMPARISONS})
    return _with_m(weights, _expectation_maximisation(registers, weights))


def _chance_levels(registers: Registers, comparison: Comparison, seed: int) -> dict[str, float]:
    """The share of each level among pairs of two persons.

    A NIK holds the birth date: that two born on one day share it too is no news. So what a NIK says is counted on pairs of equal birth date
    whose names differ, while equal NIKs are counted at random.
    """
    counts = registers.count_levels(comparison, _random_pairs(registers, seed))
    if comparison.name != "nik":
        return _shares(counts, comparison)
    given_date = registers.count_levels(comparison, _born_on_one_day(seed))
    given_date.pop("SAME", None)
    return _shares(given_date, comparison) | {"SAME": _shares(counts, comparison)["SAME"]}


def _shares(counts: Mapping[str, int], comparison: Comparison) -> dict[str, float]:
    total = sum(counts.values()) + _UNSEEN * len(comparison.level_ids)
    return {level: (counts.get(level, 0) + _UNSEEN) / total for level in comparison.level_ids}


def _random_pairs(registers: Registers, seed: int) -> str:
    """A query of pairs: every record of the shuffled left beside records far apart in the shuffled right."""
    shifts = max(1, _SAMPLED_PAIRS // max(registers.left, 1))
    return f"""
        with l as (select record_id, row_number() over (order by hash(record_id, {seed})) as at from {LEFT}),
            r as (select record_id, row_number() over (order by hash(record_id, {seed + 1})) as at from {RIGHT})
        select l.record_id as left_id, r.record_id as right_id
        from l cross join range({shifts}) s(shift)
        join r on r.at = 1 + (l.at + s.shift * {_PRIME}) % {registers.right}"""


def _born_on_one_day(seed: int) -> str:
    """A query of pairs of equal birth date whose names have nothing in common."""
    candidates = f"""
        select l.record_id as left_id, r.record_id as right_id
        from (select * from {LEFT} where nik is not null order by hash(record_id, {seed}) limit {_SAMPLED_LEFT}) l
        join {RIGHT} r using (birth_date)"""
    names = COMPARISONS[0]
    return f"select left_id, right_id from ({pair_columns(names, candidates)}) where {level_sql(names)} = '{DIFFERENT}'"


def _expectation_maximisation(registers: Registers, weights: Weights) -> dict[str, dict[str, float]]:
    """Comparison to level to m: the mean over the rounds, from the pairs of each training rule; what no round met is left out."""
    linker = registers.linker(weights, ())
    for columns in TRAINING_RULES:
        if registers.share_keys(columns):
            linker.training.estimate_parameters_using_expectation_maximisation(
                blocking_sql(columns), max_pairs=_MAX_EM_PAIRS, record_sample_proportion=0.1
            )
    return learnt_m(linker.misc.save_model_to_json())


def _with_u(weights: Weights, chances: Mapping[str, Mapping[str, float]]) -> Weights:
    levels = {
        name: {level: LevelWeight(weight.m, chances[name][level]) for level, weight in each.items()}
        for name, each in weights.levels.items()
    }
    return msgspec.structs.replace(weights, levels=levels)


def _with_m(weights: Weights, learnt: Mapping[str, Mapping[str, float]]) -> Weights:
    """The weights with what was learnt; a level that was not met keeps its start, and none is ruled out for good."""
    levels = {}
    for name, each in weights.levels.items():
        shares = {level: max(learnt[name].get(level, weight.m), _LEAST_M) for level, weight in each.items()}
        total = sum(shares.values())
        levels[name] = {level: LevelWeight(shares[level] / total, weight.u) for level, weight in each.items()}
    return msgspec.structs.replace(weights, levels=levels)
