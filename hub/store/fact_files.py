"""The facts of all units as a Parquet file, for counting at a distance from the registry, by DuckDB or Spark.

The file has what one rule asks for, and what it asks of members as m0, m1, ...: `judging.count_masks` and its neighbours run over
it. It holds no name and no number of an identity; household_id and person_id are the hub's own.
"""

import asyncio
import tempfile
from datetime import date
from pathlib import Path

import duckdb

from hub.domain.errors import Invalid
from hub.matching.compile import CompiledRule, compile_rule
from hub.matching.expressions import Compare, leaves_of
from hub.matching.rules import Rule
from hub.store.database import Session
from hub.store.eligibility import RuleVersion, facts_of, parameters_of
from hub.store.queries import template

_KEYS = {"household_id": "bigint", "person_id": "bigint", "regency_code": "text"}


async def export_facts(session: Session, version: RuleVersion, as_of: date, file: Path) -> None:
    """Write what the rule asks for of every unit as of a day; the file appears when it is whole. Invalid when its folder is
    not there.
    """
    if not file.parent.is_dir():
        raise Invalid(f"there is no folder {str(file.parent)!r} to write the facts to: make it first")
    compiled = compile_rule(version.rule)
    columns = columns_of(version.rule, compiled)
    statement = template("judging", "export_facts").fill(
        columns=", ".join(f'fact."{name}"' for name in columns), facts=facts_of(version.rule, compiled, only_some=False)
    )
    values = statement.arguments(parameters_of(statement, compiled, as_of))
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".facts") as folder:
        rows, unfinished = Path(folder) / "rows.csv", Path(folder) / "facts.parquet"
        async with session.connection() as connection:
            await connection.copy_from_query(statement.sql, *values, output=rows, format="csv")
        await asyncio.to_thread(_to_parquet, rows, unfinished, _KEYS | columns)
        unfinished.rename(file)


def columns_of(rule: Rule, compiled: CompiledRule) -> dict[str, str]:
    """The columns that hold what the rule asks for, with their SQL types."""
    leaves = (leaf for clause in rule.clauses for leaf in leaves_of(clause.expression))
    fields = {leaf.field: leaf.type.value for leaf in leaves if isinstance(leaf, Compare)}
    draws = dict.fromkeys((draw.name for draw in compiled.draws), "boolean")
    members = {f"m{n}": "bigint" if sql.startswith("count(") else "boolean" for n, sql in enumerate(compiled.members)}
    return fields | draws | members


def _to_parquet(rows: Path, file: Path, columns: dict[str, str]) -> None:
    typed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    text = template("judging", "facts_to_parquet").text_with(rows=_quoted(rows), file=_quoted(file), columns=typed)
    with duckdb.connect() as connection:
        connection.execute(text)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
