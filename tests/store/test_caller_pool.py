"""The pool of callers' connections: bounded, in order, and never handing out what is broken or in a transaction."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from hub.domain.principal import RegionRange
from hub.store.caller_pool import CallerPool, PoolClosed
from hub.store.database import Access, CallerConnection

EAST = Access(RegionRange.under("35.10"), "east")
WEST = Access(RegionRange.under("35.09"), "west")
_WHOSE = "select current_setting('hub.client_id')"


class Opened:
    """Opens connections, and notes how many; `refused` makes the next ones fail."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.count = 0
        self.refused = 0

    async def __call__(self) -> CallerConnection:
        if self.refused:
            self.refused -= 1
            raise ConnectionRefusedError("nobody answers")
        self.count += 1
        connection: CallerConnection = await asyncpg.connect(self._url, connection_class=CallerConnection)
        return connection


@pytest.fixture
def opened(shared_url: str) -> Opened:
    return Opened(shared_url)


@pytest.fixture
async def pool(opened: Opened) -> AsyncIterator[CallerPool]:
    """Two places."""
    pool = CallerPool(opened, 2)
    yield pool
    await pool.close()


async def _asked(pool: CallerPool, access: Access | None = None) -> "asyncio.Task[CallerConnection]":
    """One who asks, and has got as far as it goes."""
    task = asyncio.create_task(pool.take(access))
    await asyncio.sleep(0)
    return task


async def test_a_connection_is_used_again_and_no_more_are_opened_than_are_needed(
    pool: CallerPool, opened: Opened
) -> None:
    for _ in range(3):
        async with pool.acquire() as connection:
            assert await connection.fetchval("select 1") == 1
    assert opened.count == 1


async def test_no_more_connections_are_opened_than_there_are_places(pool: CallerPool, opened: Opened) -> None:
    async def ask() -> int:
        async with pool.acquire() as connection:
            value: int = await connection.fetchval("select 1")
            return value

    assert await asyncio.gather(*[ask() for _ in range(20)]) == [1] * 20
    assert opened.count == 2


async def test_who_waits_is_served_in_the_order_of_asking(pool: CallerPool) -> None:
    held = [await pool.take(), await pool.take()]
    first, second = await _asked(pool), await _asked(pool)
    pool.give_back(held[1])
    assert await first is held[1]
    assert not second.done()
    pool.give_back(held[0])
    assert await second is held[0]
    for connection in held:
        pool.give_back(connection)


async def test_a_connection_goes_to_the_caller_whose_access_it_carries(pool: CallerPool) -> None:
    async with pool.acquire(EAST) as east, pool.acquire(WEST) as west:
        assert (await east.fetchval(_WHOSE), await west.fetchval(_WHOSE)) == ("east", "west")
    for access, connection in ((EAST, east), (WEST, west), (EAST, east)):
        async with pool.acquire(access) as again:
            assert again is connection
            assert again.access == access


async def test_a_connection_of_another_caller_changes_its_access_before_it_is_handed_out(opened: Opened) -> None:
    pool = CallerPool(opened, 1)
    for access in (EAST, WEST, EAST):
        async with pool.acquire(access) as connection:
            assert await connection.fetchval(_WHOSE) == access.client_id
    assert opened.count == 1
    await pool.close()


async def test_a_broken_connection_is_replaced(pool: CallerPool, opened: Opened) -> None:
    async with pool.acquire() as connection:
        connection.terminate()
    async with pool.acquire() as another:
        assert await another.fetchval("select 1") == 1
    assert opened.count == 2


async def test_a_connection_that_broke_while_idle_is_not_handed_out(pool: CallerPool, opened: Opened) -> None:
    async with pool.acquire() as connection:
        pass
    connection.terminate()
    async with pool.acquire() as another:
        assert await another.fetchval("select 1") == 1
    assert opened.count == 2


async def test_the_place_of_a_broken_connection_goes_to_who_waits(pool: CallerPool, opened: Opened) -> None:
    held = [await pool.take(), await pool.take()]
    waiting = await _asked(pool)
    held[0].terminate()
    pool.give_back(held[0])
    fresh = await waiting
    assert await fresh.fetchval("select 1") == 1
    assert opened.count == 3
    pool.give_back(held[1])
    pool.give_back(fresh)


async def test_a_connection_in_a_transaction_is_dropped(pool: CallerPool, opened: Opened) -> None:
    async with pool.acquire() as connection:
        await connection.execute("begin")
    assert connection.is_closed()
    async with pool.acquire() as another:
        assert not another.is_in_transaction()
    assert opened.count == 2


async def test_a_cancelled_statement_leaves_a_connection_that_works(opened: Opened) -> None:
    pool = CallerPool(opened, 1)

    async def sleep_in_the_database() -> None:
        async with pool.acquire(EAST) as connection:
            started.set()
            await connection.fetch("select pg_sleep(60)")

    started = asyncio.Event()
    task = asyncio.create_task(sleep_in_the_database())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10), pool.acquire(EAST) as connection:
        assert await connection.fetchval("select 1") == 1
    await pool.close()


async def test_who_stops_waiting_loses_nothing_for_the_others(pool: CallerPool) -> None:
    held = [await pool.take(), await pool.take()]
    first, second = await _asked(pool), await _asked(pool)
    first.cancel()
    pool.give_back(held[0])
    assert await second is held[0]
    third = await _asked(pool)
    pool.give_back(held[1])
    third.cancel()  # handed a connection in this very turn
    with pytest.raises(asyncio.CancelledError):
        await third
    assert await pool.take() is held[1]
    for connection in held:
        pool.give_back(connection)


async def test_a_place_whose_connection_could_not_be_opened_is_free_again(opened: Opened) -> None:
    pool = CallerPool(opened, 1)
    opened.refused = 1
    with pytest.raises(ConnectionRefusedError):
        await pool.take()
    async with pool.acquire() as connection:
        assert await connection.fetchval("select 1") == 1
    await pool.close()


async def test_a_closed_pool_turns_everybody_away(pool: CallerPool) -> None:
    held = [await pool.take(), await pool.take()]
    waiting = await _asked(pool)
    await pool.close()
    with pytest.raises(PoolClosed):
        await waiting
    with pytest.raises(PoolClosed):
        await pool.take()
    assert all(connection.is_closed() for connection in held)
    for connection in held:
        pool.give_back(connection)
