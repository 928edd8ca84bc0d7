"""Every named query against the real schema: a wrong column or type fails here, before anything calls it."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from hub.store.queries import compile_query, every_query

_TEMPORARY = "create temporary table"


@pytest.fixture
async def connection(database_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A migrated database with the staging tables that a batch makes for itself."""
    connection = await asyncpg.connect(database_url)
    for file, name, text in every_query():
        if text.lstrip().startswith(_TEMPORARY):
            await connection.execute(compile_query(f"{file}.{name}", text).sql)
    yield connection
    await connection.close()


async def test_every_query_prepares_against_the_migrated_schema(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    queries = [(f"{file}.{name}", text) for file, name, text in every_query() if "/*{" not in text]
    failed = {name: await _failure(connection, name, text) for name, text in queries}
    assert {name: error for name, error in failed.items() if error} == {}
    assert failed.keys() > {"stage.create_stage_household"}


async def test_a_query_on_a_missing_column_would_be_named(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    wrong = "select no_such_column from region where region_code = :region_code"
    assert await _failure(connection, "wrong", wrong) == 'column "no_such_column" does not exist'


async def _failure(connection: "asyncpg.Connection[asyncpg.Record]", name: str, text: str) -> str | None:
    try:
        await connection.prepare(compile_query(name, text).sql)
    except asyncpg.PostgresError as error:
        return str(error)
    return None


def test_every_query_says_in_a_line_what_it_is_for(root: Path) -> None:
    silent = [
        f"{file.name}: {name}"
        for file in _sql_files(root)
        for name, next_line in re.findall(r"^-- name: (\w+)\n(.*)", file.read_text("utf-8"), re.MULTILINE)
        if not next_line.startswith("-- ")
    ]
    assert silent == []


def test_no_name_of_a_query_is_taken_twice_in_its_file(root: Path) -> None:
    names = Counter(
        f"{file.name}: {name}"
        for file in _sql_files(root)
        for name in re.findall(r"^-- name: (\w+)$", file.read_text("utf-8"), re.MULTILINE)
    )
    assert [name for name, count in names.items() if count > 1] == []


def _sql_files(root: Path) -> list[Path]:
    return sorted((root / "hub" / "store" / "sql").glob("*.sql"))
