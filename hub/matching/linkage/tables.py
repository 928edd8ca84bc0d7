"""Two normalised registers in DuckDB, as Splink wants them."""

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from hub.matching.linkage.blocking import blocking_sql
from hub.matching.linkage.levels import DIFFERENT, VOID, Comparison
from hub.matching.linkage.model import FREQUENCY_COLUMNS, splink_settings
from hub.matching.linkage.statements import statement
from hub.matching.linkage.weights import Weights, frequency

LEFT, RIGHT = "left_record", "right_record"


class Registers:
    """The records of two registers, normalised."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, left: pa.Table, right: pa.Table) -> None:
        """`left` and `right`: as `normalise_table` gives them; they are copied into the connection's database."""
        self.connection = connection
        self.left, self.right = left.num_rows, right.num_rows
        for name, table in ((LEFT, left), (RIGHT, right)):
            connection.register("incoming", table)
            connection.execute(statement("load", table=name))
            connection.unregister("incoming")

    def values(self, column: str) -> pa.ChunkedArray:
        """What stands in a column of both registers."""
        return self.connection.sql(statement("values", column=column)).to_arrow_table()[column]

    def share_keys(self, columns: Iterable[str], least: int) -> bool:
        """Whether at least so many pairs agree on all of these columns."""
        query = statement("agreeing_pairs", condition=blocking_sql(columns), least=least)
        return len(self.connection.execute(query).fetchall()) == least

    def linker(self, weights: Weights, blocking: Iterable[str]) -> Linker:
        """A Splink linker that begins with these weights."""
        interface = DuckDBAPI(self.connection)
        tables = [interface.register(name, dataset_display_name=name) for name in (LEFT, RIGHT)]
        linker = Linker(tables, splink_settings(weights, tuple(blocking)), log_level=None, validate_settings=False)
        for column in FREQUENCY_COLUMNS:
            frequencies = interface.register(self._frequencies(column, weights))
            linker.table_management.register_term_frequency_lookup(frequencies, column)
        return linker

    def count_levels(self, sample: str, comparisons: Sequence[Comparison]) -> dict[str, dict[str, int]]:
        """Comparison to level to the number of pairs at it, VOID left out; `sample` is a query of `left_id` and `right_id`."""
        names = [f'"{each.name}"' for each in comparisons]
        query = statement(
            "count_levels",
            names=", ".join(names),
            levels=named_levels(comparisons),
            pairs=pair_columns(comparisons, sample),
            sets=", ".join(f"({name})" for name in names),
        )
        rows = self.connection.execute(query).fetchall()
        counts: dict[str, dict[str, int]] = {each.name: {} for each in comparisons}
        for *found, count in rows:
            [(name, level)] = [
                (each.name, level) for each, level in zip(comparisons, found, strict=True) if level is not None
            ]
            if level != VOID:
                counts[name][level] = count
        return counts

    def _frequencies(self, column: str, weights: Weights) -> pa.Table:
        values = self.connection.sql(statement("distinct_values", column=column)).to_arrow_table()[column]
        shares = [frequency(column, value, weights) for value in values.to_pylist()]
        return pa.table({column: values, f"tf_{column}": pa.array(shares, pa.float64())})


def level_sql(comparison: Comparison) -> str:
    """The level of a pair as `Comparison.level_of` gives it, over the columns `x_l` and `x_r`."""
    whens = " ".join(f"when {level.when.sql} then '{level.id}'" for level in comparison.levels)
    return f"case when {comparison.is_void.sql} then '{VOID}' {whens} else '{DIFFERENT}' end"


def named_levels(comparisons: Iterable[Comparison]) -> str:
    """The levels of several comparisons, as columns of their names."""
    return ", ".join(f'{level_sql(each)} as "{each.name}"' for each in comparisons)


def pair_columns(comparisons: Iterable[Comparison], sample: str) -> str:
    """A query of the pairs of a sample with the columns of both sides that the comparisons read."""
    columns = sorted(set().union(*(comparison.columns for comparison in comparisons)))
    wanted = ", ".join(f'l."{column}" as "{column}_l", r."{column}" as "{column}_r"' for column in columns)
    return statement("pair_columns", columns=wanted, sample=sample)
