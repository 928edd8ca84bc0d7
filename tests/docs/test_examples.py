"""Examples in the documentation fit the code: systems file, rules, queries, the SQL that publishes a rule."""

import ast
import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import asyncpg
import graphql
import pytest

from hub.domain.errors import SetupError
from hub.matching.rules import read_rule
from hub.store.database import Database
from hub.store.eligibility import list_rules
from server.systems import read_systems

Blocks = list["Block"]  # noqa: F821 -- of conftest.py, which tests cannot import
TextOf = Callable[[str], str]


def _texts(blocks: Blocks, language: str) -> list[str]:
    return [block.text for block in blocks if block.language == language]


def test_the_systems_file_parses(blocks: Blocks, tmp_path: Path) -> None:
    (example,) = _texts(blocks, "toml")
    file = tmp_path / "systems.toml"
    file.write_text(example, encoding="utf-8")
    systems = read_systems(file)
    assert tomllib.loads(example).keys() == {"kis", "pkh", "http"}
    assert systems.pkh is not None
    assert systems.pkh.page_size == 1000
    assert systems.http.deadline == 30.0


def test_a_systems_file_that_names_districts_is_told_where_they_belong(tmp_path: Path) -> None:
    file = tmp_path / "systems.toml"
    file.write_text('[[districts]]\ncode = "35.10"\n', encoding="utf-8")
    with pytest.raises(SetupError, match="slrt-hub district join"):
        read_systems(file)


def test_the_rule_reads(blocks: Blocks) -> None:
    (example,) = _texts(blocks, "json")
    rule = read_rule(json.loads(example))
    assert [(clause.id, clause.excludes) for clause in rule.clauses] == [
        ("decile", False),
        ("elderly_or_small_child", False),
        ("occupation", True),
    ]


async def test_the_sql_publishes_a_rule_from_its_day_on(blocks: Blocks, database: Database, database_url: str) -> None:
    (rule,) = _texts(blocks, "json")
    (sql,) = _texts(blocks, "sql")
    connection = await asyncpg.connect(database_url)
    await connection.execute(sql.replace(":'rule'", "'" + rule.replace("'", "''") + "'"))
    await connection.close()
    before = {rule.programme_code: rule.version for rule in await list_rules(database.jobs, date(2026, 12, 31))}
    after = {rule.programme_code: rule.version for rule in await list_rules(database.jobs, date(2027, 1, 1))}
    assert before == {"KIS_PBI": 1, "PIP": 1, "PKH": 1, "SEMBAKO": 1}
    assert after == {"KIS_PBI": 1, "PIP": 1, "PKH": 1, "SEMBAKO": 2}


@pytest.fixture(scope="module")
def schema(root: Path) -> graphql.GraphQLSchema:
    return graphql.build_schema((root / "schema/hub.graphql").read_text(encoding="utf-8"), assume_valid=True)


def test_every_query_is_valid(blocks: Blocks, schema: graphql.GraphQLSchema) -> None:
    errors = {
        f"{block.page.name}: {error.message}"
        for block in blocks
        if block.language == "graphql"
        for error in graphql.validate(schema, graphql.parse(block.text))
    }
    assert errors == set()
    assert len(_texts(blocks, "graphql")) >= 5


def test_the_query_that_curl_sends_is_valid(text_of: TextOf, schema: graphql.GraphQLSchema) -> None:
    body = text_of("docs/how-to/call-the-api.md").partition("-d '{")[2].partition("}'\n")[0]
    query = json.loads("{" + body + "}")["query"]
    assert graphql.validate(schema, graphql.parse(query)) == []


def test_every_python_example_is_python(blocks: Blocks) -> None:
    for example in _texts(blocks, "python"):
        ast.parse(example)
