"""What a simulation tells is what a plain recount of the same people tells; and it leaves no trace but its report."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec import structs

from hub.domain.errors import Conflict, NotFound
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.records import HouseholdRecord
from hub.matching.benefit import amount_of, read_benefit
from hub.matching.examples import outcomes_of
from hub.matching.rules import read_rule
from hub.store import simulation as store
from hub.store.database import Connection, Database, JobSession, Pool, open_database
from hub.store.simulation import Effect, RuleSimulation
from resolvers import rule_sets, simulation
from resolvers.context import Context, context_of
from resolvers.rule_sets import RuleDraft, RuleStep
from server.rules_report import write_parquet
from tests.resolvers.people import REGENCIES, add_pools, clock, facts_of, facts_of_person, people, settle
from tests.schema.happenings import with_deciles
from tests.schema.world import filled_template, fresh_copy

HOUSEHOLDS = 90
DRAWING = [(regency, number) for regency in REGENCIES for number in range(1, HOUSEHOLDS, 2)]
POOLS: dict[str | None, int] = {"35.10": 3, "35": 2, "36.71": 40, None: 5}
STEP = RuleStep("PKH", 2, "test")
GRAVITY = ["NONE", "MILD", "SEVERE"]


def new_rule() -> dict[str, Any]:
    """Decile 2 to 6 in place of 1 to 4, three counted members, dearer pregnancies."""
    rule = with_deciles("PKH", [2, 6])
    rule["max_counted_members"] = 3
    rule["components"][0]["amount"] = 3_500_000
    return rule


@dataclass
class World:
    """Households as they were sent, and the ministry's context upon them."""

    url: str
    database: Database
    households: dict[str, list[HouseholdRecord]]
    author: Context

    async def draft(self, rule: dict[str, Any] | None = None, key: str = "d") -> None:
        document = msgspec.json.encode({"rule": rule or new_rule()}).decode()
        await rule_sets.draft_rule(self.author, RuleDraft("PKH", None, document, "test"), key)
        await rule_sets.validate_rule(self.author, STEP, f"v{key}")

    async def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.database.jobs.connection() as connection:
            return [tuple(row) for row in await connection.fetch(statement)]

    def effects(self, regency: str | None = None) -> dict[tuple[str, str], Counter[str]]:
        """The recount, by dimension and value."""
        old, new = with_deciles("PKH", [1, 4]), new_rule()
        cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for code, records in self.households.items():
            for number, record in enumerate(records, start=1):
                if regency in (None, code):
                    counts = _recount(
                        record, old, new, is_enrolled=(code, number) in DRAWING and bool(record.kk_number)
                    )
                    for cell in _cells(record):
                        cells[cell].update(counts)
        return cells


def _judge(record: HouseholdRecord, document: dict[str, Any]) -> str:
    outcomes = outcomes_of(
        read_rule(document),
        facts_of(record),
        tuple(facts_of_person(member) for member in record.members),
    )
    return "FAILS" if False in outcomes else "OPEN" if None in outcomes else "MEETS"


def _recount(record: HouseholdRecord, old: dict[str, Any], new: dict[str, Any], *, is_enrolled: bool) -> Counter[str]:
    before, after = _judge(record, old), _judge(record, new)
    persons = [facts_of_person(member) for member in record.members]
    costs = [amount_of(benefit, persons) for benefit in (read_benefit(old), read_benefit(new)) if benefit]
    return Counter(
        units=1,
        meets_before=before == "MEETS",
        meets_after=after == "MEETS",
        winners=before != "MEETS" and after == "MEETS",
        losers=before == "MEETS" and after == "FAILS",
        unsettled=before == "MEETS" and after == "OPEN",
        losers_enrolled=before == "MEETS" and after == "FAILS" and is_enrolled,
        undetermined_before=before == "OPEN",
        undetermined_after=after == "OPEN",
        unserved_before=before == "MEETS" and not is_enrolled,
        unserved_after=after == "MEETS" and not is_enrolled,
        cost_before=costs[0] if before == "MEETS" else 0,
        cost_after=costs[1] if after == "MEETS" else 0,
    )


def _cells(record: HouseholdRecord) -> list[tuple[str, str]]:
    known = [GRAVITY.index(member.disability) for member in record.members if member.disability]
    return [
        ("ALL", "ALL"),
        ("SEX", record.members[0].sex or "UNKNOWN"),
        ("DISABILITY", GRAVITY[max(known)] if known else "UNKNOWN"),
        ("DECILE", str(record.decile) if record.decile else "UNKNOWN"),
    ]


def _counted(effects: list[Effect]) -> dict[tuple[str, str], dict[str, int]]:
    names = Effect.__struct_fields__[3:]
    return {(e.dimension, e.value): {name: getattr(e, name) for name in names} for e in effects}


HOUSES = people(REGENCIES, HOUSEHOLDS, seed=2026)


@pytest.fixture(scope="session")
def template_of_people(server_url: str, template: str) -> str:
    """A database with these people and pools, made once."""

    async def fill(database: Database) -> None:
        await settle(database.jobs, HOUSES, DRAWING)
        await add_pools(database.jobs, POOLS)

    return filled_template(server_url, template, "people_template", fill)


@pytest.fixture
async def world(server_url: str, template_of_people: str) -> AsyncIterator[World]:
    author = Principal("author", Role.MINISTRY_ANALYST, SCOPES_OF_ROLE[Role.MINISTRY_ANALYST])
    async with fresh_copy(server_url, template_of_people) as url, open_database(url) as database:
        yield World(url, database, HOUSES, context_of(database, author, clock, {}))


async def _simulate(world: World, key: str = "s") -> RuleSimulation:
    begun = await simulation.start_simulation(world.author, STEP, key)
    return await simulation.continue_simulation(world.author, begun.simulation_id)


async def test_winners_losers_and_costs_are_those_of_a_plain_recount_by_every_dimension_and_region(
    world: World,
) -> None:
    await world.draft()
    found = await _simulate(world)
    assert (found.status, found.baseline_version, found.period, found.units) == ("DONE", 1, "2026", 3 * HOUSEHOLDS)
    for region in (None, *REGENCIES):
        impact = await simulation.find_impact(world.author, "PKH", 2, region)
        expected = world.effects(region)
        assert _counted(impact.effects) == {
            cell: {name: int(counts[name]) for name in Effect.__struct_fields__[3:]}
            for cell, counts in expected.items()
        }
    nation = world.effects()[("ALL", "ALL")]
    assert min(nation[name] for name in ("winners", "losers", "losers_enrolled", "unserved_after")) > 0
    assert nation["cost_after"] != nation["cost_before"]
    below = (await simulation.find_impact(world.author, "PKH", None, None)).below
    assert [(effect.region_code, effect.units) for effect in below] == [("35", 2 * HOUSEHOLDS), ("36", HOUSEHOLDS)]


async def test_slots_go_to_the_regency_first_and_what_it_lacks_is_wanted_above(world: World) -> None:
    await world.draft()
    await _simulate(world)
    wanted = {
        code: [world.effects(code)[("ALL", "ALL")][f"unserved_{side}"] for side in ("before", "after")]
        for code in REGENCIES
    }
    short = {code: [max(0, n - (POOLS.get(code) or 0)) for n in wanted[code]] for code in REGENCIES}
    java = [short["35.10"][n] + short["35.09"][n] for n in range(2)]
    short["35"], wanted["35"] = [max(0, n - 2) for n in java], java
    wanted["36"] = short["36"] = short["36.71"]
    wanted[""] = [short["35"][n] + short["36"][n] for n in range(2)]
    slots = {slot.region_code: slot for slot in await store.list_slots(world.database.jobs, 1, "35")}
    slots |= {slot.region_code: slot for slot in await store.list_slots(world.database.jobs, 1, "")}
    for code in ("", "35", "36", "35.10", "35.09"):
        available = POOLS.get(code or None, 0)
        slot = slots[code]
        assert (slot.available, [slot.wanted_before, slot.wanted_after]) == (available, wanted[code])
        assert [slot.left_before, slot.left_after] == [max(0, available - n) for n in wanted[code]]
        assert [slot.short_before, slot.short_after] == [max(0, n - available) for n in wanted[code]]
    assert wanted["35.10"][0] > 3


async def test_overlaps_count_who_meets_a_version_beside_another_programme(world: World) -> None:
    await world.draft()
    await _simulate(world)
    drawn = Counter[str]()
    for records in world.households.values():
        for record in records:
            if "SEMBAKO" in record.assistance:
                drawn["before"] += _judge(record, with_deciles("PKH", [1, 4])) == "MEETS"
                drawn["after"] += _judge(record, new_rule()) == "MEETS"
    overlaps = {o.programme_code: o for o in (await simulation.find_impact(world.author, "PKH", 2, None)).overlaps}
    assert (overlaps["SEMBAKO"].enrolled_before, overlaps["SEMBAKO"].enrolled_after) == (
        drawn["before"],
        drawn["after"],
    )
    assert drawn["before"] > 5


async def test_no_verdict_pool_or_match_is_touched(world: World) -> None:
    def rows(table: str) -> str:
        return f"select md5(string_agg(t::text, '' order by t::text)) from {table} t"

    tables = ("verdict", "coverage", "pool_balance", "slot_ledger", "enrolment", "person", "household")
    before = [await world.fetch(rows(table)) for table in tables]
    await world.draft()
    await _simulate(world)
    assert [await world.fetch(rows(table)) for table in tables] == before
    assert (await world.fetch("select count(*) from match"))[0] == (0,)


async def test_equal_input_gives_an_equal_report_and_digest_and_other_input_another(world: World) -> None:
    await world.draft()
    report = (
        "select regency_code, dimension, value, winners, losers, cost_after from rule_simulation_effect"
        " where simulation_id = {} order by 1, 2, 3"
    )
    one, two = await _simulate(world, "1"), await _simulate(world, "2")
    assert one.simulation_id != two.simulation_id
    assert one.input_digest == two.input_digest
    assert await world.fetch(report.format(1)) == await world.fetch(report.format(2))
    await add_pools(world.database.jobs, {"31.71": 1})
    three = await _simulate(world, "3")
    await world.fetch("update household set decile = 10 where source_record_id = 'h7' and regency_code = '35.09'")
    four = await _simulate(world, "4")
    assert len({found.input_digest for found in (one, three, four)}) == 3


async def test_a_simulation_that_was_killed_goes_on_where_it_was(world: World) -> None:
    await world.draft()
    begun = await simulation.start_simulation(world.author, STEP, "s")
    assert (await simulation.start_simulation(world.author, STEP, "other")).simulation_id == begun.simulation_id
    seen: list[tuple[int, int]] = []

    class Killed(Exception):
        pass

    def die(done: int, total: int) -> None:
        seen.append((done, total))
        raise Killed

    with pytest.raises(Killed):
        await simulation.continue_simulation(world.author, begun.simulation_id, die, households=1)
    halfway = (await store.find_simulations(world.database.jobs, [begun.simulation_id]))[0]
    assert halfway is not None
    assert (halfway.status, halfway.regencies_done, halfway.input_digest) == ("RUNNING", 1, None)
    with pytest.raises(NotFound):
        await simulation.find_impact(world.author, "PKH", 2, None)
    async with open_database(world.url) as again:
        other = context_of(again, world.author.principal, clock, {})
        done = await simulation.continue_simulation(
            other, begun.simulation_id, lambda *told: seen.append(told), households=HOUSEHOLDS
        )
    assert seen == [(1, 3), (2, 3), (3, 3)]
    whole = await _simulate(world, "whole")
    assert done.input_digest == whole.input_digest
    assert done.simulation_id != whole.simulation_id


async def test_two_workers_at_once_do_each_regency_once(world: World) -> None:
    await world.draft()
    begun = await simulation.start_simulation(world.author, STEP, "s")
    async with world.database.jobs.transaction() as holder:
        async with holder.connection() as connection:
            await connection.fetch(
                "select pg_try_advisory_xact_lock(hashtextextended('rule_simulation', $1))", begun.simulation_id
            )
        with pytest.raises(Conflict, match="is under way"):
            await simulation.continue_simulation(world.author, begun.simulation_id)
    assert (await simulation.continue_simulation(world.author, begun.simulation_id)).regencies_done == 3


async def test_a_version_that_was_changed_meanwhile_is_not_simulated_on(world: World) -> None:
    await world.draft()
    begun = await simulation.start_simulation(world.author, STEP, "s")
    document = msgspec.json.encode({"rule": with_deciles("PKH", [1, 9])}).decode()
    await rule_sets.draft_rule(world.author, RuleDraft("PKH", 2, document, "wider"), "change")
    with pytest.raises(Conflict, match="was changed since simulation 1 began"):
        await simulation.continue_simulation(world.author, begun.simulation_id)


class Noting(JobSession):
    """A jobs' session that notes every statement."""

    def __init__(self, pool: Pool, noted: list[str]) -> None:
        super().__init__(pool)
        self._noted = noted

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with super().connection() as connection:
            with connection.query_logger(lambda record: self._noted.append(record.query)):
                yield connection


async def test_the_number_of_statements_does_not_grow_with_the_households(world: World) -> None:
    await world.draft()
    async with open_database(world.url, connections=1) as database:
        await _count_statements(world, database, "the driver asks about types once")
        many = await _count_statements(world, database, "many")
        await world.fetch("update household set removed_at = now() where source_record_id <> 'h1'")
        few = await _count_statements(world, database, "few")
    assert (many[0], few[0]) == (3 * HOUSEHOLDS, 3)
    assert many[1] == few[1]
    assert many[1] <= 45


async def _count_statements(world: World, database: Database, key: str) -> tuple[int, int]:
    noted: list[str] = []
    ctx = structs.replace(world.author, jobs=Noting(database.jobs._pool, noted))
    begun = await simulation.start_simulation(ctx, STEP, key)
    found = await simulation.continue_simulation(ctx, begun.simulation_id)
    return found.units, len(noted)


async def test_a_draft_and_a_version_that_is_decided_cannot_be_simulated(world: World) -> None:
    document = msgspec.json.encode({"rule": new_rule()}).decode()
    await rule_sets.draft_rule(world.author, RuleDraft("PKH", None, document, "test"), "d")
    with pytest.raises(
        Conflict, match="rule PKH/2 is DRAFT and cannot be simulated: that takes VALIDATED or SIMULATED"
    ):
        await simulation.start_simulation(world.author, STEP, "s")
    with pytest.raises(NotFound, match="PKH has no rule of version 7"):
        await simulation.start_simulation(world.author, RuleStep("PKH", 7, "test"), "s")


async def test_a_rule_without_amounts_has_no_cost(world: World) -> None:
    rule = new_rule()
    del rule["components"], rule["max_counted_members"]
    await world.draft(rule)
    await _simulate(world)
    total = (await simulation.find_impact(world.author, "PKH", 2, None)).effects[0]
    assert total.cost_after is None
    assert total.cost_before == world.effects()[("ALL", "ALL")]["cost_before"]


async def test_the_report_goes_into_a_file_without_anything_of_a_person(world: World, tmp_path: Path) -> None:
    await world.draft()
    found = await _simulate(world)
    effects = await store.list_all_effects(world.database.jobs, found.simulation_id)
    write_parquet(tmp_path / "report.parquet", found, effects)
    table = pq.read_table(tmp_path / "report.parquet")
    assert table.column_names == ["regency_code", *Effect.__struct_fields__[1:]]
    assert table.schema.metadata[b"input_digest"].decode() == found.input_digest
    total = [row for row in table.to_pylist() if row["dimension"] == "ALL"]
    assert {row["regency_code"]: row["winners"] for row in total} == {
        code: world.effects(code)[("ALL", "ALL")]["winners"] for code in REGENCIES
    }


def _effect(dimension: str, value: str, winners: int, units: int = 100) -> Effect:
    counts = dict.fromkeys(Effect.__struct_fields__[3:], 0)
    return Effect("35.10", dimension, value, **{**counts, "units": units, "winners": winners, "cost_after": 7})


def test_callers_outside_the_ministry_are_not_told_of_a_few_people_nor_can_they_find_out() -> None:
    cells = [
        _effect("ALL", "ALL", 30),
        _effect("SEX", "FEMALE", 3),
        _effect("SEX", "MALE", 27),
        _effect("DECILE", "1", 30),
    ]
    shown = simulation.reduced(cells)
    assert [(e.value, e.winners, e.cost_after) for e in shown] == [
        ("ALL", 30, 7),
        ("FEMALE", None, None),
        ("MALE", None, None),
        ("1", 30, 7),
    ]
