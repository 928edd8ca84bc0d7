"""A need that a programme covers proposes a match, which gets a slot by rank and never more than there are."""

import pytest

from hub.domain.records import PoolRecord
from hub.store import case_history, sources
from hub.store.database import Database
from hub.store.pools import audit_pools
from resolvers.case_files import create_case_file
from resolvers.lifecycle import Desk
from resolvers.needs import matches_of_needs, propose_for_all_needs
from tests.resolvers.casework import draft, of
from tests.schema.world import clock
from tests.schema.world_records import NOW, OWN, PERIOD, household_of

NEED = {"type": "NEED", "category": "SOCIAL_ECONOMIC"}


async def _need(database: Database, household_id: int, key: str, **changes: object) -> int:
    asked = draft(household_id=household_id, **(NEED | changes))
    return (await create_case_file(of(database, "SECRETARIAT"), asked, key)).case_file_id


async def _waiting(database: Database, programme: str) -> list[tuple[int, int]]:
    """Rank and household of those who wait in the ranking of a programme's run."""
    async with database.jobs.connection() as connection:
        rows = await connection.fetch(
            "select rank, household_id from allocation_candidate c join allocation_run r using (run_id)"
            " where $1 = any (r.programme_codes) and c.pool_id is null and c.regency_code = $2 order by rank",
            programme,
            OWN,
        )
    return [(rank, household_id) for rank, household_id in rows]


async def _programmes(database: Database, case_file_id: int) -> list[tuple[str, str, bool]]:
    (found,) = await matches_of_needs(of(database, "SECRETARIAT"), [case_file_id])
    return sorted((match.programme_code, match.status, match.run_id is not None) for match in found)


async def test_a_need_of_somebody_who_waits_is_proposed_with_the_rank_and_told_in_the_history(
    own_world: Database,
) -> None:
    rank, household_id = (await _waiting(own_world, "PKH"))[-1]
    case_file_id = await _need(own_world, household_id, "key")
    assert ("PKH", "PROPOSED", True) in await _programmes(own_world, case_file_id)
    (found,) = await matches_of_needs(of(own_world, "SECRETARIAT"), [case_file_id])
    assert [match.rank for match in found if match.programme_code == "PKH"] == [rank]
    told = (await case_history.list_events(own_world.jobs, [case_file_id]))[0]
    assert sorted(line.changes["programmeCode"] for line in told if line.field_group == "MATCH") == sorted(
        match.programme_code for match in found
    )


async def test_a_slot_that_comes_back_goes_to_the_next_in_rank_with_or_without_a_case_file(own_world: Database) -> None:
    waiting = await _waiting(own_world, "PKH")
    (_, first), (_, last) = waiting[0], waiting[-1]
    first_case = await _need(own_world, first, "first")
    last_case = await _need(own_world, last, "last")
    async with own_world.jobs.connection() as connection:
        await connection.execute(
            "with gone as (update match set status = 'RELEASED', pool_id = null, slot_no = null where match_id = ("
            " select match_id from match where programme_code = 'PKH' and regency_code = $1 and slot_no is not null limit 1)"
            " returning household_id, match_id)"
            " update entitlement_slot s set state = 'AVAILABLE', household_id = null, match_id = null, regency_code = null"
            " from gone where s.match_id = gone.match_id",
            OWN,
        )
    assert await Desk(own_world.jobs, clock, {}).refill() == 1
    assert ("PKH", "RESERVED", True) in await _programmes(own_world, first_case)
    assert ("PKH", "PROPOSED", True) in await _programmes(own_world, last_case)
    assert await audit_pools(own_world.jobs) == []


async def test_needs_that_no_ranking_knows_share_what_is_left_and_no_more(own_world: Database) -> None:
    async with own_world.jobs.connection() as connection:
        rows = await connection.fetch(
            "select household_id from verdict where programme_code = 'SEMBAKO' and status = 'ELIGIBLE' and regency_code = $1"
            " order by household_id limit 5",
            OWN,
        )
    cases = [await _need(own_world, household_id, f"key-{household_id}", category="FOOD") for (household_id,) in rows]
    assert [await _programmes(own_world, case) for case in cases] == [[("SEMBAKO", "PROPOSED", False)]] * 5
    pool = PoolRecord(programme_code="SEMBAKO", region_code=OWN, period=PERIOD, total=3, revision=1, observed_at=NOW)
    await sources.merge_pools(own_world.jobs, "PKH", [pool], NOW)
    desk = Desk(own_world.jobs, clock, {})
    assert [await desk.refill(), await desk.refill()] == [3, 0]
    found = [status for case in cases for _, status, _ in await _programmes(own_world, case)]
    assert sorted(found) == ["PROPOSED", "PROPOSED", "RESERVED", "RESERVED", "RESERVED"]
    assert await audit_pools(own_world.jobs) == []


async def test_one_unit_has_one_active_match_of_a_programme_however_many_case_files_say_so(own_world: Database) -> None:
    _, household_id = (await _waiting(own_world, "PKH"))[0]
    one, two = await _need(own_world, household_id, "one"), await _need(own_world, household_id, "two")
    assert await _programmes(own_world, one) == await _programmes(own_world, two)
    assert await propose_for_all_needs(own_world.jobs, clock) >= 0
    assert await propose_for_all_needs(own_world.jobs, clock) == 0
    async with own_world.jobs.connection() as connection:
        count = await connection.fetchval(
            "select count(*) from match where household_id = $1 and programme_code = 'PKH' and status = 'PROPOSED'",
            household_id,
        )
    assert count == 1


@pytest.mark.parametrize("changes", [{"type": "COMPLAINT"}, {"category": "ENERGY"}, {"household_id": None}])
async def test_what_is_no_need_that_a_programme_covers_proposes_nothing(
    own_world: Database, changes: dict[str, object]
) -> None:
    _, household_id = (await _waiting(own_world, "PKH"))[0]
    case_file_id = await _need(own_world, **({"household_id": household_id, "key": "k"} | changes))
    assert await _programmes(own_world, case_file_id) == []


async def test_who_is_not_eligible_is_proposed_nothing(own_world: Database) -> None:
    case_file_id = await _need(own_world, household_of(OWN, 5), "k")
    assert [found for found in await _programmes(own_world, case_file_id) if found[0] == "PKH"] == []
