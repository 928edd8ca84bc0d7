"""Ways to claim slots concurrently, the checks that must hold afterwards, and two naive ways that must fail them."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

import asyncpg

KILLED = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
APPLICATION = "claimer"


class Ledger(Protocol):
    """One design of a pool of `quantity` slots."""

    quantity: int

    async def claim(self, connection: asyncpg.Connection, unit: int) -> bool:
        """Try to get a slot for a unit; True when the database said yes."""
        ...

    async def give_back(self, connection: asyncpg.Connection, unit: int) -> None:
        """The unit declines."""
        ...

    async def problems(self, connection: asyncpg.Connection, acknowledged: set[int]) -> list[str]:
        """What does not hold; empty when all is well."""
        ...


@dataclass
class Storm:
    """Many claimers at once, some of whom change their mind, while backends are killed."""

    url: str
    claimers: int
    kills: int
    decline_share: float
    seed: int
    killed: int = 0
    acknowledged: set[int] = field(default_factory=set)

    async def rage(self, ledger: Ledger, units: Sequence[int]) -> list[str]:
        """Claim for all units, then say what does not hold."""
        queue: asyncio.Queue[int] = asyncio.Queue()
        for unit in units:
            queue.put_nowait(unit)
        killer = asyncio.create_task(self._kill())
        async with asyncio.timeout(120):
            await asyncio.gather(*(self._claim_all(ledger, queue, number) for number in range(self.claimers)))
        killer.cancel()
        with suppress(asyncio.CancelledError):
            await killer
        connection = await asyncpg.connect(self.url)
        try:
            return await ledger.problems(connection, self.acknowledged)
        finally:
            await connection.close()

    async def _claim_all(self, ledger: Ledger, queue: "asyncio.Queue[int]", number: int) -> None:
        rng = random.Random(f"{self.seed}/{number}")
        connection: asyncpg.Connection | None = None
        while not queue.empty():
            unit = queue.get_nowait()
            declines = rng.random() < self.decline_share
            while True:
                try:
                    if connection is None or connection.is_closed():
                        connection = await asyncpg.connect(self.url, server_settings={"application_name": APPLICATION})
                    got = await ledger.claim(connection, unit)
                    if got and declines:
                        self.acknowledged.discard(unit)
                        await ledger.give_back(connection, unit)
                    elif got:
                        self.acknowledged.add(unit)
                    break
                except KILLED:
                    _drop(connection)
                    connection = None
        _drop(connection)

    async def _kill(self) -> None:
        rng = random.Random(self.seed)
        admin = await asyncpg.connect(self.url)
        try:
            while self.killed < self.kills:
                pids = await admin.fetch(
                    "select pid from pg_stat_activity where application_name = $1 and state <> 'idle'", APPLICATION
                )
                if pids and await admin.fetchval("select pg_terminate_backend($1)", rng.choice(pids)["pid"]):
                    self.killed += 1
                await asyncio.sleep(0.005)
        finally:
            await admin.close()


def _drop(connection: asyncpg.Connection | None) -> None:
    """Let go of a connection that may be dead already."""
    with suppress(*KILLED):
        if connection is not None:
            connection.terminate()


class CountThenInsert:
    """Naive: look how many are taken, then take one. Two who look at the same time both take the last one."""

    def __init__(self, quantity: int) -> None:
        self.quantity = quantity

    async def prepare(self, connection: asyncpg.Connection) -> None:
        await connection.execute("create table naive_claim (unit bigint primary key)")

    async def claim(self, connection: asyncpg.Connection, unit: int) -> bool:
        async with connection.transaction():
            taken = await connection.fetchval("select count(*) from naive_claim")
            if taken >= self.quantity:
                return False
            await connection.execute("insert into naive_claim values ($1) on conflict do nothing", unit)
            return True

    async def give_back(self, connection: asyncpg.Connection, unit: int) -> None:
        await connection.execute("delete from naive_claim where unit = $1", unit)

    async def problems(self, connection: asyncpg.Connection, _acknowledged: set[int]) -> list[str]:
        taken = await connection.fetchval("select count(*) from naive_claim")
        return [f"over-allocated: {taken} of {self.quantity}"] if taken > self.quantity else []


class InsertBesideUpdate(CountThenInsert):
    """Naive: an insert beside a guarded update in one statement. An update that finds no row is silent."""

    async def prepare(self, connection: asyncpg.Connection) -> None:
        await super().prepare(connection)
        await connection.execute("create table naive_pool (used integer, quantity integer)")
        await connection.execute("insert into naive_pool values (0, $1)", self.quantity)

    async def claim(self, connection: asyncpg.Connection, unit: int) -> bool:
        inserted = await connection.fetchval(
            "with i as (insert into naive_claim values ($1) on conflict do nothing returning unit), "
            "u as (update naive_pool set used = used + 1 from i where used < quantity) select unit from i",
            unit,
        )
        return inserted is not None


@asynccontextmanager
async def naive(url: str, ledger: CountThenInsert) -> AsyncIterator[None]:
    """The tables of a naive design, for as long as the block runs."""
    connection = await asyncpg.connect(url)
    try:
        await ledger.prepare(connection)
        yield
    finally:
        await connection.close()
