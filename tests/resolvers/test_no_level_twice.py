"""Random histories with passes of the job in between, through the database: no level is told twice, and none is taken back."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.store.clocks import list_clocks, list_escalations
from hub.store.database import Session, Transaction, open_database
from resolvers.escalation import escalate_due
from tests.resolvers.clocked_cases import fetch, happen, line, open_case_file

RECEIVED = datetime(2026, 2, 2, 1, tzinfo=UTC)
WORDS = (
    "TRIAGED", "ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "RESOLVED", "CLOSED", "REOPENED", "DUPLICATE", "REJECTED",
    "ACKNOWLEDGED", "PASS", "PASS", "PASS",
)  # fmt: skip
steps = st.lists(st.tuples(st.integers(1, 20_000), st.sampled_from(WORDS), st.integers(-2_000, 2_000)), max_size=15)


class Bench:
    """One connection whose changes are taken back after each history."""

    def __init__(self, runner: asyncio.Runner, session: Session) -> None:
        self._runner = runner
        self._session = session

    def check(self, history: list[tuple[int, str, int]]) -> None:
        self._runner.run(self._check(history))

    async def _check(self, history: list[tuple[int, str, int]]) -> None:
        async with self._session.connection() as connection:
            savepoint = connection.transaction()
            await savepoint.start()
            try:
                await live(self._session, history)
            finally:
                await savepoint.rollback()


async def live(session: Session, history: list[tuple[int, str, int]]) -> None:
    await open_case_file(session, 1, RECEIVED, resolution_class="INFORMATION")
    now, told = RECEIVED, set[tuple[str, str, datetime]]()
    for number, (minutes, word, off) in enumerate(history):
        now += timedelta(minutes=minutes)
        if word == "PASS":
            raised = await escalate_due(session, lambda at=now: at)
            [levels] = await list_escalations(session, [1])
            after = {(one.kind, one.level, one.escalated_at) for one in levels}
            assert told <= after
            assert len(after) == len(told) + raised == len({(kind, level) for kind, level, _ in after})
            assert await escalate_due(session, lambda at=now: at) == 0
            told = after
        else:
            await happen(session, [line(1, now + timedelta(minutes=off), word, f"line/{number}")], now)
    [clocks] = await list_clocks(session, [1])
    keys = await fetch(session, "select event_key from case_event where field_group = 'ESCALATION'")
    assert sorted(key for (key,) in keys) == sorted(f"escalation/{kind}/{level}" for kind, level, _ in told)
    assert [clock.kind for clock in clocks] == ["FIRST_RESPONSE", "RESOLUTION"]


@pytest.fixture(scope="module")
def bench(server_url: str, template: str) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        admin = runner.run(asyncpg.connect(server_url))
        runner.run(admin.execute(f"create database hub_histories template {template}"))
        opened = open_database(server_url.replace("/postgres?", "/hub_histories?"), connections=1)
        database = runner.run(opened.__aenter__())
        leased = database.jobs.connection()
        connection = runner.run(leased.__aenter__())
        transaction = connection.transaction()
        runner.run(transaction.start())
        yield Bench(runner, Transaction(connection))
        runner.run(transaction.rollback())
        runner.run(leased.__aexit__(None, None, None))
        runner.run(opened.__aexit__(None, None, None))
        runner.run(admin.execute("drop database hub_histories with (force)"))
        runner.run(admin.close())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_no_level_is_told_twice_whatever_happens(bench: Bench, history: list[tuple[int, str, int]]) -> None:
    bench.check(history)
