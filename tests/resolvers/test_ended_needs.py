"""What was proposed for a need ends with its case file, or goes on where another one has the same need."""

from typing import Any

from hub.store import case_history
from hub.store.case_history import NewCaseEvent
from hub.store.database import Database
from hub.store.pools import audit_pools
from resolvers import case_work, duplicates
from resolvers.case_changes import note_changes
from resolvers.case_files import create_case_file
from resolvers.held_case import Step
from resolvers.lifecycle import Desk
from resolvers.needs import withdraw_for_all_ended_needs
from tests.resolvers.casework import draft, of
from tests.schema.world import clock
from tests.schema.world_records import NOW, OWN


async def need(database: Database, household_id: int, key: str, category: str = "FOOD") -> int:
    asked = draft(household_id=household_id, type="NEED", category=category)
    return (await create_case_file(of(database, "SECRETARIAT"), asked, key)).case_file_id


async def fetch(database: Database, statement: str, *values: object) -> list[tuple[Any, ...]]:
    async with database.jobs.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement, *values)]


async def unranked(database: Database) -> int:
    """A household for whose need SEMBAKO is proposed without a ranking."""
    [[household_id]] = await fetch(
        database,
        "select household_id from verdict where programme_code = 'SEMBAKO' and status = 'ELIGIBLE' and regency_code = $1"
        " order by household_id limit 1",
        OWN,
    )
    return int(household_id)


async def waiting(database: Database) -> list[tuple[int, int]]:
    """Rank and household of those who wait in the ranking of PKH."""
    rows = await fetch(
        database,
        "select rank, household_id from allocation_candidate c join allocation_run r using (run_id)"
        " where 'PKH' = any (r.programme_codes) and c.pool_id is null and c.regency_code = $1 order by rank",
        OWN,
    )
    return [(rank, household_id) for rank, household_id in rows]


async def matches(database: Database, household_id: int, programme: str) -> list[tuple[Any, ...]]:
    return await fetch(
        database,
        "select status, reason_code, rank from match where household_id = $1 and programme_code = $2 order by match_id",
        household_id,
        programme,
    )


async def told(database: Database, case_file_id: int) -> list[tuple[Any, ...]]:
    [events] = await case_history.list_events(database.jobs, [case_file_id])
    return [
        (event.to_value, sorted(event.changes)) for event in events if event.field_group == "MATCH" and event.changes
    ]


PROPOSED = ("PROPOSED", ["matchId", "programmeCode"])


async def test_a_rejected_case_file_takes_what_was_proposed_for_it_along_with_its_history(own_world: Database) -> None:
    household_id = await unranked(own_world)
    case_file_id = await need(own_world, household_id, "k")
    assert await matches(own_world, household_id, "SEMBAKO") == [("PROPOSED", None, None)]
    await case_work.reject_case(of(own_world, "SECRETARIAT"), Step(case_file_id, "r", "bukan warga"))
    assert await matches(own_world, household_id, "SEMBAKO") == [("RELEASED", "NEED_WITHDRAWN", None)]
    assert await told(own_world, case_file_id) == [PROPOSED, ("RELEASED", ["matchId", "programmeCode"])]
    moved = await fetch(
        own_world,
        "select from_status, to_status, match_event.reason_code, actor from match_event join match using (household_id, match_id)"
        " where household_id = $1 and programme_code = 'SEMBAKO' order by match_event.version",
        household_id,
    )
    assert moved[-1] == ("PROPOSED", "RELEASED", "NEED_WITHDRAWN", "hub")


async def test_what_was_proposed_goes_on_in_the_case_file_that_another_is_joined_to(own_world: Database) -> None:
    household_id = await unranked(own_world)
    joined, going_on = await need(own_world, household_id, "one"), await need(own_world, household_id, "two")
    await duplicates.join_case(of(own_world, "SECRETARIAT"), Step(joined, "j", "sama"), going_on)
    assert await matches(own_world, household_id, "SEMBAKO") == [("PROPOSED", None, None)]
    assert await told(own_world, joined) == [PROPOSED, (None, ["goesOnIn", "matchId", "programmeCode"])]
    assert await told(own_world, going_on) == [("PROPOSED", ["cameFrom", "matchId", "programmeCode"])]
    await case_work.reject_case(of(own_world, "SECRETARIAT"), Step(going_on, "r", "bukan warga"))
    assert await matches(own_world, household_id, "SEMBAKO") == [("RELEASED", "NEED_WITHDRAWN", None)]


async def test_joined_to_one_of_another_need_it_is_withdrawn(own_world: Database) -> None:
    household_id = await unranked(own_world)
    joined = await need(own_world, household_id, "one")
    other = await need(own_world, household_id, "two", "ENERGY")
    await duplicates.join_case(of(own_world, "SECRETARIAT"), Step(joined, "j", "sama"), other)
    assert await matches(own_world, household_id, "SEMBAKO") == [("RELEASED", "NEED_WITHDRAWN", None)]
    assert await told(own_world, other) == []


async def test_whoever_waits_in_a_ranking_waits_there_as_before(own_world: Database) -> None:
    rank, household_id = (await waiting(own_world))[0]
    case_file_id = await need(own_world, household_id, "k", "SOCIAL_ECONOMIC")
    assert await matches(own_world, household_id, "PKH") == [("PROPOSED", None, rank)]
    await case_work.reject_case(of(own_world, "SECRETARIAT"), Step(case_file_id, "r", "salah alamat"))
    assert await matches(own_world, household_id, "PKH") == [("RELEASED", "NEED_WITHDRAWN", None)]
    await fetch(
        own_world,
        "with gone as (update match set status = 'RELEASED', pool_id = null, slot_no = null where match_id = ("
        " select match_id from match where programme_code = 'PKH' and regency_code = $1 and slot_no is not null limit 1)"
        " returning household_id, match_id)"
        " update entitlement_slot s set state = 'AVAILABLE', household_id = null, match_id = null, regency_code = null"
        " from gone where s.match_id = gone.match_id",
        OWN,
    )
    assert await Desk(own_world.jobs, clock, {}).refill() == 1
    assert await matches(own_world, household_id, "PKH") == [
        ("RELEASED", "NEED_WITHDRAWN", None),
        ("RESERVED", None, rank),
    ]
    assert await audit_pools(own_world.jobs) == []


async def test_what_has_got_a_slot_stays_whatever_becomes_of_the_case_file(own_world: Database) -> None:
    household_id = await unranked(own_world)
    case_file_id = await need(own_world, household_id, "k")
    await fetch(
        own_world,
        "update match set status = 'SUPERSEDED' where household_id = $1 and status = 'PROPOSED'",
        household_id,
    )
    before = await matches(own_world, household_id, "SEMBAKO")
    await case_work.reject_case(of(own_world, "SECRETARIAT"), Step(case_file_id, "r", "bukan warga"))
    assert await matches(own_world, household_id, "SEMBAKO") == before == [("SUPERSEDED", None, None)]
    assert await told(own_world, case_file_id) == [PROPOSED]


async def test_a_reopened_case_file_is_proposed_for_anew(own_world: Database) -> None:
    household_id = await unranked(own_world)
    case_file_id = await need(own_world, household_id, "k")
    secretariat = of(own_world, "SECRETARIAT")
    await case_work.reject_case(secretariat, Step(case_file_id, "r", "salah"))
    await case_work.reopen_case(secretariat, Step(case_file_id, "o", "benar"))
    await Desk(own_world.jobs, clock, {}).propose_for_needs()
    assert [row[0] for row in await matches(own_world, household_id, "SEMBAKO")] == ["RELEASED", "PROPOSED"]


async def test_of_districts_that_tell_no_changes_the_job_withdraws_it_once(own_world: Database) -> None:
    household_id = await unranked(own_world)
    case_file_id = await need(own_world, household_id, "k")
    await fetch(
        own_world,
        "update case_file set source_code = $1, status = 'REJECTED' where case_file_id = $2",
        OWN,
        case_file_id,
    )
    assert await withdraw_for_all_ended_needs(own_world.jobs, clock) == 1
    assert await withdraw_for_all_ended_needs(own_world.jobs, clock) == 0
    assert await matches(own_world, household_id, "SEMBAKO") == [("RELEASED", "NEED_WITHDRAWN", None)]


async def test_what_a_district_tells_of_a_rejection_withdraws_it_too(own_world: Database) -> None:
    household_id = await unranked(own_world)
    case_file_id = await need(own_world, household_id, "k")
    line = NewCaseEvent(
        case_file_id=case_file_id,
        event_key="35.10/s1",
        field_group="STATUS",
        to_value="REJECTED",
        happened_at=NOW,
        actor="officer",
        actor_role="DISTRICT_OFFICER",
    )
    async with own_world.jobs.transaction() as transaction, transaction.connection() as connection:
        await connection.execute("update case_file set status = 'REJECTED' where case_file_id = $1", case_file_id)
        await note_changes(transaction, [line], NOW, OWN)
    assert await matches(own_world, household_id, "SEMBAKO") == [("RELEASED", "NEED_WITHDRAWN", None)]
