"""A district that is away and comes back while a list is being paged: its rows are not lost, and none comes twice."""

from collections.abc import AsyncIterator

import pytest

from hub.federation.directory import Directory
from hub.store.database import Database
from simulators.faults import FaultKind
from simulators.server import running
from simulators.simulation import Simulation
from simulators.world import World
from tests.federation.stage import (
    NO_RETRIES,
    READ_AT,
    Listed,
    Stage,
    complete,
    lacking,
    make,
    merged,
    systems_at,
    truth,
)
from tests.federation.wiring import join


async def rest(hub: Stage, page: Listed, first: int) -> list[Listed]:
    """All further pages."""
    pages = []
    while page.has_more:
        page = await hub.list(first=first, after=page.end)
        pages.append(page)
    return pages


async def test_the_replica_stands_in_until_the_list_ends_and_a_new_list_is_of_now(stage: Stage, old: World) -> None:
    stage.switch_on("35.10", FaultKind.UNAVAILABLE)
    world = stage.simulation.world
    async with stage.hub(NO_RETRIES) as hub:
        first = await hub.list(first=10)
        stage.simulation.faults.switch_off()
        later = await rest(hub, first, 10)
        fresh = await hub.list()
    assert first.completeness == lacking(d35_10="UNAVAILABLE")
    assert {str(page.completeness) for page in later} == {str(lacking(d35_10="REPLICA_KEPT"))}
    rows = first.rows + [row for page in later for row in page.rows]
    assert rows == merged((world, ["34.01", "35.09"]), (old, ["35.10"]))
    assert (fresh.rows, fresh.completeness) == (truth(world), complete())


async def test_a_district_that_goes_away_in_mid_list_is_filled_in_from_there_on(stage: Stage, old: World) -> None:
    world = stage.simulation.world
    async with stage.hub(NO_RETRIES) as hub:
        first = await hub.list(first=10)
        stage.switch_on("35.10", FaultKind.UNAVAILABLE)
        later = await rest(hub, first, 10)
    rows = first.rows + [row for page in later for row in page.rows]
    assert first.completeness == complete()
    assert [page.completeness["unavailable"][0]["reason"] for page in later] == [
        "UNAVAILABLE", *["REPLICA_KEPT"] * (len(later) - 1),
    ]  # fmt: skip
    of_now = set(truth(world, ["35.10"])) - set(truth(old, ["35.10"]))
    assert rows == [row for row in truth(world) if row not in of_now or row in first.rows]


@pytest.fixture
async def forgetful(database: Database) -> AsyncIterator[Stage]:
    """Three districts beside a hub that has not read any feed."""
    simulation = Simulation(make())
    async with running(simulation) as url:
        stage = Stage(simulation, database, url, systems_at(url, simulation))
        await join(database.jobs, stage.systems, READ_AT)
        yield stage


async def test_without_a_replica_its_rows_are_missing_and_come_first_when_it_is_back(forgetful: Stage) -> None:
    stage, world = forgetful, forgetful.simulation.world
    stage.switch_on("35.10", FaultKind.UNAVAILABLE)
    async with stage.hub(NO_RETRIES) as hub:
        first = await hub.list(first=10)
        stage.simulation.faults.switch_off()
        second = await hub.list(first=10, after=first.end)
        later = await rest(hub, second, 10)
    others, owed = truth(world, ["34.01", "35.09"]), truth(world, ["35.10"])
    assert first.rows == others[:10]
    assert first.completeness == lacking(is_in_replica=False, d35_10="UNAVAILABLE")
    assert {str(page.completeness) for page in (second, *later)} == {str(complete())}
    rows = second.rows + [row for page in later for row in page.rows]
    assert rows == [row for row in truth(world) if row not in first.rows]
    assert set(owed) <= set(rows)
    assert len(first.rows + rows) == len(set(first.rows + rows)) == len(truth(world))


async def test_who_reads_to_the_end_without_it_can_go_on_when_it_is_back(forgetful: Stage) -> None:
    stage, world = forgetful, forgetful.simulation.world
    stage.switch_on("34.01", FaultKind.UNAVAILABLE)
    async with stage.hub(NO_RETRIES) as hub:
        whole = await hub.list()
        stage.simulation.faults.switch_off()
        owed = await hub.list(after=whole.end)
    assert whole.rows == truth(world, ["35.09", "35.10"])
    assert not whole.has_more
    assert whole.completeness["missing"] == 1
    assert (owed.rows, owed.completeness) == (truth(world, ["34.01"]), complete())


async def test_a_district_that_joins_in_mid_list_is_read_from_its_beginning(stage: Stage) -> None:
    world = stage.simulation.world
    async with stage.hub(NO_RETRIES) as hub:
        everyone = hub.directory
        hub.directory = Directory(everyone.shards_under("35"), 1)
        first = await hub.list(first=15)
        hub.directory = everyone
        later = await rest(hub, first, 15)
    assert first.rows == truth(world, ["35.09", "35.10"])[:15]
    rows = first.rows + [row for page in later for row in page.rows]
    assert sorted(rows) == sorted(truth(world))
    assert rows[15:] == [row for row in truth(world) if row not in first.rows]
