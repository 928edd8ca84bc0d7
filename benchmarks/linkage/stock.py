"""What a user of Splink gets who takes its own comparisons: the peer in the same run."""

from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from benchmarks.linkage.statements import statement
from hub.domain.nik import nik_error

_TRAINING = (block_on("birth_date", "region_code"), block_on("name", "region_code"), block_on("nik"))
_BLOCKING: list[BlockingRuleCreator | dict[str, Any]] = [
    block_on("nik"),
    block_on("kk_number"),
    block_on("birth_date", "region_code"),
    block_on("name", "region_code"),
    block_on("name", "birth_date"),
]


def link_stock(left: pa.Table, right: pa.Table, memory_limit: str) -> pa.Table:
    """Link two registers with Splink's stock levels and its training, each record to the one that it likes best
    and that likes it best.

    It is spared what nobody would leave in: NIKs that are no NIKs, and upper case. left_id, right_id, bits.
    """
    connection = duckdb.connect(":memory:", config={"memory_limit": memory_limit, "preserve_insertion_order": "false"})
    connection.execute("set enable_progress_bar = false")  # stdout is for the figures
    interface = DuckDBAPI(connection)
    tables = [
        interface.register(_cleaned(table), dataset_display_name=name) for name, table in (("l", left), ("r", right))
    ]
    linker = Linker(tables, _settings(), log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("nik")], recall=0.75)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in _TRAINING:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_weight=-5)
    best = connection.sql(statement("mutual_best").replace("predicted", predicted.physical_name)).to_arrow_table()
    connection.close()
    return best


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_id",
        comparisons=[
            cl.NameComparison("name").configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("birth_date", [1, 2]),
            cl.LevenshteinAtThresholds("nik", [1, 2]),
            cl.LevenshteinAtThresholds("kk_number", [1]),
            cl.ExactMatch("region_code"),
            cl.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=_BLOCKING,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def _cleaned(table: pa.Table) -> pa.Table:
    niks = [nik if nik is not None and nik_error(nik) is None else None for nik in table["nik"].to_pylist()]
    names = [name and " ".join(name.upper().split()) for name in table["name"].to_pylist()]
    columns = {
        "record_id": table["record_id"],
        "nik": pa.array(niks, pa.string()),
        "name": pa.array(names, pa.string()),
        "sex": table["sex"],
        "birth_date": table["birth_date"].cast(pa.string()),
        "kk_number": table["kk_number"],
        "region_code": table["region_code"],
    }
    return pa.table(columns)
