"""Random rules in Spark SQL. Runs where PySpark is installed; it is no dependency of ours:

uv pip install pyspark    # needs Java 17 or newer
.venv/bin/python -m pytest tests/matching/test_spark.py
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hub.matching.compile import SPARK, compile_rule
from hub.matching.rules import read_rule
from hub.store import judging
from hub.store.reference_loader import shipped_programmes
from tests.matching.drawn_rules import World, documents, drawn_world
from tests.matching.executions import InSpark, in_python, write_parquet

COUNT = int(os.environ.get("RULES_EXAMPLES", "20"))
HOUSEHOLDS = int(os.environ.get("RULES_HOUSEHOLDS", "200"))


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, InSpark]]:
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
    folder = tmp_path_factory.mktemp("spark")
    world = drawn_world(HOUSEHOLDS)
    settings_of_spark = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.warehouse.dir": str(folder),
    }
    session: Any = sql.SparkSession.builder.master("local[2]").config(map=settings_of_spark).getOrCreate()
    yield world, InSpark(session, *write_parquet(world, folder))
    session.stop()


@pytest.mark.filterwarnings("ignore")  # PySpark's own
@settings(
    max_examples=COUNT,
    deadline=None,
    derandomize=COUNT <= 20,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(document=documents())
def test_spark_says_of_every_unit_what_the_reference_says(spark: tuple[World, InSpark], document: dict) -> None:
    world, in_spark = spark
    rule = read_rule(document)
    assert in_spark.outcomes(rule) == in_python(world, rule)


@pytest.mark.parametrize("programme", shipped_programmes(), ids=lambda programme: programme.programme_code)
def test_every_shipped_rule_has_a_text_for_spark_in_which_only_its_own_parameters_stand(programme: Any) -> None:
    compiled = compile_rule(read_rule(programme.rule), SPARK)
    statement = judging.count_masks(compiled, "unit_fact")
    assert set(statement.parameters) <= set(compiled.parameters)
    assert "::" not in statement.sql
    assert '"' not in statement.sql
    assert statement.sql.count("case when") == 2 * len(compiled.clauses)
