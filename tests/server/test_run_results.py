"""Results of a run as Parquet, and its words on the command line."""

from pathlib import Path

import duckdb
import pytest

from hub.domain.errors import SetupError
from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Database
from hub.store.run_report import list_results
from resolvers.allocation import execute_run, roll_back_run
from resolvers.explaining import explain
from server.parquet import RESULTS, write_results
from server.run_tables import explanation
from tests.lifecycle.runs import approved, ministry, prepare, rows

POOLS = {("PKH", "35.10"): 2, ("PKH", "35"): 2, ("PKH", None): 2}


@pytest.fixture
async def ready(database: Database) -> Database:
    await prepare(database, 30, POOLS)
    return database


async def test_everybodys_result_stands_in_the_file_with_opaque_ids(ready: Database, tmp_path: Path) -> None:
    run = await approved(ready, "PKH")
    await execute_run(ministry(ready), run.run_id)
    file = tmp_path / "results.parquet"
    assert await write_results(file, list_results(ready.jobs, [run.run_id])) == run.candidates == 15
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(file))
        assert found.columns == RESULTS.names
        ranked = found.project('rank, household, is_placed, "match" is not null, status').order("rank").fetchall()
        [counts] = found.aggregate("count(*) filter (by_priority), count(*) filter (by_floors)").fetchall()
    households = dict(await rows(ready, "select rank, household_id from allocation_candidate"))
    assert ranked == [
        (rank, opaque_id(Kind.HOUSEHOLD, household), rank <= 6, rank <= 6, "RESERVED" if rank <= 6 else None)
        for rank, household in sorted(households.items())
    ]
    assert counts == (6, 6)


async def test_no_run_makes_an_empty_file_of_the_same_form(ready: Database, tmp_path: Path) -> None:
    file = tmp_path / "results.parquet"
    assert await write_results(file, list_results(ready.jobs, [])) == 0
    with duckdb.connect() as connection:
        assert connection.read_parquet(str(file)).columns == RESULTS.names


async def test_a_file_that_cannot_be_written_is_named(ready: Database, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"nowhere/results\.parquet cannot be written"):
        await write_results(tmp_path / "nowhere" / "results.parquet", list_results(ready.jobs, []))


async def test_the_words_on_a_household_name_rank_need_phase_and_what_became_of_it(ready: Database) -> None:
    run = await approved(ready, "PKH")
    await execute_run(ministry(ready), run.run_id)
    await roll_back_run(ministry(ready), run.run_id)
    [(household_id, match_id)] = await rows(ready, "select household_id, match_id from match where rank = 1")
    lines = list(explanation(await explain(ministry(ready), opaque_id(Kind.HOUSEHOLD, household_id))))
    assert lines[0] == f"run {run.run_id} (PKH 2026, STRICT_PRIORITY, ROLLED_BACK): the household is rank 1"
    assert lines[1].startswith("  need: decile 1, vulnerability ")
    assert lines[2] == "  before it: 0 ranks, 0 of them placed, 0 of equal need (the seed decided)"
    assert lines[4] == f"  match {match_id}: RELEASED (RUN_ROLLED_BACK)"
    assert "verdict on the household: PKH ELIGIBLE by rule version 1" in lines
    [(unranked,)] = await rows(
        ready,
        "select min(household_id) from household where household_id not in (select household_id from match)"
        " and household_id not in (select household_id from allocation_candidate)",
    )
    lines = list(explanation(await explain(ministry(ready), opaque_id(Kind.HOUSEHOLD, unranked))))
    assert lines[0] == "no run ranked this household or one of its members"
