"""One record against a registry of a million persons: blocking by b-tree, the scorer, and how often it is right.

    python -m benchmarks.lookup [--persons 1000000] [--records 3000] [--batch] [--json]

Persons and records are the two made registers of `benchmarks.linkage`; whom a record truly means stands beside it. Looked up
one after the other on one connection, after 200 for warmth. `--batch` links the same records by Splink for its F1.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.linkage.clerks import Faults
from benchmarks.linkage.registers import Registers, Size, cached_registers
from benchmarks.report import Figure, print_figures
from hub.domain.principal import EVERYWHERE
from hub.matching.linkage import IdentityRecord, LinkOutcome, load_weights
from hub.matching.linkage.batch import link_batch
from hub.store.database import Database, open_database
from hub.store.embedded import embedded_server
from hub.store.linking import refresh_keys
from hub.store.provision import ensure_database, provision
from resolvers.identity import find_person

SEED = 20_261
NOW = datetime(2026, 7, 1, tzinfo=UTC)
TARGET_P99_MS, TARGET_F1 = 5.0, 0.003
_WARM = 200
_HOUSEHOLD = ("household_id", "source_code", "source_record_id", "source_revision", "observed_at", "fetched_at", "regency_code",
              "region_code", "kk_number", "kk_status", "address")  # fmt: skip
_PERSON = ("household_id", "person_id", "source_code", "source_record_id", "source_revision", "observed_at", "fetched_at",
           "regency_code", "nik", "nik_status", "nik_warnings", "name", "sex", "birth_date", "is_head")  # fmt: skip


async def load(database: Database, roster: pa.Table) -> float:
    """The roster as persons of the registry, each in a household of its own, with keys; returns seconds for the keys."""
    rows = roster.to_pylist()
    stamp = ("35.10", "", 1, NOW, NOW)
    await database.jobs.copy("household", _HOUSEHOLD, (_household(n, row, stamp) for n, row in enumerate(rows)))
    await database.jobs.copy("person", _PERSON, (_person(n, row, stamp) for n, row in enumerate(rows)))
    begun = time.perf_counter()
    await refresh_keys(database.jobs, load_weights())
    return time.perf_counter() - begun


def _household(number: int, row: dict[str, Any], stamp: tuple[Any, ...]) -> tuple[Any, ...]:
    kk_number, region = row["kk_number"], row["region_code"]
    status = "VALID" if kk_number else "MISSING"
    return (number, stamp[0], f"H{number}", *stamp[2:], region[:5], region, kk_number, status, row["address"])


def _person(number: int, row: dict[str, Any], stamp: tuple[Any, ...]) -> tuple[Any, ...]:
    nik = row["nik"]
    status = "VALID" if nik else "MISSING"
    said: tuple[Any, ...] = (row["region_code"][:5], nik, status, [], row["name"], row["sex"], row["birth_date"], True)
    return (number, number, stamp[0], f"P{number}", *stamp[2:], *said)


async def look_up(database: Database, records: Sequence[dict[str, Any]]) -> tuple[list[float], list[int | None]]:
    """Milliseconds of each look-up, and the person that was found for certain."""
    took, found = [], []
    for row in records:
        record = _record(row)
        begun = time.perf_counter()
        subject = await find_person(database.jobs, record, EVERYWHERE)
        took.append((time.perf_counter() - begun) * 1_000)
        found.append(subject.person.person_id if subject.outcome is LinkOutcome.LINKED and subject.person else None)
    return took[_WARM:], found


def _record(row: dict[str, Any]) -> IdentityRecord:
    return IdentityRecord(**{name: row[name] for name in IdentityRecord.__slots__ if name in row})


def f1_of(pairs: Iterable[tuple[int, int]], expected: int) -> float:
    """F1 of pairs of (true person of the record, true person of the one found), of which `expected` could be right."""
    listed = list(pairs)
    right = sum(asked == found for asked, found in listed)
    return 2 * right / (len(listed) + expected)


async def measure(database: Database, registers: Registers, records: int, *, with_batch: bool) -> dict[str, Figure]:
    """Speed and quality."""
    asked = registers.district.slice(0, records)
    rows = asked.to_pylist()
    truth = registers.roster.column("person").to_pylist()
    expected = len({row["person"] for row in rows} & set(truth))
    keys = await load(database, registers.roster)
    took, found = await look_up(database, rows)
    took.sort()
    online = f1_of(
        ((row["person"], truth[at]) for row, at in zip(rows, found, strict=True) if at is not None), expected
    )
    p99 = took[len(took) * 99 // 100]
    figures = {
        "keys": Figure(len(truth) / keys, "persons/s"),
        "p50": Figure(took[len(took) // 2], "ms", lower_is_better=True),
        "p99": Figure(p99, "ms", p99 / TARGET_P99_MS, 1.0, lower_is_better=True),
        "F1 of looking up": Figure(online, ""),
    }
    if with_batch:
        batch = _batch_f1(asked, registers.roster, expected)
        figures["F1 of a batch"] = Figure(batch, "", abs(batch - online) / TARGET_F1, 1.0, lower_is_better=True)
    return figures


def _batch_f1(asked: pa.Table, roster: pa.Table, expected: int) -> float:
    pairs = link_batch(asked, roster, load_weights()).pairs.to_pylist()
    person = {row["record_id"]: row["person"] for table in (asked, roster) for row in table.to_pylist()}
    linked = [pair for pair in pairs if pair["outcome"] == LinkOutcome.LINKED]
    return f1_of(((person[pair["left_id"]], person[pair["right_id"]]) for pair in linked), expected)


async def main(persons: int, records: int, *, with_batch: bool, is_json: bool) -> None:
    """On a server of its own that goes when it is done."""
    size = Size(roster=persons, district=persons * 3 // 10, both=persons * 24 // 100)
    registers = cached_registers(size, (Faults(), Faults()), SEED)
    with tempfile.TemporaryDirectory(prefix="lookup") as folder, embedded_server(Path(folder) / "state") as server:
        url = await ensure_database(server, "lookup")
        await provision(url)
        async with open_database(url, connections=1) as database:
            figures = await measure(database, registers, records, with_batch=with_batch)
    print_figures(f"{records:,} records against {persons:,} persons", figures, is_json=is_json)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=3_000)
    parser.add_argument("--batch", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asyncio.run(main(given.persons, given.records, with_batch=given.batch, is_json=given.json))
