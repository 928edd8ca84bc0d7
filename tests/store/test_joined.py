"""Looks by key of one request and one turn of the event loop go out as one statement."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from hub.domain.principal import EVERYWHERE
from hub.store.database import Access, CallerSession, Database, open_database
from hub.store.joined import FEW, joined
from hub.store.queries import Query, compile_query

NUMBERS = compile_query("numbers", "select n, 2 * n from unnest(:keys::bigint[]) n order by n desc")
WORDS = compile_query("words", "select w from unnest(:words::text[]) w where w <> :but order by w")
BROKEN = compile_query("broken", "select 1 / n from unnest(:keys::bigint[]) n")


@pytest.fixture
async def database(shared_url: str) -> AsyncIterator[Database]:
    async with open_database(shared_url, connections=2) as database:
        yield database


@pytest.fixture
def caller(database: Database) -> CallerSession:
    return database.caller(Access(EVERYWHERE, "tester"))


class Noted:
    """The statements that leave on the pool's connections."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        take = database.caller_pool.take

        async def noted(access: Access | None = None) -> asyncpg.Connection:
            connection = await take(access)
            connection.remove_query_logger(self._note)
            connection.add_query_logger(self._note)
            return connection

        monkeypatch.setattr(database.caller_pool, "take", noted)

    async def sent(self) -> list[str]:
        """In their order; the driver tells of a statement one turn later."""
        await asyncio.sleep(0)
        return self.statements

    def _note(self, record: asyncpg.connection.LoggedQuery) -> None:
        if "set_config" not in record.query and "typeinfo" not in record.query:  # the driver's own question
            self.statements.append(record.query)


@pytest.fixture
def noted(database: Database, monkeypatch: pytest.MonkeyPatch) -> Noted:
    return Noted(database, monkeypatch)


async def _both(caller: CallerSession, keys: list[int], query: Query = NUMBERS) -> list[object]:
    return await asyncio.gather(
        caller.fetch_few(query, keys=keys),
        caller.fetch_few(WORDS, words=["b", "a", "c"], but="c"),
        return_exceptions=True,
    )


async def test_two_looks_leave_as_one_statement_and_each_gets_its_own_rows(caller: CallerSession, noted: Noted) -> None:
    numbers, words = await _both(caller, [1, 2])
    assert [tuple(row) for row in numbers] == [(2, 4), (1, 2)]
    assert [tuple(row) for row in words] == [("a",), ("b",)]
    assert await noted.sent() == [joined((NUMBERS, WORDS))]


async def test_a_look_that_is_alone_leaves_as_it_is(caller: CallerSession, noted: Noted) -> None:
    assert [tuple(row) for row in await caller.fetch_few(NUMBERS, keys=[3])] == [(3, 6)]
    assert await noted.sent() == [NUMBERS.sql]


async def test_many_keys_leave_alone(caller: CallerSession, noted: Noted) -> None:
    numbers, _ = await _both(caller, list(range(FEW + 1)))
    assert len(numbers) == FEW + 1
    assert sorted(await noted.sent()) == sorted([NUMBERS.sql, WORDS.sql])


async def test_the_error_of_one_look_is_not_that_of_the_others(caller: CallerSession) -> None:
    broken, words = await _both(caller, [0], BROKEN)
    assert isinstance(broken, asyncpg.DivisionByZeroError)
    assert [tuple(row) for row in words] == [("a",), ("b",)]


async def test_the_others_go_on_when_the_first_is_cancelled(caller: CallerSession) -> None:
    first = asyncio.create_task(caller.fetch_few(NUMBERS, keys=[1]))
    second = asyncio.create_task(caller.fetch_few(WORDS, words=["a"], but=""))
    await asyncio.sleep(0)
    first.cancel()
    assert [tuple(row) for row in await second] == [("a",)]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_sessions_of_two_callers_share_no_statement(database: Database, noted: Noted) -> None:
    one, two = database.caller(Access(EVERYWHERE, "one")), database.caller(Access(EVERYWHERE, "two"))
    await asyncio.gather(one.fetch_few(NUMBERS, keys=[1]), two.fetch_few(NUMBERS, keys=[2]))
    assert await noted.sent() == [NUMBERS.sql, NUMBERS.sql]
