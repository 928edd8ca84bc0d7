"""Births and deaths of the simulated world of which only letters tell: newborn candidates and deaths, as the truth says."""

import sys
from pathlib import Path

from hub.domain.ids import household_id, person_id
from hub.domain.matches import MatchStatus
from hub.store.database import open_database
from hub.store.matches import Move, Mover, move_matches
from hub.store.village_effects import Applied, apply_services
from simulators.evolve import Changes, Evolution
from simulators.world import World, WorldSettings

sys.path.insert(0, str(Path(__file__).parent))
from stage import DISTRICTS, NOW, staged
from test_simulated_moves import regency

from tests.schema.world import fresh_copy

EFFECTS = """select v.source_code, v.source_record_id, e.effect, e.household_id, e.person_id, e.slots_freed
from village_service_effect e join village_service v using (village_service_id)
where e.effect not in ('HOUSEHOLD_MOVED', 'PERSON_MOVED') order by 1, 2"""
GIVE = """with made as (
    insert into match (household_id, person_id, regency_code, programme_code, rule_version, status, created_at, changed_at)
    select household_id, person_id, regency_code, 'KIS_PBI', 1, 'PROPOSED', $2, $2 from person where person_id = $1
    returning household_id, match_id, regency_code
)
insert into match_event (household_id, match_id, version, to_status, key, actor, regency_code, moved_at)
select household_id, match_id, 1, 'PROPOSED', 'proposed', 'test', regency_code, $2 from made returning match_id"""
HOLD = """with free as (
    select s.pool_id, min(s.slot_no) as slot_no from entitlement_slot s join entitlement_pool p using (pool_id)
    where p.programme_code = 'KIS_PBI' and s.state = 'AVAILABLE' group by 1 limit 1
),
held as (
    update entitlement_slot s
    set state = 'RESERVED', household_id = m.household_id, match_id = m.match_id, regency_code = m.regency_code
    from free f, match m where m.match_id = $1 and (s.pool_id, s.slot_no) = (f.pool_id, f.slot_no) returning s.pool_id, s.slot_no
)
update match m set status = 'RESERVED', pool_id = h.pool_id, slot_no = h.slot_no from held h where m.match_id = $1"""


async def test_newborn_candidates_and_deaths_with_their_slots_are_those_of_the_truth(
    server_url: str, template: str
) -> None:
    world = World(WorldSettings(regencies=tuple(map(regency, DISTRICTS)), households=40, seed=11))
    async with (
        fresh_copy(server_url, template) as url,
        open_database(url) as database,
        staged(database, world) as stage,
        stage.connectors() as connectors,
    ):
        await stage.sync(connectors)
        await apply_services(database.jobs, NOW)
        async with database.jobs.connection() as connection:
            before = await connection.fetch(EFFECTS)
        made = Evolution(world).make(Changes(birth_letters=4, death_letters=3, seed=2))
        assert (made["birth_letters"], made["death_letters"]) == (4, 3)
        await stage.sync(connectors)
        dead = [told for told in world.told_by_letter if _kind(world, told) == "DEATH_LETTER"]
        async with database.jobs.connection() as connection:
            match_id = await connection.fetchval(GIVE, person_id(dead[0][0], dead[0][2]), NOW)
            await connection.execute(HOLD, match_id)
        await move_matches(database.jobs, MatchStatus.OFFERED, [Move(match_id, "offered")], Mover("test", NOW, NOW))
        assert await apply_services(database.jobs, NOW) == Applied(moved=0, newborns=4, deaths=3, slots_freed=1)
        assert await apply_services(database.jobs, NOW) == Applied(0, 0, 0, 0)
        async with database.jobs.connection() as connection:
            effects = [tuple(row) for row in await connection.fetch(EFFECTS) if row not in before]
            living = await connection.fetchval(
                "select count(*) from person where person_id = any ($1) and vital_status = 'ALIVE'",
                [person_id(code, dead_id) for code, _, dead_id in dead],
            )
            match = await connection.fetchrow("select status, slot_no from match where match_id = $1", match_id)
    expected = []
    for told in sorted(world.told_by_letter):
        code, letter_id, who = told
        home = household_id(code, world.districts[code].village_services[letter_id].household_id or "")
        if _kind(world, told) == "BIRTH_LETTER":
            expected.append((code, letter_id, "NEWBORN_CANDIDATE", home, None, 0))
        else:
            expected.append((code, letter_id, "DEATH_NOTED", home, person_id(code, who), int(told == dead[0])))
    assert effects == expected
    assert living == 0
    assert tuple(match) == ("RELEASED", None)


def _kind(world: World, told: tuple[str, str, str]) -> str:
    code, letter_id, _ = told
    return world.districts[code].village_services[letter_id].type
