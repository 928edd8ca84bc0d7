"""The benchmark of escalation, small: its made case files are as the job would have left them, and a pass tells what is due."""

from datetime import timedelta

from benchmarks.escalation.__main__ import RISEN_AT
from benchmarks.escalation.dataset import build
from hub.store.database import open_database
from resolvers.escalation import escalate_due
from tests.resolvers.clocked_cases import fetch


async def test_everything_had_risen_and_a_day_later_more_is_due(database_url: str) -> None:
    await build(database_url, 600)
    await build(database_url, 600)  # made once
    async with open_database(database_url) as database:
        due = "select count(*) from case_clock where next_threshold_at < $1"
        assert await fetch(database.jobs, due, RISEN_AT) == [(0,)]
        assert await fetch(database.jobs, "select count(*) from case_file") == [(600,)]
        before = await fetch(database.jobs, "select count(*) from escalation")
        told = await escalate_due(database.jobs, lambda: RISEN_AT + timedelta(days=1))
        after = await fetch(database.jobs, "select count(*) from escalation")
        assert told > 0
        assert after == [(before[0][0] + told,)]
