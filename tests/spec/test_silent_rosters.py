"""A roster that was never read says nothing: not "no cover", not "not enrolled". One that is stale still counts."""

import sys
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))
from bench import OWN, Row, judge_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHILD = {"birth_date": date(2014, 1, 1), "school_level": "SD", "is_enrolled_in_school": True}
M = "MISSING"
NEVER_READ = {
    "KIS_PBI": [
        Row("nothing is known of a cover", "UNKNOWN", {"no_other_cover": M}),
        Row("a cover is known already", "NOT_ELIGIBLE", {"no_other_cover": "FAIL"}, roster=[{"segment": "PPU"}]),
        Row("the card is known already", "ALREADY_ENROLLED", {"no_other_cover": M}, roster=[{"segment": "PBI"}]),
    ],
    "PKH": [
        Row("nothing is known of PKH", "UNKNOWN", {"roster_read": M}, person=CHILD),
        Row(
            "PKH is known already",
            "ALREADY_ENROLLED",
            {"roster_read": M},
            person=CHILD,
            roster=[{"programme_code": "PKH", "nik": None, "kk_number": OWN}],
        ),
    ],
    "PIP": [
        Row("decile 5, nothing is known of PKH", "UNKNOWN", {"need": M}, {"decile": 5}, CHILD),
        Row("decile 4", "ELIGIBLE", household={"decile": 4}, person=CHILD),
    ],
    "SEMBAKO": [Row("no roster counts", "ELIGIBLE")],
}


@pytest_asyncio.fixture(params=NEVER_READ, loop_scope="module")
async def programme(request, session):
    async with session.connection() as connection:
        savepoint = connection.transaction()
        await savepoint.start()
        yield request.param
        await savepoint.rollback()


async def test_a_roster_that_was_never_read_leaves_the_verdict_open(session, programme):
    rows = NEVER_READ[programme]
    judged = await judge_rows(session, programme, rows, drained=())
    for row in rows:
        found = judged[row.given]
        outcomes = {c.code: c.outcome.value for c in found.live.explanation if c.outcome.value != "PASS"}
        assert (row.given, found.live.status.value, found.recorded) == (row.given, row.verdict, row.verdict)
        assert outcomes == row.outcomes


async def test_a_roster_that_fails_after_it_was_read_is_stale_and_still_counts(session):
    async with session.connection() as connection:
        savepoint = connection.transaction()
        await savepoint.start()
        await connection.execute("update source set failed_at = now(), failure_code = 'SOURCE_RETRIABLE'")
        judged = await judge_rows(session, "KIS_PBI", [Row("read last week", "ELIGIBLE")])
        assert judged["read last week"].recorded == "ELIGIBLE"
        await savepoint.rollback()
