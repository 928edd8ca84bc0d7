"""Random rules over random facts: PostgreSQL and DuckDB say of every unit and clause what the Python reference says.

40 rules over 300 households by default. The long run, with new rules each time (some minutes):

    RULES_EXAMPLES=400 RULES_HOUSEHOLDS=3000 .venv/bin/python -m pytest tests/matching/test_four_executions.py

Spark runs in test_spark.py, which needs PySpark.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hub.matching import compile as compiler
from hub.matching.evaluate import evaluate
from hub.matching.expressions import Not
from hub.matching.fields import Subject
from hub.matching.judgement import VerdictStatus, judge
from hub.matching.rules import read_rule
from tests.matching.drawn_rules import TEXT, World, documents, drawn_world
from tests.matching.executions import InDuckdb, InPostgresql, in_python, masks_of, write_parquet

COUNT = int(os.environ.get("RULES_EXAMPLES", "40"))
HOUSEHOLDS = int(os.environ.get("RULES_HOUSEHOLDS", "300"))
SETTINGS = settings(
    max_examples=COUNT,
    deadline=None,
    derandomize=COUNT <= 40,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@dataclass
class Engines:
    """One world in all engines."""

    world: World
    postgresql: InPostgresql
    duckdb: InDuckdb


@pytest.fixture(scope="module")
def engines(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    world = drawn_world(HOUSEHOLDS)
    files = write_parquet(world, tmp_path_factory.mktemp("facts"))
    with asyncio.Runner() as runner:
        engines = Engines(world, InPostgresql(runner, server_url, world), InDuckdb(*files))
        yield engines
        engines.postgresql.close()
        engines.duckdb.close()


def hold_against_the_reference(engines: Engines, document: dict) -> None:
    rule = read_rule(document)
    expected = in_python(engines.world, rule)
    verdicts = [judge(rule, outcomes, is_enrolled=False) for outcomes in expected]
    for engine in (engines.postgresql, engines.duckdb):
        outcomes = engine.outcomes(rule)
        found = [judge(rule, of_unit, is_enrolled=False) for of_unit in outcomes]
        pairs = set(zip(found, verdicts, strict=True))
        assert (VerdictStatus.ELIGIBLE, VerdictStatus.UNKNOWN) not in pairs
        assert outcomes == expected
        assert found == verdicts
    assert engines.duckdb.masks(rule) == masks_of(engines.world, rule, expected)
    assert engines.duckdb.eligible(rule) == verdicts.count(VerdictStatus.ELIGIBLE)


@SETTINGS
@given(document=documents())
def test_every_execution_says_of_every_unit_what_the_reference_says(engines: Engines, document: dict) -> None:
    hold_against_the_reference(engines, document)


def _unknown_is_no(dialect: compiler.Dialect) -> Callable[[Any, Any], str]:
    def compile_not(self: Any, expression: Any) -> str:
        sql = ORIGINAL(self, expression)
        is_hit = isinstance(expression, Not) and self.into.dialect == dialect
        return f"coalesce({sql}, false)" if is_hit else sql

    return compile_not


ORIGINAL = compiler._Compiler.compile
FAULTS = {
    "unknown becomes no under not, in PostgreSQL": ("compile", _unknown_is_no(compiler.POSTGRESQL)),
    "unknown becomes no under not, in DuckDB": ("compile", _unknown_is_no(compiler.DUCKDB)),
    "a count takes members who are not known for none": (
        "_within",
        lambda self, least, _most, low, high: WITHIN(self, least, least, low, high),
    ),
    "all and any are mixed up": ("_joined", lambda self, parts, _word: JOINED(self, parts, " or ")),
}
WITHIN, JOINED = compiler._Compiler._within, compiler._Compiler._joined


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_compiler_is_found(engines: Engines, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler._Compiler, *FAULTS[fault])

    @settings(SETTINGS, max_examples=max(COUNT, 40), derandomize=True, report_multiple_bugs=False)
    @given(document=documents())
    def hold(document: dict) -> None:
        hold_against_the_reference(engines, document)

    with pytest.raises(AssertionError):
        hold()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"all": ["known true", "unknown"]}, None),
        ({"all": ["known false", "unknown"]}, False),
        ({"any": ["known true", "unknown"]}, True),
        ({"any": ["known false", "unknown"]}, None),
        ({"not": "unknown"}, None),
        ({"not": "known false"}, True),
        ("drawn", True),
        ("unknown whether drawn", None),
    ],
    ids=str,
)
def test_logic_has_three_values(expression: Any, expected: bool | None) -> None:
    words = {
        "known true": {"field": "decile", "op": "eq", "value": 3},
        "known false": {"field": "decile", "op": "ne", "value": 3},
        "unknown": {"field": "age", "op": "eq", "value": 3},
        "drawn": {"draws": {"programme": "PKH"}},
        "unknown whether drawn": {"draws": {"programme": "PKH", "component": "SD"}},
    }

    def spelt(part: Any) -> Any:
        if isinstance(part, str):
            return words[part]
        return {k: [spelt(x) for x in v] if isinstance(v, list) else spelt(v) for k, v in part.items()}

    facts = {"decile": 3, "age": None, "draws PKH": True, "draws PKH/SD": None}
    assert evaluate(_expression(spelt(expression), Subject.PERSON), facts) is expected


def _expression(document: dict, unit: Subject) -> Any:
    clause = {"id": "c", "expression": document, "label": TEXT, "next_step": TEXT}
    return read_rule({"unit": unit.value, "requirements": [clause]}).clauses[0].expression


@pytest.mark.parametrize(
    ("members", "any_member", "all_members", "at_least_2", "just_1"),
    [
        ([], None, None, None, None),
        ([None], None, None, False, None),
        ([False], False, False, False, False),
        ([True], True, True, False, True),
        ([False, None], None, False, False, None),
        ([None, True], True, None, None, None),
        ([False, True], True, False, False, True),
        ([True, True], True, True, True, False),
        ([True, True, None], True, None, True, False),
        ([True, None, None], True, None, None, None),
    ],
)
def test_what_members_make_true_is_unknown_where_it_depends_on_what_is_not_known(
    members: list, any_member: bool | None, all_members: bool | None, at_least_2: bool | None, just_1: bool | None
) -> None:
    pregnant = {"field": "is_pregnant", "op": "eq", "value": True}
    people = [{"is_pregnant": value} for value in members]
    found = [
        evaluate(_expression(document, Subject.HOUSEHOLD), {}, people)
        for document in (
            {"any_member": pregnant},
            {"all_members": pregnant},
            {"count_members": pregnant, "op": "gte", "value": 2},
            {"count_members": pregnant, "op": "eq", "value": 1},
        )
    ]
    assert found == [any_member, all_members, at_least_2, just_1]
