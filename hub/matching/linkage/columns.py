"""Tables of records, normalised column by column: a value that stands in many rows is normalised once."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hub.matching.linkage.normalise import (
    address_columns,
    birth_columns,
    kk_columns,
    name_columns,
    nik_columns,
    region_columns,
)
from hub.matching.linkage.record import Normalised

RECORD_ID = "record_id"
OVERUSED_FROM = 4
"""A number that so many records of one register carry identifies none of them: a family shares a NIK by mistake, a clerk's filler
stands in hundreds. KK numbers are shared by a family, and are overused from `OVERUSED_KK_FROM` on."""
OVERUSED_KK_FROM = 25

Columns = Mapping[str, str]


def overused_numbers(table: pa.Table) -> frozenset[str]:
    """NIK and KK numbers of a register that too many of its records carry."""
    found: set[str] = set()
    for column, least in (("nik", OVERUSED_FROM), ("kk_number", OVERUSED_KK_FROM)):
        if column in table.column_names:
            counted = pc.value_counts(table[column]).flatten()
            found.update(counted[0].filter(pc.greater_equal(counted[1], least)).drop_null().to_pylist())
    return frozenset(found)


def normalise_table(table: pa.Table, overused: Collection[str] = ()) -> pa.Table:
    """A table with `record_id` and any columns of IdentityRecord, as a table with `record_id` and the columns of Normalised."""
    columns: dict[str, Any] = {RECORD_ID: table[RECORD_ID].cast(pa.string())}
    readers: dict[str, Callable[[Any], Columns]] = {
        "nik": lambda nik: nik_columns(nik, overused),
        "kk_number": lambda number: kk_columns(number, overused),
        "name": name_columns,
        "birth_date": birth_columns,
        "region_code": region_columns,
    }
    for source, reader in readers.items():
        if source in table.column_names:
            columns |= _normalised(table[source], reader)
    if "sex" in table.column_names:
        columns["sex"] = table["sex"].cast(pa.string())
    columns |= _addresses(table)
    unknown = pa.nulls(table.num_rows, pa.string())
    return pa.table({name: columns.get(name, unknown) for name in (RECORD_ID, *Normalised.__struct_fields__)})


def _addresses(table: pa.Table) -> dict[str, Any]:
    if "hamlet" not in table.column_names:
        return _normalised(table["address"], address_columns) if "address" in table.column_names else {}
    addresses = table["address"] if "address" in table.column_names else pa.nulls(table.num_rows, pa.string())
    both = pc.binary_join_element_wise(pc.fill_null(addresses, ""), pc.fill_null(table["hamlet"], ""), "\x1f")
    return _normalised(both, lambda text: address_columns(*text.split("\x1f")))


def _normalised(values: Any, reader: Callable[[Any], Columns]) -> dict[str, Any]:
    """What `reader` makes of each value, as one array for each column that it ever gives."""
    coded = pc.dictionary_encode(values)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    read = [{} if value is None else reader(value) for value in coded.dictionary.to_pylist()]
    names = dict.fromkeys(name for columns in read for name in columns)
    return {name: pa.array([columns.get(name) for columns in read], pa.string()).take(coded.indices) for name in names}
