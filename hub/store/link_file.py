"""All links as a Parquet file, written by DuckDB; ids of the hub and of the rosters, and no name or number of a person."""

from pathlib import Path

import duckdb
import pyarrow as pa

from hub.domain.errors import SetupError
from hub.store.database import Session
from hub.store.queries import query

_PAGE = 50_000
_COLUMNS = {
    "link_id": pa.int64(),
    "programme_code": pa.string(),
    "source_code": pa.string(),
    "source_record_id": pa.string(),
    "household_id": pa.int64(),
    "person_id": pa.int64(),
    "regency_code": pa.string(),
    "method": pa.string(),
    "status": pa.string(),
    "weight": pa.float64(),
    "weights_version": pa.string(),
    "found_at": pa.timestamp("us", tz="UTC"),
    "decided_at": pa.timestamp("us", tz="UTC"),
}


async def write_links(session: Session, path: Path) -> int:
    """Write one snapshot of all links; returns how many. SetupError when the file cannot be written."""
    schema = pa.schema(list(_COLUMNS.items()))
    parts = [
        pa.table({name: [row[name] for row in rows] for name in _COLUMNS}, schema=schema)
        async for rows in session.pages(query("link_review", "stream_links"), _PAGE)
    ]
    table = pa.concat_tables([schema.empty_table(), *parts])
    try:
        duckdb.from_arrow(table).write_parquet(str(path), compression="zstd")
    except duckdb.Error as error:
        raise SetupError(f"the links cannot be written to {path}: {error}") from error
    return int(table.num_rows)
