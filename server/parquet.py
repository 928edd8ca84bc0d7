"""Results as Parquet, for whoever works on with DuckDB, Spark or pandas: written by DuckDB, page by page."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from hub.domain.errors import SetupError
from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Row

RESULTS = pa.schema(
    [
        ("run_id", pa.int64()),
        ("rank", pa.int32()),
        ("household", pa.string()),
        ("person", pa.string()),
        ("regency_code", pa.string()),
        ("decile", pa.int16()),
        ("vulnerability", pa.int16()),
        ("waiting_since", pa.date32()),
        ("programme_code", pa.string()),
        ("pool_region_code", pa.string()),
        ("is_placed", pa.bool_()),
        ("by_priority", pa.bool_()),
        ("by_floors", pa.bool_()),
        ("match", pa.string()),
        ("status", pa.string()),
        ("reason_code", pa.string()),
    ]
)
"""Columns of a run's results: opaque ids as in GraphQL, no numbers or names of persons."""
_IDS = {
    "household": ("household_id", Kind.HOUSEHOLD),
    "person": ("person_id", Kind.PERSON),
    "match": ("match_id", Kind.MATCH),
}


async def write_results(path: Path, pages: AsyncIterator[list[Row]]) -> int:
    """Write pages of rows (of list_results) to a file; returns how many. SetupError where it cannot be written."""
    count = 0
    database = duckdb.connect()
    try:
        database.from_arrow(RESULTS.empty_table()).create("result")
        async for rows in pages:
            database.from_arrow(_table(rows)).insert_into("result")
            count += len(rows)
        database.table("result").write_parquet(str(path), compression="zstd")
    except duckdb.IOException as error:
        raise SetupError(f"{path} cannot be written: {error}; name a file in a folder of yours") from error
    finally:
        database.close()
    return count


def _table(rows: Sequence[Row]) -> Any:
    return pa.table({field.name: _column(field.name, rows) for field in RESULTS}, schema=RESULTS)


def _column(name: str, rows: Sequence[Row]) -> list[Any]:
    if name not in _IDS:
        return [row[name] for row in rows]
    column, kind = _IDS[name]
    return [None if row[column] is None else opaque_id(kind, row[column]) for row in rows]
