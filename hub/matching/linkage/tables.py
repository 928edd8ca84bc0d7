"""Two normalised registers in DuckDB, as Splink wants them."""

from collections.abc import Iterable

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from hub.matching.linkage.blocking import blocking_sql
from hub.matching.linkage.levels import DIFFERENT, VOID, Comparison
from hub.matching.linkage.model import FREQUENCY_OF, splink_settings
from hub.matching.linkage.weights import Weights, name_frequency

LEFT, RIGHT = "left_record", "right_record"


class Registers:
    """The records of two registers, normalised."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, left: pa.Table, right: pa.Table) -> None:
        """`left` and `right`: as `normalise_table` gives them; they are copied into the connection's database."""
        self.connection = connection
        self.left, self.right = left.num_rows, right.num_rows
        for name, table in ((LEFT, left), (RIGHT, right)):
            connection.register("incoming", table)
            connection.execute(f"create or replace table {name} as select * from incoming")
            connection.unregister("incoming")

    def sounds(self) -> pa.ChunkedArray:
        """How the names of both registers sound."""
        return self.connection.execute(f"select sound from {LEFT} union all select sound from {RIGHT}").fetch_arrow_table()["sound"]

    def share_keys(self, columns: Iterable[str]) -> bool:
        """Whether any two records agree on all of these columns."""
        query = f"select 1 from {LEFT} l join {RIGHT} r on {blocking_sql(columns)} limit 1"
        return self.connection.execute(query).fetchone() is not None

    def linker(self, weights: Weights, blocking: Iterable[str]) -> Linker:
        """A Splink linker that begins with these weights."""
        interface = DuckDBAPI(self.connection)
        tables = [interface.register(name, dataset_display_name=name) for name in (LEFT, RIGHT)]
        linker = Linker(tables, splink_settings(weights, tuple(blocking)), log_level=None, validate_settings=False)
        frequencies = interface.register(self._frequencies(weights))
        linker.table_management.register_term_frequency_lookup(frequencies, FREQUENCY_OF)
        return linker

    def count_levels(self, comparison: Comparison, sample: str) -> dict[str, int]:
        """How many pairs of a sample (a query of `left_id` and `right_id`, record ids) are at each level; VOID left out."""
        rows = self.connection.execute(
            f"select {level_sql(comparison)} as level, count(*) from ({pair_columns(comparison, sample)}) group by level"
        ).fetchall()
        return {level: count for level, count in rows if level != VOID}

    def _frequencies(self, weights: Weights) -> pa.Table:
        sounds = self.connection.execute(
            f"select distinct {FREQUENCY_OF} from (from {LEFT} union all from {RIGHT}) where {FREQUENCY_OF} is not null"
        ).fetch_arrow_table()[FREQUENCY_OF]
        shares = [name_frequency(sound, weights) for sound in sounds.to_pylist()]
        return pa.table({FREQUENCY_OF: sounds, f"tf_{FREQUENCY_OF}": pa.array(shares, pa.float64())})


def level_sql(comparison: Comparison) -> str:
    """The level of a pair as `level_of` gives it, over the columns `x_l` and `x_r`."""
    whens = " ".join(f"when {level.when.sql} then '{level.id}'" for level in comparison.levels)
    return f"case when {comparison.is_void.sql} then '{VOID}' {whens} else '{DIFFERENT}' end"


def pair_columns(comparison: Comparison, sample: str) -> str:
    """The columns that a comparison reads, of both sides of each pair."""
    columns = sorted({column for level in comparison.levels for column in level.when.columns} | comparison.is_void.columns)
    wanted = ", ".join(f'l."{column}" as "{column}_l", r."{column}" as "{column}_r"' for column in columns)
    return (
        f"select sampled.left_id, sampled.right_id, {wanted} from ({sample}) sampled"
        f" join {LEFT} l on l.record_id = sampled.left_id join {RIGHT} r on r.record_id = sampled.right_id"
    )
