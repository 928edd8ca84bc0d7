"""Runs of several programmes under a policy: kept apart where they exclude each other, and taken back whole."""

from collections import Counter
from datetime import timedelta

import pytest

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.matches import MatchStatus
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.matching.allocation.problem import Policy
from hub.store import runs as run_store
from hub.store.database import Database
from hub.store.matches import Move, Mover, list_undelivered, move_matches
from hub.store.pools import audit_pools
from resolvers import allocation
from resolvers.allocation import Asked, create_run, execute_run, roll_back_run, simulate_run
from resolvers.context import context_of
from resolvers.explaining import explain, phase_of, reason_of
from resolvers.lifecycle import Desk
from resolvers.runs import fairness_of
from tests.lifecycle.runs import BALANCES, NOW, SLOTS, approved, clock, ministry, prepare, rows, simulated

POOLS = {("PKH", "35.10"): 4, ("PKH", "35"): 3, ("PKH", None): 5, ("SEMBAKO", None): 12}


@pytest.fixture
async def ready(database: Database) -> Database:
    """120 households: 60 eligible for PKH, 80 for SEMBAKO, 40 of them for both."""
    await prepare(database, 120, POOLS)
    return database


async def stacking(database: Database, excluded: str) -> None:
    """The rule of PKH in force excludes another programme, be it for a component, as if it always had."""
    document = {"excludes": [{"programme": excluded, "component": "PREGNANT"}]}
    await rows(database, "alter table programme_rule disable trigger user")
    await rows(
        database,
        "update programme_rule set rule = jsonb_set(rule, '{stacking}', $1::jsonb) where programme_code = 'PKH'",
        document,
    )
    await rows(database, "alter table programme_rule enable trigger user")


async def by_household(database: Database) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for household_id, code in await rows(database, "select household_id, programme_code from match"):
        found.setdefault(household_id, set()).add(code)
    return found


async def test_programmes_that_go_together_are_given_together(ready: Database) -> None:
    run = await approved(ready, "PKH", "SEMBAKO")
    assert (run.groups, run.candidates, run.placed) == ((1, 2), 140, 24)
    done = await execute_run(ministry(ready), run.run_id)
    assert (done.status, done.executed_rank) == ("EXECUTED", 140)
    given = Counter(tuple(sorted(codes)) for codes in (await by_household(ready)).values())
    assert given[("PKH", "SEMBAKO")] > 0
    assert sum(len(codes) * count for codes, count in given.items()) == 24
    assert await audit_pools(ready.jobs) == []


@pytest.mark.parametrize("by_rule", [True, False], ids=["by the rule", "by the run"])
async def test_a_household_gets_one_of_programmes_that_exclude_each_other(ready: Database, by_rule: bool) -> None:
    if by_rule:
        await stacking(ready, "SEMBAKO")
    run = await approved(ready, "PKH", "SEMBAKO", one_per_unit=not by_rule)
    assert (run.groups, run.candidates, run.placed) == ((3,), 100, 24)
    await execute_run(ministry(ready), run.run_id)
    given = await by_household(ready)
    assert [len(codes) for codes in given.values()] == [1] * 24
    # the next run passes over whoever has one of them
    again = await simulated(ready, "PKH", "SEMBAKO", one_per_unit=True)
    assert (again.candidates, again.placed) == (76, 0)


async def test_programmes_of_persons_and_households_that_exclude_each_other_need_two_runs(ready: Database) -> None:
    with pytest.raises(Invalid, match="not KIS_PBI to a PERSON, PKH to a HOUSEHOLD"):
        await create_run(ministry(ready), Asked(("KIS_PBI", "PKH"), "2026", 7, one_per_unit=True))
    assert (await create_run(ministry(ready), Asked(("KIS_PBI", "PKH"), "2026", 7))).groups == (1, 2)


async def test_a_run_reports_who_is_served_under_both_policies(ready: Database) -> None:
    run = await simulated(ready, "SEMBAKO", policy=Policy.REGIONAL_FLOORS)
    [fairness] = await fairness_of(ministry(ready), [run.run_id])
    before, strict, floors = fairness
    assert [row.state for row in fairness] == ["BEFORE", "STRICT_PRIORITY", "REGIONAL_FLOORS"]
    assert [row.is_chosen for row in fairness] == [False, False, True]
    assert [row.served for row in fairness] == [0, 12, 12]
    assert before.minimum_coverage == 0.0
    assert strict.served_alone == floors.served_alone
    assert floors.minimum_coverage >= strict.minimum_coverage
    assert floors.gini <= strict.gini
    moved = await rows(
        ready,
        "select count(*) filter (where by_floors and pool_id > 0), count(*) filter (where by_priority and pool_id is null)"
        " from allocation_candidate where by_priority <> by_floors",
    )
    assert moved == [(floors.served_alone, strict.served_alone)]


async def test_the_same_run_simulated_again_keeps_one_result(ready: Database) -> None:
    first = await simulated(ready, "PKH", "SEMBAKO")
    kept = "select * from allocation_candidate order by rank"
    ranked = await rows(ready, kept)
    again = await simulate_run(ministry(ready), first.run_id)
    assert again.input_digest == first.input_digest
    assert await rows(ready, kept) == ranked


async def test_a_rolled_back_run_restores_every_slot_and_says_why(ready: Database) -> None:
    slots, balances = await rows(ready, SLOTS), await rows(ready, BALANCES)
    run = await approved(ready, "PKH", "SEMBAKO")
    await execute_run(ministry(ready), run.run_id)
    desk = Desk(ready.jobs, clock, {})
    await desk.offer_reserved()
    ids = [match_id for (match_id,) in await rows(ready, "select match_id from match order by match_id limit 5")]
    await move_matches(ready.jobs, MatchStatus.ACCEPTED, [Move(i, "yes") for i in ids], Mover("test", NOW))
    done = await roll_back_run(ministry(ready, "approver"), run.run_id)
    assert (done.run.status, done.released, done.issued) == ("ROLLED_BACK", 24, 0)
    assert (done.run.rolled_back_by, done.run.rolled_back_at) == ("approver", NOW)
    assert await rows(ready, SLOTS) == slots
    assert await rows(ready, BALANCES) == balances
    assert await rows(ready, "select distinct status, reason_code from match") == [("RELEASED", "RUN_ROLLED_BACK")]
    assert await audit_pools(ready.jobs) == []
    again = await roll_back_run(ministry(ready, "approver"), run.run_id)
    assert (again.run, again.released) == (done.run, 0)
    assert await desk.refill() == 0
    with pytest.raises(Conflict, match="is ROLLED_BACK and cannot be executed"):
        await execute_run(ministry(ready), run.run_id)


async def test_a_roll_back_that_stopped_on_the_way_is_taken_up_and_nothing_moves_on_meanwhile(
    ready: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocation, "EXECUTION_BATCH", 7)
    slots = await rows(ready, SLOTS)
    run = await approved(ready, "PKH", "SEMBAKO")
    await execute_run(ministry(ready), run.run_id)

    def stop(_released: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await roll_back_run(ministry(ready), run.run_id, progress=stop)
    assert await Desk(ready.jobs, clock, {}).offer_reserved() == 0
    assert (await roll_back_run(ministry(ready), run.run_id)).released == 17
    assert await rows(ready, SLOTS) == slots


async def test_a_run_that_is_being_executed_is_rolled_back_as_well(
    ready: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocation, "EXECUTION_BATCH", 10)
    run = await approved(ready, "SEMBAKO")

    def stop(_reserved: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await execute_run(ministry(ready), run.run_id, stop)
    assert (await roll_back_run(ministry(ready), run.run_id)).released == 10
    assert await audit_pools(ready.jobs) == []


async def test_what_was_issued_refuses_the_roll_back_or_is_listed(ready: Database) -> None:
    run = await approved(ready, "PKH")
    await execute_run(ministry(ready), run.run_id)
    await Desk(ready.jobs, clock, {}).offer_reserved()
    ids = [match_id for (match_id,) in await rows(ready, "select match_id from match order by rank limit 2")]
    for to in (MatchStatus.ACCEPTED, MatchStatus.ISSUED):
        await move_matches(ready.jobs, to, [Move(i, to.value) for i in ids], Mover("test", NOW))
    with pytest.raises(Conflict, match=f"2 matches of allocation run {run.run_id} were issued"):
        await roll_back_run(ministry(ready), run.run_id)
    assert (await rows(ready, "select status from allocation_run")) == [("EXECUTED",)]
    done = await roll_back_run(ministry(ready), run.run_id, keep_issued=True)
    assert (done.released, done.issued, done.issued_match_ids) == (10, 2, ids)
    assert Counter(await rows(ready, "select status from match")) == {("ISSUED",): 2, ("RELEASED",): 10}
    assert await audit_pools(ready.jobs) == []


async def test_a_run_that_was_not_approved_has_nothing_to_roll_back_and_a_district_may_not(ready: Database) -> None:
    run = await simulated(ready, "PKH")
    with pytest.raises(Conflict, match="is SIMULATED and cannot be rolled back"):
        await roll_back_run(ministry(ready), run.run_id)
    role = Role.DISTRICT_OFFICER
    officer = context_of(ready, Principal("officer", role, SCOPES_OF_ROLE[role], "35.10"), clock, {})
    with pytest.raises(Forbidden):
        await roll_back_run(officer, run.run_id)


async def test_a_district_hears_of_a_roll_back_only_where_it_had_heard_of_the_match(ready: Database) -> None:
    run = await approved(ready, "PKH")
    await execute_run(ministry(ready), run.run_id)
    [(match_id, regency)] = await rows(ready, "select match_id, regency_code from match order by rank limit 1")
    await rows(ready, "update match set delivered_status = 'OFFERED' where match_id = $1", match_id)
    await roll_back_run(ministry(ready), run.run_id)
    news = await list_undelivered(ready.jobs, regency, after_id=0, first=10)
    assert [(told.match_reference, told.status) for told in news] == [(str(match_id), "RELEASED")]


async def test_an_offer_that_expires_goes_to_the_next_in_rank(ready: Database) -> None:
    run = await approved(ready, "SEMBAKO")
    await execute_run(ministry(ready), run.run_id)
    desk = Desk(ready.jobs, clock, {}, offer_stands=timedelta(0))
    assert (await desk.offer_reserved(), await desk.expire(), await desk.refill()) == (12, 12, 12)
    held = await rows(ready, "select rank from match where status = 'RESERVED' order by rank")
    assert [rank for (rank,) in held] == list(range(13, 25))


async def test_a_slot_that_comes_back_passes_over_who_has_something_of_the_same_group_by_now(ready: Database) -> None:
    pkh = await approved(ready, "PKH", "SEMBAKO", one_per_unit=True)
    await execute_run(ministry(ready), pkh.run_id)
    [(next_in_rank,)] = await rows(
        ready, "select min(rank) from allocation_candidate where pool_id is null and mask & 2 = 2"
    )
    await rows(
        ready,
        "insert into match (household_id, regency_code, programme_code, rule_version, status, created_at, changed_at)"
        " select household_id, regency_code, 'PKH', 1, 'PROPOSED', $2, $2 from allocation_candidate where rank = $1",
        next_in_rank,
        NOW,
    )
    [(match_id,)] = await rows(
        ready,
        "select match_id from match where programme_code = 'SEMBAKO' and status = 'RESERVED' order by rank limit 1",
    )
    await move_matches(ready.jobs, MatchStatus.RELEASED, [Move(match_id, "gone")], Mover("test", NOW))
    assert await Desk(ready.jobs, clock, {}).refill() == 1
    [(rank,)] = await rows(ready, "select rank from match where status = 'RESERVED' order by match_id desc limit 1")
    assert rank > next_in_rank


async def test_a_household_is_told_its_rank_what_came_before_and_what_decided(ready: Database) -> None:
    run = await approved(ready, "PKH")
    await execute_run(ministry(ready), run.run_id)
    found = dict(await rows(ready, "select rank, household_id from allocation_candidate"))
    first = await explain(ministry(ready), opaque_id(Kind.HOUSEHOLD, found[1]))
    [standing] = first.standings
    assert (standing.rank, standing.placed_before, standing.equal_before) == (1, 0, 0)
    assert phase_of(standing) in {"REGENCY", "PROVINCE", "NATION"}
    assert reason_of(standing).startswith("it got a slot of PKH from the pool of")
    [(match_id,)] = await rows(ready, "select match_id from match where rank = 1")
    for name in (str(match_id), opaque_id(Kind.MATCH, match_id)):
        assert (await explain(ministry(ready), name)).standings == [standing]
    [last] = (await explain(ministry(ready), opaque_id(Kind.HOUSEHOLD, found[60]))).standings
    assert (last.rank, last.placed_before, phase_of(last)) == (60, 12, None)
    assert "all slots that its regency may draw from were taken" in reason_of(last)


@pytest.mark.parametrize("name", ["404404", opaque_id(Kind.HOUSEHOLD, 404), opaque_id(Kind.PROGRAMME, "PKH")])
async def test_what_cannot_be_explained_is_named(ready: Database, name: str) -> None:
    with pytest.raises(NotFound):
        await explain(ministry(ready), name)


async def test_an_execution_is_listed_as_unfinished_until_its_end(ready: Database) -> None:
    run = await approved(ready, "PKH", "SEMBAKO")
    for code in ("PKH", "SEMBAKO"):
        found = await run_store.find_unfinished(ready.jobs, code, "2026")
        assert found is not None
        assert found.run_id == run.run_id
    await execute_run(ministry(ready), run.run_id)
    assert await run_store.find_unfinished(ready.jobs, "PKH", "2026") is None
