"""What the database holds of the life of a rule set, whatever statement comes along."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from hub.domain.rule_sets import EDITABLE, RULE_TRANSITIONS, RuleStatus
from hub.store.database import Database, Session
from hub.store.reference_loader import load_reference, shipped_programmes
from hub.store.rule_sets import Document, Hand, add_draft, find_rule_sets, list_history

REFUSED = asyncpg.IntegrityConstraintViolationError
NOW = datetime(2026, 7, 1, tzinfo=UTC)
S = RuleStatus
WAY = [S.DRAFT, S.VALIDATED, S.SIMULATED, S.APPROVED, S.PUBLISHED, S.RETIRED]


@dataclass
class Bench:
    """SEMBAKO/2 and statements upon it."""

    session: Session

    async def execute(self, statement: str) -> None:
        """In a savepoint, so that a refusal leaves the rest."""
        async with self.session.transaction() as within, within.connection() as connection:
            await connection.execute(statement)

    async def move(self, to: RuleStatus, extra: str = "", actor: str = "author") -> None:
        also = {
            S.SIMULATED: ", simulation_id = (select max(simulation_id) from rule_simulation)",
            S.APPROVED: f", approved_by = '{actor}'",
            S.PUBLISHED: ", effective_from = '2027-01-01'",
        }.get(to, "")
        await self.execute(
            f"update programme_rule set status = '{to}', moved_by = '{actor}', moved_at = '{NOW}', reason = 'test'"
            f"{extra or also} where programme_code = 'SEMBAKO' and version = 2"
        )

    async def walk_to(self, status: RuleStatus) -> None:
        if status is S.RETIRED:
            return await self.move(S.RETIRED)
        for step in WAY[1 : WAY.index(status) + 1]:
            if step is S.SIMULATED:
                await self.simulation()
            if step is S.PUBLISHED:
                await self.make_room()
            await self.move(step, actor="approver" if step is S.APPROVED else "author")
        return None

    async def simulation(self, revision: int = 1, status: str = "DONE") -> None:
        done = f"'x', '{NOW}'" if status == "DONE" else "null, null"
        await self.execute(
            "insert into rule_simulation (programme_code, version, revision, as_of, status, regencies, created_by, created_at,"
            f" input_digest, finished_at) values ('SEMBAKO', 2, {revision}, '2026-07-01', '{status}', 0, 'x', '{NOW}', {done})"
        )

    async def make_room(self, day: str = "2027-01-01") -> None:
        await self.execute(
            f"update programme_rule set effective_to = '{day}', moved_at = '{NOW}'"
            " where programme_code = 'SEMBAKO' and version = 1"
        )

    async def status(self) -> str:
        found = (await find_rule_sets(self.session, [("SEMBAKO", 2)]))[0]
        assert found is not None
        return found.status


@pytest.fixture
async def bench(session: Session) -> AsyncIterator[Bench]:
    """A draft of SEMBAKO beside the version in force."""
    await add_draft(session, "SEMBAKO", Document({"unit": "HOUSEHOLD"}, []), Hand("author", NOW, "new"))
    return Bench(session)


async def test_the_table_of_transitions_is_the_one_of_the_domain(session: Session) -> None:
    async with session.connection() as connection:
        rows = await connection.fetch("select from_status, to_status from rule_transition")
    assert {tuple(row) for row in rows} == {
        (status.value, to.value) for status, targets in RULE_TRANSITIONS.items() for to in targets
    }


PAIRS = [(status, to) for status in RuleStatus for to in RuleStatus if status is not to]


@pytest.mark.parametrize(("status", "to"), PAIRS, ids=[f"{status}-{to}" for status, to in PAIRS])
async def test_every_move_is_allowed_or_refused_with_its_reason_as_the_table_says(
    bench: Bench, status: RuleStatus, to: RuleStatus
) -> None:
    await bench.walk_to(status)
    if to is S.SIMULATED:
        await bench.simulation()
    if to is S.PUBLISHED and status is not S.RETIRED:
        await bench.make_room()
    if to in RULE_TRANSITIONS.get(status, ()):
        await bench.move(to, actor="approver" if to is S.APPROVED else "author")
        assert await bench.status() == to
    else:
        with pytest.raises(REFUSED, match=f"rule SEMBAKO version 2 cannot move from {status} to {to}"):
            await bench.move(to, actor="approver")
        assert await bench.status() == status


@pytest.mark.parametrize("status", list(RuleStatus))
async def test_a_document_changes_only_into_a_draft_and_takes_what_was_found_with_it(
    bench: Bench, status: RuleStatus
) -> None:
    await bench.walk_to(status)
    change = "update programme_rule set rule = '{}', moved_by = 'author' "
    where = " where programme_code = 'SEMBAKO' and version = 2"
    if status is not S.DRAFT:
        with pytest.raises(REFUSED, match="changes only as DRAFT"):
            await bench.execute(change + where)
    if status in EDITABLE:
        await bench.execute(change.replace("set ", "set status = 'DRAFT', ") + where)
        found = (await find_rule_sets(bench.session, [("SEMBAKO", 2)]))[0]
        assert found is not None
        assert (found.status, found.revision, found.simulation_id, found.approved_by) == ("DRAFT", 2, None, None)


async def test_a_simulation_of_another_revision_or_one_that_is_not_finished_does_not_count(bench: Bench) -> None:
    await bench.move(S.VALIDATED)
    for revision, status in ((2, "DONE"), (1, "RUNNING")):
        await bench.simulation(revision, status)
        with pytest.raises(REFUSED, match="has no finished simulation of this revision"):
            await bench.move(S.SIMULATED)
    with pytest.raises(REFUSED, match="has no finished simulation"):
        await bench.move(S.SIMULATED, extra=" ")


@pytest.mark.parametrize("author", ["author", "editor"])
async def test_nobody_who_wrote_a_word_of_it_approves_it(bench: Bench, author: str) -> None:
    await bench.execute("update programme_rule set examples = '[1]', moved_by = 'editor' where version = 2")
    await bench.move(S.VALIDATED)
    await bench.simulation(revision=2)
    await bench.move(S.SIMULATED)
    with pytest.raises(REFUSED, match=f"was written by {author}: somebody else has to approve it"):
        await bench.move(S.APPROVED, actor=author)
    with pytest.raises(REFUSED):
        await bench.move(S.APPROVED, extra=", approved_by = 'approver'", actor=author)
    with pytest.raises(REFUSED, match="rule_was_approved"):
        await bench.move(S.APPROVED, extra=" ", actor="approver")
    await bench.move(S.APPROVED, actor="approver")


async def test_it_is_published_from_a_day_that_has_not_passed(bench: Bench) -> None:
    await bench.walk_to(S.APPROVED)
    await bench.make_room("2026-07-01")
    with pytest.raises(REFUSED, match="cannot count from 2026-06-30: the day has passed"):
        await bench.move(S.PUBLISHED, ", effective_from = '2026-06-30'")
    with pytest.raises(REFUSED, match="rule_counts_from_a_day"):
        await bench.move(S.PUBLISHED, " ")
    await bench.move(S.PUBLISHED, ", effective_from = '2026-07-01'")
    with pytest.raises(REFUSED, match="what it rests on stays"):
        await bench.move(S.PUBLISHED, ", effective_from = '2027-07-01'")


async def test_one_version_counts_on_a_day(bench: Bench) -> None:
    await bench.walk_to(S.APPROVED)
    with pytest.raises(REFUSED, match="would count beside version 1, which counts from 2025-01-01 to further notice"):
        await bench.move(S.PUBLISHED)
    await bench.make_room("2027-01-02")
    with pytest.raises(REFUSED, match="would count beside version 1, which counts from 2025-01-01 to 2027-01-02"):
        await bench.move(S.PUBLISHED)
    await bench.make_room("2027-01-01")
    await bench.move(S.PUBLISHED)
    with pytest.raises(REFUSED, match="would count beside version 2"):
        await bench.make_room("2027-06-01")


async def test_the_past_of_a_version_stays_as_it_was(bench: Bench) -> None:
    with pytest.raises(REFUSED, match="the past stays as it was"):
        await bench.make_room("2026-06-30")


async def test_a_version_begins_as_a_draft_and_keeps_its_author(bench: Bench) -> None:
    with pytest.raises(REFUSED, match="begins as DRAFT with revision 1, not as APPROVED"):
        await bench.execute(
            "insert into programme_rule (programme_code, version, status, origin, rule, drafted_by, moved_by, moved_at, reason,"
            " approved_by, simulation_id) values ('PKH', 9, 'APPROVED', 'AUTHORED', '{}', 'x', 'x', now(), 'x', 'y', null)"
        )
    with pytest.raises(REFUSED, match="keeps its name, origin and author"):
        await bench.execute("update programme_rule set drafted_by = 'another' where version = 2")
    for statement in ("delete from programme_rule", "truncate programme_rule cascade"):
        with pytest.raises(REFUSED, match="only grows"):
            await bench.execute(statement)


async def test_every_change_leaves_a_line_and_no_line_goes(bench: Bench) -> None:
    await bench.walk_to(S.APPROVED)
    await bench.execute(
        "update programme_rule set status = 'DRAFT', rule = '{}', moved_by = 'editor', reason = 'again' where version = 2"
    )
    history = (await list_history(bench.session, [("SEMBAKO", 2)]))[0]
    assert [(move.from_status, move.to_status, move.revision, move.actor, move.is_written) for move in history] == [
        (None, "DRAFT", 1, "author", True),
        ("DRAFT", "VALIDATED", 1, "author", False),
        ("VALIDATED", "SIMULATED", 1, "author", False),
        ("SIMULATED", "APPROVED", 1, "approver", False),
        ("APPROVED", "DRAFT", 2, "editor", True),
    ]
    assert [(move.reason, move.moved_at) for move in history[:2]] == [("new", NOW), ("test", NOW)]
    for statement in ("update rule_history set actor = 'x'", "delete from rule_history", "truncate rule_history"):
        with pytest.raises(REFUSED, match="rule_history only grows"):
            await bench.execute(statement)


async def test_of_two_that_are_published_at_once_one_waits_and_is_refused(database: Database) -> None:
    jobs = database.jobs
    for number in (2, 3):
        await add_draft(jobs, "SEMBAKO", Document({"unit": "HOUSEHOLD"}, []), Hand("author", NOW, "new"))
        async with jobs.connection() as connection:
            await connection.execute(
                "insert into rule_simulation (programme_code, version, revision, as_of, status, regencies, created_by,"
                " created_at, input_digest, finished_at)"
                f" values ('SEMBAKO', {number}, 1, '2026-07-01', 'DONE', 0, 'x', now(), 'x', now())"
            )
            for extra in (
                "'VALIDATED'",
                "'SIMULATED', simulation_id = (select max(simulation_id) from rule_simulation)",
            ):
                await connection.execute(f"update programme_rule set status = {extra} where version = {number}")
            await connection.execute(
                "update programme_rule set status = 'APPROVED', moved_by = 'b', approved_by = 'b' where version = $1",
                number,
            )
    publish = (
        "update programme_rule set status = 'PUBLISHED', effective_from = '2027-01-01', moved_at = $1"
        " where programme_code = 'SEMBAKO' and version = $2"
    )
    async with jobs.connection() as connection:
        await connection.execute(
            "update programme_rule set effective_to = '2027-01-01', moved_at = $1"
            " where programme_code = 'SEMBAKO' and version = 1",
            NOW,
        )
    async with jobs.connection() as one, jobs.connection() as other:
        first = one.transaction()
        await first.start()
        await one.execute(publish, NOW, 2)
        second = asyncio.create_task(other.execute(publish, NOW, 3))
        await _until_it_waits(database)
        assert not second.done()
        await first.commit()
        with pytest.raises(REFUSED, match="rule SEMBAKO version 3 would count beside version 2, which"):
            await second


async def _until_it_waits(database: Database) -> None:
    async with asyncio.timeout(30), database.jobs.connection() as connection:
        waiting = "select count(*) from pg_locks where not granted"
        while not await connection.fetchval(waiting):
            await asyncio.sleep(0.01)


class TestARuleOfARelease:
    """A shipped rule that changed reaches a database that has the one before."""

    @pytest.fixture
    def changed(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
        """The next release: SEMBAKO up to decile 6."""
        programmes = shipped_programmes()
        rule = next(p for p in programmes if p.programme_code == "SEMBAKO").rule
        rule["requirements"][0]["expression"]["value"] = [1, 6]
        monkeypatch.setattr("hub.store.reference_loader.shipped_programmes", lambda: programmes)
        return rule

    async def test_it_counts_from_today_and_the_one_before_until_then(
        self, session: Session, changed: dict[str, object]
    ) -> None:
        for _ in range(2):
            await load_reference(session)
        today = await _today(session)
        old, new, none = await find_rule_sets(session, [("SEMBAKO", 1), ("SEMBAKO", 2), ("SEMBAKO", 3)])
        assert old is not None
        assert new is not None
        assert none is None
        assert (old.status, old.effective_to, new.status, new.effective_from) == (
            "PUBLISHED",
            today,
            "PUBLISHED",
            today,
        )
        assert new.rule == changed

    async def test_where_the_ministry_published_its_own_it_comes_as_a_draft_once(
        self, bench: Bench, changed: dict[str, object]
    ) -> None:
        await bench.walk_to(S.PUBLISHED)
        for _ in range(2):
            await load_reference(bench.session)
        own, shipped, none = await find_rule_sets(bench.session, [("SEMBAKO", 2), ("SEMBAKO", 3), ("SEMBAKO", 4)])
        assert own is not None
        assert shipped is not None
        assert none is None
        assert (own.status, own.effective_to, shipped.status, shipped.origin) == ("PUBLISHED", None, "DRAFT", "SHIPPED")
        assert shipped.rule == changed

    async def test_a_second_change_on_the_same_day_counts_from_the_next(
        self, session: Session, changed: dict[str, object]
    ) -> None:
        await load_reference(session)
        changed["requirements"][0]["expression"]["value"] = [1, 7]
        await load_reference(session)
        found = (await find_rule_sets(session, [("SEMBAKO", 3)]))[0]
        assert found is not None
        assert found.effective_from == await _today(session) + timedelta(days=1)


async def _today(session: Session) -> date:
    async with session.connection() as connection:
        day: date = await connection.fetchval("select (now() at time zone 'UTC')::date")
    return day
