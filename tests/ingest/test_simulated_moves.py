"""Households of the simulated world that move between two syncs keep the ids that the hub gave them, as the truth says."""

import sys
from pathlib import Path

from hub.domain.ids import household_id
from hub.store.database import open_database
from hub.store.moves import apply_moves
from simulators.evolve import Changes, Evolution
from simulators.regions import Regency, Subdistrict
from simulators.world import World, WorldSettings

sys.path.insert(0, str(Path(__file__).parent))
from stage import DISTRICTS, NOW, staged

from tests.schema.world import fresh_copy


def regency(code: str) -> Regency:
    return Regency(code, code, 1_000_000, (Subdistrict(f"{code}.01", tuple(f"{code}.01.200{v}" for v in (1, 2, 4))),))


async def test_those_who_moved_are_found_by_their_letters_and_nobody_else(server_url: str, template: str) -> None:
    world = World(WorldSettings(regencies=tuple(map(regency, DISTRICTS)), households=40, seed=11))
    async with (
        fresh_copy(server_url, template) as url,
        open_database(url) as database,
        staged(database, world) as stage,
        stage.connectors() as connectors,
    ):
        for changes in (Changes(seed=4), Changes(moves=8, revisions=4, seed=5), Changes(revisions=30, seed=6)):
            Evolution(world).make(changes)
            await stage.sync(connectors)
            moved = await apply_moves(database.jobs, NOW)
        assert moved == 0, "a revision of who moved meets the household"
        async with database.jobs.connection() as connection:
            rows = await connection.fetch("select * from household where removed_at is null")
            waiting = await connection.fetch("select * from household_move where status = 'REVIEW'")
    homes = {(row["source_code"], row["source_record_id"]): row["household_id"] for row in rows}
    origin: dict[tuple[str, str], tuple[str, str]] = {}
    for here, there in world.moves:
        origin[there] = origin.pop(here, here)
    assert len(origin) >= 8
    assert {unit: homes[unit] for unit in origin} == {unit: household_id(*first) for unit, first in origin.items()}
    assert waiting == []
    assert set(homes) == {(code, home) for code, district in world.districts.items() for home in district.households}
