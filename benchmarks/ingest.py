"""Taking in a million persons (COPY, validate, merge) beside a bare COPY of the same rows into unindexed tables.

    python -m benchmarks.ingest [--persons 1000000] [--json]

Interleaved: each batch is copied bare, then ingested, so both see the same machine. Two districts are ingested at the same
time, as a sync does with all its sources. Making the records is not timed. The rows are those of the persons and of their
households on both sides, since no person comes without a household.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.report import Figure, print_figures
from hub.domain.records import HouseholdRecord, PersonRecord
from hub.store import staging
from hub.store.batches import Batch, merge_batch
from hub.store.database import Database, open_database
from hub.store.embedded import embedded_server
from hub.store.provision import ensure_database, provision
from hub.store.queries import query

MEMBERS = (3, 4)
BATCH_HOUSEHOLDS = 40_000
DISTRICTS = ("35.10", "35.09")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
BIRTH = date(1950, 1, 1)
TARGET = 0.2


def batches(persons: int) -> Iterator[list[HouseholdRecord]]:
    """Households of 3.5 members on average, until there are enough persons."""
    batch: list[HouseholdRecord] = []
    made = number = 0
    while made < persons:
        size = min(MEMBERS[number % 2], persons - made)
        district = DISTRICTS[len(batch) * len(DISTRICTS) // BATCH_HOUSEHOLDS]
        batch.append(_household(number, made, size, f"{district}.01.2001"))
        made += size
        number += 1
        if len(batch) == BATCH_HOUSEHOLDS or made == persons:
            yield batch
            batch = []


def _household(number: int, first_person: int, size: int, region_code: str) -> HouseholdRecord:
    return HouseholdRecord(
        source_record_id=f"K-{number:09d}",
        revision=number + 1,
        observed_at=NOW,
        region_code=region_code,
        kk_number=f"351001{1 + number % 28:02d}0110{1 + number // 28 % 9_999:04d}",
        address=f"Dusun Krajan RT {number % 40:02d}",
        decile=1 + number % 10,
        welfare_source="DTSEN",
        welfare_period="2026-1",
        members=tuple(_person(first_person + n, is_head=n == 0) for n in range(size)),
    )


def _person(number: int, *, is_head: bool) -> PersonRecord:
    born = BIRTH + timedelta(days=number * 7 % 27_000)
    is_woman = number % 2 == 1
    day = born.day + 40 * is_woman
    return PersonRecord(
        source_record_id=f"P-{number:09d}",
        nik=f"3510{1 + number // 9_999 % 25:02d}{day:02d}{born:%m%y}{1 + number % 9_999:04d}",
        name=f"Siti Aminah {number}",
        sex="FEMALE" if is_woman else "MALE",
        birth_date=born,
        birth_place="Banyuwangi",
        is_head=is_head,
        vital_status="ALIVE",
        is_pregnant=False,
        school_level="NONE",
        is_enrolled_in_school=False,
        disability="NONE",
        has_chronic_illness=False,
        occupation_class="FARMER",
    )


async def measure(database: Database, persons: int) -> dict[str, Figure]:
    """Seconds for both ways, as rows a second and their ratio."""
    for code in DISTRICTS:
        await database.jobs.fetch_value(query("directory", "put_source"), regency_code=code)
    for stage in ("household", "person"):
        await database.jobs.execute(query("stage", f"create_stage_{stage}"))
    async with database.jobs.connection() as connection:
        await connection.execute("create table bare_household (like stage_household)")
        await connection.execute("create table bare_person (like stage_person)")
    bare = ingested = 0.0
    for households in batches(persons):
        rows = list(staging.person_rows(DISTRICTS[0], households))
        household_rows = list(staging.household_rows(DISTRICTS[0], households))
        begun = time.perf_counter()
        await database.jobs.copy("bare_household", staging.HOUSEHOLD_COLUMNS, household_rows)
        await database.jobs.copy("bare_person", staging.PERSON_COLUMNS, rows)
        bare += time.perf_counter() - begun
        del rows, household_rows
        of_district = {code: [h for h in households if h.region_code.startswith(code)] for code in DISTRICTS}
        begun = time.perf_counter()
        await asyncio.gather(*(_ingest(database, code, of_district[code]) for code in DISTRICTS))
        ingested += time.perf_counter() - begun
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "bare COPY": Figure(persons / bare, "persons/s"),
        "ingest": Figure(persons / ingested, "persons/s", bare / ingested, TARGET),
        "ingest, whole": Figure(ingested, "s", lower_is_better=True),
        "memory of the process": Figure(megabytes, "MB", megabytes / 500, 1.0, lower_is_better=True),
    }


async def _ingest(database: Database, code: str, households: list[HouseholdRecord]) -> None:
    async with database.jobs.transaction() as transaction:
        await merge_batch(transaction, Batch(code, code, "PULL", households, [], NOW))


async def main(persons: int, *, is_json: bool) -> None:
    """On a server of its own that goes when it is done."""
    with tempfile.TemporaryDirectory(prefix="ingest") as folder, embedded_server(Path(folder) / "state") as server:
        url = await ensure_database(server, "ingest")
        begun = time.perf_counter()
        await provision(url)
        regions = time.perf_counter() - begun
        async with open_database(url) as database:
            figures = await measure(database, persons)
        figures["migrate and load 91,599 regions"] = Figure(regions, "s", regions / 5, 1.0, lower_is_better=True)
    print_figures(f"Ingest of {persons:,} persons", figures, is_json=is_json)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asyncio.run(main(given.persons, is_json=given.json))
