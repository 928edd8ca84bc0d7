"""SEMBAKO: a household of decile 1 to 5; the district says who draws it."""

import sys
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))
from bench import Row, judge_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

F, M = "FAIL", "MISSING"

ROWS = [
    Row("decile 1", "ELIGIBLE", household={"decile": 1}),
    Row("decile 5", "ELIGIBLE", household={"decile": 5}),
    Row("decile 6", "NOT_ELIGIBLE", {"decile": F}, household={"decile": 6}),
    Row("no decile", "UNKNOWN", {"decile": M}, household={"decile": None}),
    Row("neither family card nor NIK", "ELIGIBLE", household={"kk_number": None}, person={"nik": None}),
    Row("draws it", "ALREADY_ENROLLED", household={"assistance": ("SEMBAKO",)}),
    Row("draws it, decile 10", "ALREADY_ENROLLED", {"decile": F}, {"decile": 10, "assistance": ("SEMBAKO",)}),
    Row("a member is said to draw it", "ELIGIBLE", person={"assistance": ("SEMBAKO",)}),
    Row("a soldier in the house", "EXCLUDED", {"occupation": F}, others=[{"occupation_class": "MILITARY"}]),
    Row("no members known", "UNKNOWN", {"occupation": M}, has_members=False),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged(session):
    return await judge_rows(session, "SEMBAKO", ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.given)
async def test_verdict_and_clauses_are_as_in_the_table(judged, row):
    found = judged[row.given]
    assert {c.code: c.outcome.value for c in found.live.explanation if c.outcome.value != "PASS"} == row.outcomes
    assert (found.live.status.value, found.recorded) == (row.verdict, row.verdict)
