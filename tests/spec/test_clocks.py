"""Every row of the table of clocks through the database: history, clocks beside the case files, passes of the escalation job."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime

import pytest

from hub.domain.clocks import SlaTerms, clock_state
from hub.store.clocks import list_clocks, list_escalations
from hub.store.database import Session
from resolvers.escalation import escalate_due
from tests.resolvers.clocked_cases import execute, fetch, happen, line, open_case_file
from tests.spec.clock_table import Row, rows

pytestmark = pytest.mark.asyncio(loop_scope="module")
REGENCY = {"WIB": "35.10", "WITA": "51.03", "WIT": "91.03"}
COLUMNS = ", ".join(SlaTerms.__dataclass_fields__)


async def prepare(session: Session, row: Row) -> int:
    code = REGENCY[row.zone.value]
    for day in row.regional_days_off:
        await execute(
            session, "insert into day_off values ($1, $2, 'REGIONAL', 'x', 'x')", code, date.fromisoformat(day)
        )
    if row.policy:
        [shipped] = await fetch(session, f"select {COLUMNS} from sla_policy where regency_code is null")
        values = dict(zip(COLUMNS.split(", "), shipped, strict=True)) | row.policy
        places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
        await execute(
            session,
            f"insert into sla_policy (regency_code, {COLUMNS}, version, valid_from, reason, set_by, set_at)"
            f" values ($1, {places}, 1, '2026-01-01', 'x', 'x', '2026-01-01')",
            code,
            *values.values(),
        )
    return await open_case_file(session, 1, row.received, regency_code=code, resolution_class=row.resolution_class)


async def standing(session: Session, now: datetime) -> tuple[str, str, frozenset[str]]:
    [[response, end]] = await list_clocks(session, [1])
    [told] = await list_escalations(session, [1])
    states = [clock_state(clock.outcome, clock.at_risk_at, clock.due_at, now) for clock in (response, end)]
    return states[0], states[1], frozenset(f"{one.kind}/{one.level}" for one in told)


@asynccontextmanager
async def taken_back(session: Session) -> AsyncIterator[None]:
    async with session.connection() as connection:
        savepoint = connection.transaction()
        await savepoint.start()
        try:
            yield
        finally:
            await savepoint.rollback()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.given)
async def test_every_row_comes_out_of_the_database_as_the_table_says(session: Session, row: Row) -> None:
    async with taken_back(session):
        await prepare(session, row)
        waiting = list(enumerate(row.history))
        for moment in row.asked:
            while waiting and waiting[0][1].recorded <= moment.at:
                number, one = waiting.pop(0)
                await happen(session, [line(1, one.at, one.line, f"line/{number}")], one.recorded)
            await escalate_due(session, lambda at=moment.at: at)
            assert await standing(session, moment.at) == (moment.response, moment.resolution, moment.told), moment.at
        for number, one in waiting:
            await happen(session, [line(1, one.at, one.line, f"line/{number}")], one.recorded)
        [kept] = await list_clocks(session, [1])
        assert [clock.due_at for clock in kept] == [row.response_due, row.resolution_due]
