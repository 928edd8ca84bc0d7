"""The same rules over the same drawn facts: in Python, PostgreSQL, DuckDB and Spark."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from hub.matching.compile import DUCKDB, POSTGRESQL, SPARK, compile_rule
from hub.matching.evaluate import evaluate, negated
from hub.matching.fields import FIELDS, FieldType, Subject
from hub.matching.rules import Rule
from hub.store import judging
from hub.store.queries import compile_query
from tests.matching.drawn_rules import DRAW_NAMES, OF_HOUSEHOLDS, OF_PERSONS, World

Outcomes = list[tuple[bool | None, ...]]
Masks = Counter[tuple[str, int, int]]
_ARROW = {FieldType.INTEGER: pa.int32(), FieldType.TEXT: pa.string(), FieldType.BOOLEAN: pa.bool_()}
_KEY = {Subject.HOUSEHOLD: "fact.household_id", Subject.PERSON: "fact.person_id"}


def _columns(fields: list[str]) -> dict[str, FieldType]:
    return {name: FIELDS[name].type for name in fields} | dict.fromkeys(DRAW_NAMES, FieldType.BOOLEAN)


def in_python(world: World, rule: Rule) -> Outcomes:
    members = world.members() if rule.unit is Subject.HOUSEHOLD else [[]] * len(world.persons)
    return [
        tuple(
            negated(found) if clause.excludes else found
            for clause in rule.clauses
            for found in [evaluate(clause.expression, facts, of_unit)]
        )
        for facts, of_unit in zip(world.units(rule.unit), members, strict=True)
    ]


def masks_of(world: World, rule: Rule, outcomes: Outcomes) -> Masks:
    """Units by regency, failed and missing clauses."""
    return Counter(
        (
            str(unit["regency_code"]),
            sum(1 << n for n, met in enumerate(of_unit) if met is False),
            sum(1 << n for n, met in enumerate(of_unit) if met is None),
        )
        for unit, of_unit in zip(world.units(rule.unit), outcomes, strict=True)
    )


class InPostgresql:
    """The facts as temporary tables of one connection."""

    def __init__(self, runner: asyncio.Runner, url: str, world: World) -> None:
        self.runner = runner
        self.connection: asyncpg.Connection = runner.run(asyncpg.connect(url))
        runner.run(self._load(world))

    async def _load(self, world: World) -> None:
        for table, rows, fields in (
            ("unit_fact", world.households, OF_HOUSEHOLDS),
            ("member_fact", world.persons, OF_PERSONS),
        ):
            typed = "".join(f', "{name}" {kind.value}' for name, kind in _columns(fields).items())
            await self.connection.execute(
                f"create temporary table {table} (household_id bigint, person_id bigint, regency_code text{typed})"
            )
            await self.connection.copy_records_to_table(
                table, columns=list(rows[0]), records=[tuple(row.values()) for row in rows]
            )

    def outcomes(self, rule: Rule) -> Outcomes:
        compiled = compile_rule(rule, POSTGRESQL)
        facts = judging.units_with_members(rule, compiled, "select * from unit_fact", "select * from member_fact")
        statement = judging.clauses_of_units(compiled, facts.sql, _KEY[rule.unit])
        query = compile_query("clauses", statement.sql)
        found = self.runner.run(self.connection.fetch(query.sql, *query.arguments(dict(statement.parameters))))
        return [tuple(row) for row in found]

    def close(self) -> None:
        self.runner.run(self.connection.close())


def write_parquet(world: World, folder: Path) -> tuple[Path, Path]:
    """The facts of households and of persons as two files."""
    files = []
    for name, rows, fields in (("households", world.households, OF_HOUSEHOLDS), ("persons", world.persons, OF_PERSONS)):
        kinds = {"household_id": pa.int64(), "person_id": pa.int64(), "regency_code": pa.string()}
        kinds |= {column: _ARROW[kind] for column, kind in _columns(fields).items()}
        table = pa.table({column: pa.array([row[column] for row in rows], kind) for column, kind in kinds.items()})
        pq.write_table(table, folder / f"{name}.parquet")
        files.append(folder / f"{name}.parquet")
    return files[0], files[1]


class InDuckdb:
    """The facts as Parquet files."""

    def __init__(self, households: Path, persons: Path) -> None:
        self.connection = duckdb.connect()
        self.households, self.persons = f"select * from '{households}'", f"select * from '{persons}'"

    def _facts(self, rule: Rule) -> tuple[Any, str]:
        compiled = compile_rule(rule, DUCKDB)
        return compiled, judging.units_with_members(rule, compiled, self.households, self.persons).sql

    def _fetch(self, statement: judging.Statement) -> list[tuple]:
        return self.connection.execute(statement.sql, dict(statement.parameters)).fetchall()

    def outcomes(self, rule: Rule) -> Outcomes:
        compiled, facts = self._facts(rule)
        return self._fetch(judging.clauses_of_units(compiled, facts, _KEY[rule.unit]))

    def masks(self, rule: Rule) -> Masks:
        rows = self._fetch(judging.count_masks(*self._facts(rule)))
        return Counter({(regency, failed, missing): units for regency, failed, missing, units in rows})

    def eligible(self, rule: Rule) -> int:
        [(units,)] = self._fetch(judging.count_eligible(*self._facts(rule)))
        return units

    def close(self) -> None:
        self.connection.close()


class InSpark:
    """The facts as Parquet files behind temporary views."""

    def __init__(self, session: Any, households: Path, persons: Path) -> None:
        self.session = session
        for name, file in (("unit_fact", households), ("member_fact", persons)):
            session.read.parquet(str(file)).createOrReplaceTempView(name)

    def outcomes(self, rule: Rule) -> Outcomes:
        compiled = compile_rule(rule, SPARK)
        facts = judging.units_with_members(rule, compiled, "select * from unit_fact", "select * from member_fact")
        statement = judging.clauses_of_units(compiled, facts.sql, _KEY[rule.unit])
        return [tuple(row) for row in self.session.sql(statement.sql, args=dict(statement.parameters)).collect()]
