"""`slrt-hub link`: the links by method, the queue, and a Parquet file without a name or number of anybody."""

from pathlib import Path

import duckdb
import pytest

from hub.domain.errors import SetupError
from hub.store.database import open_database
from hub.store.link_file import write_links
from server.link_command import link_all_rosters
from server.settings import read_settings
from tests.schema.world import copy_of_world
from tests.schema.world_records import FOREIGN, OWN, TWICE_ON_THE_ROSTER, kk, nik


@pytest.fixture
def world_url(server_url: str, template: str) -> str:
    return copy_of_world(server_url, template, "world_of_link_command")


async def test_the_job_says_what_it_linked_and_writes_it_without_personal_data(
    world_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = read_settings({"DATABASE_URL": world_url, "SLRT_HUB_STATE": str(tmp_path / "state")})
    path = tmp_path / "links.parquet"
    await link_all_rosters(settings, path)
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "KK 22, NIK 32, REPORTED 2",
        "waiting for a person: 4",
        f"58 links written to {path}",
    ]
    assert "Roster lines weighed: 4" in said.err
    rows = duckdb.sql(f"select * exclude (found_at, decided_at) from '{path}'").fetchall()
    assert len(rows) == 58
    counts = duckdb.sql(f"select method, status, count(*) from '{path}' group by all order by all").fetchall()
    assert counts == [("KK", "LINKED", 22), ("NIK", "LINKED", 32), ("PROBABILISTIC", "REVIEW", 4)]
    text = str(rows)
    assert not any(number(region, 1) in text for number in (nik, kk) for region in (OWN, FOREIGN))
    assert not any(name in text for name in ("Slamet", *TWICE_ON_THE_ROSTER.values()))


async def test_a_file_that_cannot_be_written_is_named(world_url: str, tmp_path: Path) -> None:
    async with open_database(world_url) as database:
        with pytest.raises(SetupError, match=r"the links cannot be written to .*missing"):
            await write_links(database.jobs, tmp_path / "missing" / "links.parquet")
