"""The eligibility benchmark on a small file."""

from pathlib import Path
from typing import Any

import duckdb

from benchmarks.eligibility.__main__ import figures_of
from benchmarks.eligibility.facts import make_facts, rule_of_pkh
from benchmarks.eligibility.measure import baseline, measure, statements
from hub.matching.compile import DUCKDB, compile_rule

HOUSEHOLDS = 20_000


def test_the_figures_are_those_of_one_run_over_one_file(tmp_path: Path) -> None:
    file = make_facts(HOUSEHOLDS, tmp_path)
    measured = measure(file, 2, "1GB")
    assert {name: len(seconds) for name, seconds in measured.seconds.items()} == dict.fromkeys(statements(file), 2)
    assert measured.households == HOUSEHOLDS
    assert 0.15 < measured.eligible / HOUSEHOLDS < 0.35
    figures = figures_of(measured, file)
    assert [name for name, figure in figures.items() if figure.target is not None] == [
        "count by the rule",
        "reasons by regency",
        "peak memory",
    ]
    assert figures["count by the rule"].target == 3.0
    assert figures["reasons by regency"].target == 10.0


def test_the_file_is_made_once_and_holds_every_regency_and_what_is_not_known(tmp_path: Path) -> None:
    file = make_facts(HOUSEHOLDS, tmp_path)
    made = file.stat().st_mtime_ns
    assert make_facts(HOUSEHOLDS, tmp_path) == file
    assert file.stat().st_mtime_ns == made
    [(regencies, decile, identified, member)] = duckdb.sql(
        "select count(distinct regency_code), count(decile) / count(*), count(is_identified) / count(*), count(m3) / count(*)"
        f" from '{file}'"
    ).fetchall()
    assert regencies == 514
    assert (round(decile, 1), round(identified, 1), round(member, 1)) == (0.9, 0.9, 0.9)


def test_the_baseline_reads_every_column_that_the_statements_read(tmp_path: Path) -> None:
    file = make_facts(HOUSEHOLDS, tmp_path)
    named = statements(file)
    with duckdb.connect() as connection:
        for ours, base in (("count", "read for the count"), ("masks", "read for the masks")):
            asked = _columns_read(connection, named[ours])
            read = _columns_read(connection, named[base])
            assert read >= asked
            assert len(read) == len(rule_of_pkh()[1].members) + 3 + (ours == "masks")
        counted = _columns_read(connection, baseline(file, ["decile"]))
        assert counted == {"decile"}


def _columns_read(connection: duckdb.DuckDBPyConnection, statement: Any) -> set[str]:
    plan = connection.execute(f"explain {statement.sql}", dict(statement.parameters)).fetchall()[0][1]
    scan = plan[plan.index("PARQUET_SCAN") :]
    names = {"regency_code", "decile", "is_identified", "is_pkh_roster_read", *(f"m{n}" for n in range(20))}
    words = set(scan.replace("│", " ").replace(",", " ").split())
    return {name for name in names if name in words}


def test_the_rule_is_that_of_pkh_for_duckdb() -> None:
    rule, compiled = rule_of_pkh()
    assert compiled == compile_rule(rule, DUCKDB)
    assert len(compiled.members) == 8
