"""Looks by key that a request makes at the same time go out as one statement."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from hub.domain.principal import EVERYWHERE
from hub.store.database import Access, CallerSession, Database, open_database
from hub.store.joined import Columns, Look, Sheet, joined, look
from hub.store.queries import compile_query

NUMBERS = Sheet(
    compile_query("numbers", "select n, 2 * n as twice from unnest(:keys::bigint[]) n order by n desc"), ("n", "twice")
)
WORDS = Sheet(compile_query("words", "select w from unnest(:words::text[]) w where w <> :but order by w"), ("w",))
BROKEN = Sheet(compile_query("broken", "select 1 / n as n from unnest(:keys::bigint[]) n"), ("n",))


def _at(sheet: Sheet, **values: object) -> Look:
    return Look(sheet, sheet.arguments(values))


C = _at(WORDS, words=["b", "a", "c"], but="c")


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


def _listed(columns: Columns | Exception) -> list[list[object]]:
    assert not isinstance(columns, Exception)
    return [list(column) for column in columns]


async def test_looks_at_two_sheets_leave_as_one_statement_and_each_gets_its_own_columns(
    caller: CallerSession, noted: Noted
) -> None:
    words, numbers = await caller.answer([C, _at(NUMBERS, keys=[1, 2])])
    assert _listed(numbers) == [[2, 1], [4, 2]]
    assert _listed(words) == [["a", "b"]]
    assert await noted.sent() == [joined((NUMBERS, WORDS))]


async def test_the_order_of_the_looks_makes_no_other_statement(caller: CallerSession, noted: Noted) -> None:
    await caller.answer([C, _at(NUMBERS, keys=[1])])
    await caller.answer([_at(NUMBERS, keys=[1]), C])
    assert await noted.sent() == [joined((NUMBERS, WORDS))] * 2


async def test_a_sheet_that_is_looked_at_twice_takes_another_statement(caller: CallerSession, noted: Noted) -> None:
    found = await caller.answer([_at(NUMBERS, keys=[1]), C, _at(NUMBERS, keys=[2])])
    assert [_listed(columns) for columns in found] == [[[1], [2]], [["a", "b"]], [[2], [4]]]
    assert await noted.sent() == [joined((NUMBERS, WORDS)), joined((NUMBERS,))]


async def test_what_is_not_found_has_empty_columns(caller: CallerSession) -> None:
    numbers, words = await caller.answer([_at(NUMBERS, keys=[]), C])
    assert _listed(numbers) == [[], []]
    assert _listed(words) == [["a", "b"]]


async def test_a_look_that_is_awaited_goes_alone(caller: CallerSession, noted: Noted) -> None:
    assert await look(caller, NUMBERS, _listed, keys=[3]).then(len) == 2
    assert await noted.sent() == [joined((NUMBERS,))]


async def test_the_error_of_one_look_is_not_that_of_the_others(caller: CallerSession) -> None:
    broken, words = await caller.answer([_at(BROKEN, keys=[0]), C])
    assert isinstance(broken, asyncpg.DivisionByZeroError)
    assert _listed(words) == [["a", "b"]]


async def test_a_look_that_is_awaited_raises_its_error(caller: CallerSession) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await look(caller, BROKEN, _listed, keys=[0])
