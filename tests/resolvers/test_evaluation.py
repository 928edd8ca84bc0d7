"""After a quarter's registry everybody is judged anew, and the report says exactly which verdicts changed and why."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.records import HouseholdRecord, PersonRecord
from hub.store import evaluation as store
from hub.store.batches import Batch, merge_batch
from hub.store.database import Database
from hub.store.rule_sets import Document, Hand, add_draft
from resolvers import evaluation
from resolvers.context import Context, context_of
from resolvers.matching import evaluate_all
from tests.resolvers.people import NOW, clock, kk_of, settle
from tests.schema.world import filled_template, fresh_world

OWN, OTHER = "35.10", "35.09"
PERSON = {
    "sex": "FEMALE",
    "birth_date": date(1950, 1, 1),
    "vital_status": "ALIVE",
    "is_pregnant": False,
    "school_level": "NONE",
    "is_enrolled_in_school": False,
    "disability": "NONE",
    "occupation_class": "FARMER",
}


def _house(number: int, decile: int | None, revision: int = 1, regency: str = OWN, **person: Any) -> HouseholdRecord:
    member = PersonRecord(source_record_id=f"p{number}", is_head=True, **{**PERSON, **person})
    return HouseholdRecord(
        source_record_id=f"h{number}",
        revision=revision,
        observed_at=NOW,
        region_code=f"{regency}.01.2001",
        kk_number=kk_of(regency, number),
        decile=decile,
        welfare_source="DTSEN",
        welfare_period=f"2026-{revision}",
        members=(member,),
    )


@dataclass
class World:
    """Eight households of an old woman each, five of them poor, in one regency, and one in another."""

    database: Database
    analyst: Context

    async def arrive(self, *records: HouseholdRecord, regency: str = OWN) -> None:
        async with self.database.jobs.transaction() as transaction:
            await merge_batch(transaction, Batch(regency, regency, "PULL", list(records), [], NOW))

    async def changes(self, evaluation_id: int) -> dict[tuple[str, str, str, str], int]:
        rows = await self._fetch(
            "select programme_code, regency_code, from_status, to_status, units from verdict_change where evaluation_id = $1",
            evaluation_id,
        )
        return {row[:4]: row[4] for row in rows}

    async def causes(self, evaluation_id: int, programme: str) -> set[tuple[Any, ...]]:
        return set(
            await self._fetch(
                "select from_status, to_status, cause, from_outcome, to_outcome, units from verdict_change_cause"
                " where evaluation_id = $1 and programme_code = $2",
                evaluation_id,
                programme,
            )
        )

    async def _fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.database.jobs.connection() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *values)]


@pytest.fixture(scope="session")
def template_of_old_women(server_url: str, template: str) -> str:
    async def fill(database: Database) -> None:
        own = [_house(n, decile) for n, decile in enumerate([1, 2, 3, 4, 4, 7, 7, None], start=1)]
        await settle(database.jobs, {OWN: own, OTHER: [_house(1, 1, regency=OTHER)]})

    return filled_template(server_url, template, "old_women_template", fill)


@pytest.fixture
async def world(server_url: str, template_of_old_women: str) -> AsyncIterator[World]:
    analyst = Principal("analyst", Role.MINISTRY_ANALYST, SCOPES_OF_ROLE[Role.MINISTRY_ANALYST])
    async with fresh_world(server_url, template_of_old_women) as database:
        yield World(database, context_of(database, analyst, clock, {}))


async def test_the_first_evaluation_says_that_all_came_into_the_registry(world: World) -> None:
    changes = {key: units for key, units in (await world.changes(1)).items() if key[0] == "PKH"}
    assert changes == {
        ("PKH", OWN, "ABSENT", "ELIGIBLE"): 5,
        ("PKH", OWN, "ABSENT", "NOT_ELIGIBLE"): 2,
        ("PKH", OWN, "ABSENT", "UNKNOWN"): 1,
        ("PKH", OTHER, "ABSENT", "ELIGIBLE"): 1,
    }
    assert ("ABSENT", "UNKNOWN", "REGISTRY", "ABSENT", "PRESENT", 1) in await world.causes(1, "PKH")


async def test_a_second_evaluation_of_the_same_registry_changes_nothing(world: World) -> None:
    again = await evaluate_all(world.database.jobs, clock)
    assert await world.changes(again) == {}
    [programmes] = await store.list_programmes_of(world.database.jobs, [again])
    assert [(p.programme_code, p.units_before, p.units_after, p.changed) for p in programmes] == [
        ("KIS_PBI", 9, 9, 0),
        ("PIP", 9, 9, 0),
        ("PKH", 9, 9, 0),
        ("SEMBAKO", 9, 9, 0),
    ]


async def test_the_new_quarter_tells_who_changed_from_what_to_what_and_because_of_which_clause(world: World) -> None:
    await world.arrive(
        _house(1, 6, revision=2),  # richer
        _house(2, 2, revision=2, birth_date=date(1980, 1, 1)),  # not old: no component
        _house(3, None, revision=2),  # decile no longer known
        _house(6, 3, revision=2),  # poorer
        _house(8, 9, revision=2),  # known now
        replace(_house(4, 4, revision=2), is_removed=True),
        _house(9, 2, revision=2, occupation_class="POLICE"),  # new
    )
    number = await evaluate_all(world.database.jobs, clock, "quarter")
    assert {key[1:]: units for key, units in (await world.changes(number)).items() if key[0] == "PKH"} == {
        (OWN, "ELIGIBLE", "NOT_ELIGIBLE"): 2,
        (OWN, "ELIGIBLE", "UNKNOWN"): 1,
        (OWN, "NOT_ELIGIBLE", "ELIGIBLE"): 1,
        (OWN, "UNKNOWN", "NOT_ELIGIBLE"): 1,
        (OWN, "ELIGIBLE", "ABSENT"): 1,
        (OWN, "ABSENT", "EXCLUDED"): 1,
    }
    assert await world.causes(number, "PKH") == {
        ("ELIGIBLE", "NOT_ELIGIBLE", "decile", "PASS", "FAIL", 1),
        ("ELIGIBLE", "NOT_ELIGIBLE", "component", "PASS", "FAIL", 1),
        ("ELIGIBLE", "UNKNOWN", "decile", "PASS", "MISSING", 1),
        ("NOT_ELIGIBLE", "ELIGIBLE", "decile", "FAIL", "PASS", 1),
        ("UNKNOWN", "NOT_ELIGIBLE", "decile", "MISSING", "FAIL", 1),
        ("ELIGIBLE", "ABSENT", "REGISTRY", "PRESENT", "ABSENT", 1),
        ("ABSENT", "EXCLUDED", "REGISTRY", "ABSENT", "PRESENT", 1),
    }
    [found] = await store.find_evaluations(world.database.jobs, [number])
    assert found is not None
    assert (found.started_by, found.welfare_periods, found.finished_at) == ("quarter", ["2026-1", "2026-2"], NOW)
    [programmes] = await store.list_programmes_of(world.database.jobs, [number])
    assert [(p.programme_code, p.units_before, p.units_after, p.changed) for p in programmes][2] == ("PKH", 9, 9, 7)


async def test_coming_onto_a_programme_is_told_as_enrolment(world: World) -> None:
    drawing = replace(_house(1, 1, revision=2), assistance=("SEMBAKO",))
    await world.arrive(drawing)
    number = await evaluate_all(world.database.jobs, clock)
    assert await world.changes(number) == {("SEMBAKO", OWN, "ELIGIBLE", "ALREADY_ENROLLED"): 1}
    assert await world.causes(number, "SEMBAKO") == {
        ("ELIGIBLE", "ALREADY_ENROLLED", "ENROLMENT", "NOT_ENROLLED", "ENROLLED", 1)
    }


async def _replace_rule(world: World, rule: dict[str, Any]) -> None:
    """SEMBAKO/2 takes the place of version 1 from today."""
    jobs = world.database.jobs
    await add_draft(jobs, "SEMBAKO", Document(rule, []), Hand("author", NOW, "test"))
    async with jobs.connection() as connection, connection.transaction():
        await connection.execute(
            "insert into rule_simulation (programme_code, version, revision, as_of, status, regencies, created_by, created_at,"
            " input_digest, finished_at) values ('SEMBAKO', 2, 1, '2026-07-01', 'DONE', 0, 'x', now(), 'x', now())"
        )
        for change in (
            "status = 'VALIDATED'",
            "status = 'SIMULATED', simulation_id = 1",
            "status = 'APPROVED', approved_by = 'b', moved_by = 'b'",
        ):
            await connection.execute(
                f"update programme_rule set {change} where programme_code = 'SEMBAKO' and version = 2"
            )
        await connection.execute(
            "update programme_rule set effective_to = '2026-07-01', moved_at = $1"
            " where programme_code = 'SEMBAKO' and version = 1",
            NOW,
        )
        await connection.execute(
            "update programme_rule set status = 'PUBLISHED', effective_from = '2026-07-01' where programme_code = 'SEMBAKO'"
            " and version = 2"
        )


async def test_another_version_of_a_rule_is_told_by_its_own_clauses(world: World) -> None:
    text = {"id": "Teks", "en": "Text"}
    clause = {
        "id": "poorest",
        "expression": {"field": "decile", "op": "lte", "value": 2},
        "label": text,
        "next_step": text,
    }
    await _replace_rule(world, {"unit": "HOUSEHOLD", "requirements": [clause]})
    number = await evaluate_all(world.database.jobs, clock)
    assert await world.changes(number) == {("SEMBAKO", OWN, "ELIGIBLE", "NOT_ELIGIBLE"): 3}
    assert await world.causes(number, "SEMBAKO") == {
        ("ELIGIBLE", "NOT_ELIGIBLE", "poorest", "ABSENT", "FAIL", 3),
        ("ELIGIBLE", "NOT_ELIGIBLE", "decile", "PASS", "ABSENT", 3),
        ("ELIGIBLE", "NOT_ELIGIBLE", "occupation", "PASS", "ABSENT", 3),
    }
    async with world.database.jobs.connection() as connection:
        status = await connection.fetchval(
            "select status from programme_rule where programme_code = 'SEMBAKO' and version = 1"
        )
    assert status == "RETIRED"


async def test_a_programme_without_a_rule_in_force_has_no_verdicts(world: World) -> None:
    async with world.database.jobs.connection() as connection:
        await connection.execute(
            "update programme_rule set effective_to = '2026-07-01', moved_at = $1 where programme_code = 'SEMBAKO'", NOW
        )
    number = await evaluate_all(world.database.jobs, clock)
    changes = await world.changes(number)
    assert {key[2:]: units for key, units in changes.items() if key[1] == OWN} == {
        ("ELIGIBLE", "ABSENT"): 5,
        ("NOT_ELIGIBLE", "ABSENT"): 2,
        ("UNKNOWN", "ABSENT"): 1,
    }
    assert ("UNKNOWN", "ABSENT", "RULE", "PRESENT", "ABSENT", 1) in await world.causes(number, "SEMBAKO")
    async with world.database.jobs.connection() as connection:
        assert await connection.fetchval("select count(*) from verdict where programme_code = 'SEMBAKO'") == 0


async def test_a_failure_on_the_way_keeps_what_was_done_and_leaves_the_evaluation_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.arrive(_house(1, 9, revision=2))
    real = store.evaluate_programme

    async def dies(*given: Any) -> None:
        await real(*given)
        if given[2].programme_code == "PIP":
            raise ConnectionError("gone")

    monkeypatch.setattr(evaluation.evaluation, "evaluate_programme", dies)
    with pytest.raises(ConnectionError):
        await evaluate_all(world.database.jobs, clock)
    monkeypatch.setattr(evaluation.evaluation, "evaluate_programme", real)
    [open_one] = await store.find_evaluations(world.database.jobs, [2])
    assert open_one is not None
    assert open_one.finished_at is None
    rest = await evaluate_all(world.database.jobs, clock)
    assert {key[0] for key in await world.changes(2)} == {"KIS_PBI"}
    assert {key[0] for key in await world.changes(rest)} == {"PKH", "SEMBAKO"}


async def test_a_district_reads_its_own_changes_and_none_of_a_few_people(world: World) -> None:
    officer = Principal("officer", Role.DISTRICT_OFFICER, SCOPES_OF_ROLE[Role.DISTRICT_OFFICER], OWN)
    ctx = context_of(world.database, officer, clock, {})
    page = await evaluation.list_changes(ctx, None, "PKH", None, (100, None))
    assert [(c.regency_code, c.to_status, c.units) for c in page.nodes] == [
        (OWN, "ELIGIBLE", 5),
        (OWN, "NOT_ELIGIBLE", None),
        (OWN, "UNKNOWN", None),
    ]
    causes = await evaluation.causes_of(ctx, [change.key for change in page.nodes])
    assert [[(cause.cause, cause.units) for cause in of_one] for of_one in causes] == [[("REGISTRY", 5)], [], []]
    whole = await evaluation.list_changes(world.analyst, None, "PKH", None, (2, None))
    assert [(c.regency_code, c.units) for c in whole.nodes] == [(OTHER, 1), (OWN, 5)]
    rest = await evaluation.list_changes(world.analyst, None, "PKH", None, (2, whole.page_info.end_cursor))
    assert [(c.to_status, c.units) for c in rest.nodes] == [("NOT_ELIGIBLE", 2), ("UNKNOWN", 1)]


async def test_a_later_day_counts_by_the_rule_of_that_day(world: World) -> None:
    async with world.database.jobs.connection() as connection:
        await connection.execute(
            "update programme_rule set effective_to = '2026-08-01', moved_at = $1 where programme_code = 'PIP'", NOW
        )
    assert await world.changes(await evaluate_all(world.database.jobs, clock)) == {}
    assert await store.find_last_day(world.database.jobs) == NOW.date()
    later = await evaluate_all(world.database.jobs, lambda: NOW + timedelta(days=31))
    assert await store.find_last_day(world.database.jobs) == NOW.date() + timedelta(days=31)
    assert {key[3] for key in await world.changes(later)} == {"ABSENT"}
