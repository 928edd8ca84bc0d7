"""One record at a time against a roster in PostgreSQL: candidates by b-tree, scored in Python, timed."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

import asyncpg
import numpy as np
import pyarrow as pa

from benchmarks.graphql.dataset import cache_folder
from benchmarks.linkage.statements import statement
from hub.matching.linkage import BLOCKING_RULES, Normalised, Weights, among_rivals, blocking_keys, score
from hub.matching.linkage.columns import normalise_table, overused_numbers
from hub.store.embedded import embedded_server
from hub.store.provision import ensure_database

_MOST_OF_A_KEY = 30
"""A key that more records share says little, and whoever is meant has other keys."""
_COLUMNS = Normalised.__struct_fields__


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question gave, and what it took in milliseconds."""

    best: int | None
    """The number of the roster's record; None when there was no candidate."""
    bits: float
    """Its bits among its rivals."""
    candidates: int
    database_ms: float
    scorer_ms: float

    @property
    def total_ms(self) -> float:
        """Database and scorer."""
        return self.database_ms + self.scorer_ms


@dataclass(frozen=True, slots=True)
class Lookup:
    """What all questions gave: the answers, F1 of those at least `link_at`, and the sizes of keys."""

    answers: tuple[Answer, ...]
    f1: float
    keys: Mapping[str, tuple[int, int]]

    def percentile(self, what: str, percent: float) -> float:
        """Of one of the attributes of the answers."""
        return float(np.percentile([getattr(answer, what) for answer in self.answers], percent))


@asynccontextmanager
async def open_roster(roster: pa.Table, name: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database that holds the roster, made once and kept; rows are numbered as in the table."""
    made_of = (BLOCKING_RULES, _COLUMNS, statement("make"), statement("index"), roster.slice(0, 1_000).to_pylist())
    fingerprint = sha256(repr(made_of).encode()).hexdigest()[:12]
    with embedded_server(cache_folder() / f"linkage-lookup-{name}-{fingerprint}") as server:
        url = await ensure_database(server, "lookup")
        connection = await asyncpg.connect(
            url, command_timeout=3_600, server_settings={"plan_cache_mode": "force_generic_plan", "jit": "off"}
        )
        try:
            if await connection.fetchval(statement("is_made")) is None:
                await fill(connection, roster)
            yield connection
        finally:
            await connection.close()


async def ask(connection: asyncpg.Connection, record: Normalised, weights: Weights) -> Answer:
    """Find the record's best candidate."""
    begun = time.perf_counter()
    rows = await connection.fetch(statement("candidates"), list(blocking_keys(record)), _MOST_OF_A_KEY)
    fetched = time.perf_counter()
    bits = [score(record, Normalised(**dict(zip(_COLUMNS, row["columns"], strict=True))), weights).bits for row in rows]
    best = max(range(len(bits)), key=bits.__getitem__, default=None)
    settled = float("-inf") if best is None else among_rivals(bits[best], bits[:best] + bits[best + 1 :])
    ended = time.perf_counter()
    found = None if best is None else int(rows[best]["person_id"])
    return Answer(found, settled, len(rows), (fetched - begun) * 1e3, (ended - fetched) * 1e3)


async def heaviest_keys(connection: asyncpg.Connection) -> Mapping[str, tuple[int, int]]:
    """Letter of a rule to the size of its commonest key, and the 99th percentile."""
    return {row["rule"]: (row["most"], row["p99"]) for row in await connection.fetch(statement("heaviest"))}


def records_of(table: pa.Table) -> Sequence[Normalised]:
    """The rows of a register, normalised as a batch does."""
    columns = normalise_table(table, overused_numbers(table)).drop(["record_id"]).to_pydict()
    return [
        Normalised(**dict(zip(_COLUMNS, row, strict=True))) for row in zip(*(columns[c] for c in _COLUMNS), strict=True)
    ]


async def fill(connection: asyncpg.Connection, roster: pa.Table) -> None:
    """Put a roster into an empty database."""
    records = records_of(roster)
    async with connection.transaction():
        await connection.execute(statement("make"))
        await connection.copy_records_to_table(
            "made_roster", records=((nth, [getattr(each, c) for c in _COLUMNS]) for nth, each in enumerate(records))
        )
        await connection.copy_records_to_table(
            "made_roster_key", records=((key, nth) for nth, each in enumerate(records) for key in blocking_keys(each))
        )
        await connection.execute(statement("index"))
    await connection.execute("vacuum analyze")


def measure_lookup(roster: pa.Table, asked: pa.Table, weights: Weights, name: str) -> Lookup:
    """Ask about each record of `asked`, one after the other, after a warm-up of a tenth of them."""
    return asyncio.run(_measure(roster, asked, weights, name))


async def _measure(roster: pa.Table, asked: pa.Table, weights: Weights, name: str) -> Lookup:
    truth, people = roster["person"].to_pylist(), asked["person"].to_pylist()
    records = records_of(asked.drop(["person"]))
    async with open_roster(roster.drop(["person"]), name) as connection:
        for record in records[: len(records) // 10]:
            await ask(connection, record, weights)
        answers = [await ask(connection, record, weights) for record in records]
        keys = await heaviest_keys(connection)
    known = set(truth)
    linked = [
        (answer, person) for answer, person in zip(answers, people, strict=True) if answer.bits >= weights.link_at
    ]
    right = sum(truth[answer.best] == person for answer, person in linked if answer.best is not None)
    f1 = 2 * right / max(len(linked) + sum(person in known for person in people), 1)
    return Lookup(tuple(answers), f1, keys)
