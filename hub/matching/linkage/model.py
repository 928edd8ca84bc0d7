"""The comparisons as Splink reads them, and what it learnt."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.matching.linkage.columns import RECORD_ID
from hub.matching.linkage.levels import COMPARISONS, DIFFERENT, VOID, Comparison, Level
from hub.matching.linkage.weights import LevelWeight, Weights

FREQUENCY_COLUMNS = ("sound_sorted", "birth_date")
"""The columns by whose frequency agreement is weighed."""

Settings = dict[str, Any]


def splink_settings(weights: Weights, blocking: Sequence[str]) -> Settings:
    """Settings of a Splink linker between two tables; the weights are where training begins, or what prediction uses."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": RECORD_ID,
        "probability_two_random_records_match": weights.match_share / weights.searched,
        "comparisons": [splink_comparison(each, weights.levels[each.name]) for each in COMPARISONS],
        "blocking_rules_to_generate_predictions": list(blocking),
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def learnt_m(settings: Settings) -> dict[str, dict[str, float]]:
    """Comparison to level to m, of the settings of a trained linker; levels that Splink never met are left out."""
    return {
        comparison["output_column_name"]: {
            level["label_for_charts"]: level["m_probability"]
            for level in comparison["comparison_levels"]
            if isinstance(level.get("m_probability"), float)
        }
        for comparison in settings["comparisons"]
    }


def splink_comparison(comparison: Comparison, start: Mapping[str, LevelWeight] | None = None) -> Settings:
    """One comparison; without `start` Splink begins where it likes."""
    void = {"sql_condition": comparison.is_void.sql, "label_for_charts": VOID, "is_null_level": True}
    levels = [_level(level) for level in comparison.levels]
    rest: Settings = {"sql_condition": "ELSE", "label_for_charts": DIFFERENT}
    for level in (*levels, rest):
        weight = (start or {}).get(level["label_for_charts"])
        if weight is not None:
            level.update(m_probability=weight.m, u_probability=weight.u)
    return {"output_column_name": comparison.name, "comparison_levels": [void, *levels, rest]}


def _level(level: Level) -> Settings:
    settings: Settings = {"sql_condition": level.when.sql, "label_for_charts": level.id}
    if level.frequency_of:
        settings |= {
            "tf_adjustment_column": level.frequency_of,
            "tf_adjustment_weight": 1.0,
            "disable_tf_exact_match_detection": True,
        }
    return settings
