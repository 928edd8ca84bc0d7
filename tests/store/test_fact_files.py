"""The same facts in a file: DuckDB counts over it what PostgreSQL recorded as verdicts."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import duckdb
import pytest

from hub.domain.errors import Invalid
from hub.matching.compile import DUCKDB, compile_rule
from hub.matching.rules import read_rule
from hub.store import judging
from hub.store.database import Database, open_database
from hub.store.eligibility import RuleVersion, list_rules
from hub.store.fact_files import export_facts
from tests.schema.world import copy_of_world
from tests.schema.world_records import NOW
from tests.spec.tables import examples


@pytest.fixture(scope="module")
def world_url(server_url: str, template: str) -> str:
    return copy_of_world(server_url, template, "world_of_fact_files")


@pytest.fixture
async def world(world_url: str) -> AsyncIterator[Database]:
    async with open_database(world_url) as database:
        yield database


async def _recorded(url: str, programme: str) -> Counter[tuple[str, int, int]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "select regency_code, failed, missing, count(*) from verdict where programme_code = $1 group by 1, 2, 3",
        programme,
    )
    await connection.close()
    return Counter({(regency, failed, missing): count for regency, failed, missing, count in rows})


def _counted(version: RuleVersion, file: Path) -> Counter[tuple[str, int, int]]:
    statement = judging.count_masks(compile_rule(version.rule, DUCKDB), f"from '{file}'")
    with duckdb.connect() as connection:
        rows = connection.execute(statement.sql, dict(statement.parameters)).fetchall()
    return Counter({(regency, failed, missing): units for regency, failed, missing, units in rows})


async def test_duckdb_counts_over_the_file_what_was_recorded(world: Database, world_url: str, tmp_path: Path) -> None:
    for version in await list_rules(world.jobs, NOW.date()):
        file = tmp_path / f"{version.programme_code}.parquet"
        await export_facts(world.jobs, version, NOW.date(), file)
        recorded = await _recorded(world_url, version.programme_code)
        assert _counted(version, file) == recorded
        assert len(recorded) > 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "KIS_PBI.parquet",
        "PIP.parquet",
        "PKH.parquet",
        "SEMBAKO.parquet",
    ]


async def test_what_a_rule_asks_of_members_and_of_what_is_drawn_stands_in_the_file(
    world: Database, tmp_path: Path
) -> None:
    [document] = [example["rule"] for example in examples() if example["programme_code"] == "PAKET_LANSIA"]
    version = RuleVersion("PAKET_LANSIA", 1, read_rule(document))
    file = tmp_path / "it's.parquet"
    await export_facts(world.jobs, version, datetime(2026, 3, 1, tzinfo=UTC).date(), file)
    with duckdb.connect() as connection:
        described = connection.execute("describe from read_parquet(?)", [str(file)]).fetchall()
    assert {name: kind for name, kind, *_ in described} == {
        "household_id": "BIGINT",
        "person_id": "BIGINT",
        "regency_code": "VARCHAR",
        "draws PKH but ELDERLY": "BOOLEAN",
        "draws PAKET_PANGAN": "BOOLEAN",
        "draws KIS_PBI": "BOOLEAN",
        "m0": "BIGINT",
        "m1": "BIGINT",
        "m2": "BOOLEAN",
    }


async def test_a_folder_that_is_not_there_is_named(world: Database, tmp_path: Path) -> None:
    version = (await list_rules(world.jobs, NOW.date()))[0]
    with pytest.raises(Invalid, match=r"there is no folder '.*nowhere' to write the facts to: make it first"):
        await export_facts(world.jobs, version, NOW.date(), tmp_path / "nowhere" / "x.parquet")
