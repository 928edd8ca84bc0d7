"""The registry that every contestant is asked about, made once and kept in the user's cache folder.

One function of the number of households, so that two builds hold the same.
"""

import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

import asyncpg

from hub.domain.opaque_id import Kind, opaque_id
from hub.store.embedded import embedded_server
from hub.store.provision import ensure_database, provision

REGENCIES = 50
"""How many regencies a coverage operation names."""
_ITEMS = 500
_COVERAGES = 300
_DATABASE = "benchmark"
_PROGRAMMES = ("KIS_PBI", "PKH")


@dataclass(frozen=True, slots=True)
class Samples:
    """What there is to ask for: opaque ids of households, and the codes of the regencies that have any."""

    household_ids: list[str]
    regency_codes: list[str]

    def coverages(self) -> list[tuple[list[str], str]]:
        """Choices of regencies, each with a programme; the same ones every time."""
        choose = random.Random(7)
        size = min(REGENCIES, len(self.regency_codes))
        return [
            (sorted(choose.sample(self.regency_codes, size)), _PROGRAMMES[number % 2]) for number in range(_COVERAGES)
        ]


def cache_folder() -> Path:
    """Where benchmarks keep what is expensive to make."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "slrt-hub" / "benchmarks"


@asynccontextmanager
async def open_dataset(households: int) -> AsyncIterator[str]:
    """The URL of a database with so many households; its server runs for as long as the block does."""
    state = cache_folder() / f"graphql-{households}-{_fingerprint()}"
    with embedded_server(state) as server:
        url = await ensure_database(server, _DATABASE)
        await provision(url)
        await build(url, households)
        yield url


async def build(url: str, households: int) -> None:
    """Fill a migrated database, in one transaction; nothing is done when that was done before."""
    connection = await asyncpg.connect(url, command_timeout=3_600)
    try:
        if await connection.fetchval(statement("is_built")):
            return
        sys.stderr.write(f"making {households:,} households, once (some minutes for a million)\n")
        async with connection.transaction():
            await connection.execute("select set_config('benchmark.households', $1, true)", str(households))
            await connection.execute(_text("dataset.sql"))
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def prepare_peers(url: str) -> None:
    """Make the views that PostGraphile serves; the other peers read the tables."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_text("postgraphile.sql"))
    finally:
        await connection.close()


async def read_samples(url: str) -> Samples:
    """Households from all over the registry, and its regencies."""
    connection = await asyncpg.connect(url)
    try:
        households = await connection.fetch(statement("sample_households"), _ITEMS)
        regencies = await connection.fetch(statement("list_regencies"))
    finally:
        await connection.close()
    return Samples([opaque_id(Kind.HOUSEHOLD, row[0]) for row in households], [row[0] for row in regencies])


@cache
def statement(name: str) -> str:
    """The text of one statement; the peers read the same files."""
    return _text(f"statements/{name}.sql")


def _text(name: str) -> str:
    return resources.files("benchmarks.graphql").joinpath(name).read_text("utf-8")


def _fingerprint() -> str:
    """Changes with the schema and with the data set's own script: another folder, made anew."""
    digest = sha256(_text("dataset.sql").encode())
    for file in sorted(Path(str(resources.files("migrations"))).glob("*.sql")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]
