"""PIP: a living pupil of 6 to 21 in SD, SMP or SMA, of decile 1 to 4 or in a household that draws PKH."""

import sys
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))
from bench import OWN, Row, judge_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

F, M = "FAIL", "MISSING"
PUPIL = {"birth_date": date(2014, 1, 1), "school_level": "SD", "is_enrolled_in_school": True}
DRAWS_PKH = [{"programme_code": "PKH", "nik": None, "kk_number": OWN}]


def pupil(**details):
    return PUPIL | details


ROWS = [
    Row("a pupil of 12", "ELIGIBLE", person=PUPIL),
    Row("6 today", "ELIGIBLE", person=pupil(birth_date=date(2020, 7, 1))),
    Row("last day of being 5", "NOT_ELIGIBLE", {"age": F}, person=pupil(birth_date=date(2020, 7, 2))),
    Row("last day of being 21", "ELIGIBLE", person=pupil(birth_date=date(2004, 7, 2), school_level="SMA")),
    Row("22 today", "NOT_ELIGIBLE", {"age": F}, person=pupil(birth_date=date(2004, 7, 1))),
    Row("born on 29 February, 22 since", "NOT_ELIGIBLE", {"age": F}, person=pupil(birth_date=date(2004, 2, 29))),
    Row("age not known", "UNKNOWN", {"age": M}, person=pupil(birth_date=None)),
    Row("dead", "NOT_ELIGIBLE", {"alive": F}, person=pupil(vital_status="DECEASED")),
    Row("at university", "NOT_ELIGIBLE", {"pupil": F}, person=pupil(school_level="HIGHER")),
    Row("left school", "NOT_ELIGIBLE", {"pupil": F}, person=pupil(is_enrolled_in_school=False)),
    Row("left an unknown school", "NOT_ELIGIBLE", {"pupil": F}, person=pupil(is_enrolled_in_school=False, school_level=None)),
    Row("school not known", "UNKNOWN", {"pupil": M}, person=pupil(school_level=None)),
    Row("decile 4", "ELIGIBLE", household={"decile": 4}, person=PUPIL),
    Row("decile 5, no PKH", "NOT_ELIGIBLE", {"need": F}, {"decile": 5}, PUPIL),
    Row("decile 9, draws PKH", "ELIGIBLE", household={"decile": 9}, person=PUPIL, roster=DRAWS_PKH),
    Row("no decile, draws PKH", "ELIGIBLE", household={"decile": None}, person=PUPIL, roster=DRAWS_PKH),
    Row("no decile, no PKH", "UNKNOWN", {"need": M}, {"decile": None}, PUPIL),
    Row("decile 5, no number to find PKH by", "UNKNOWN", {"need": M}, {"decile": 5, "kk_number": None}, pupil(nik=None)),
    Row("decile 2, no NIK", "ELIGIBLE", household={"decile": 2, "kk_number": None}, person=pupil(nik=None)),
    Row("draws it", "ALREADY_ENROLLED", person=pupil(assistance=("PIP",))),
    Row("a sister draws it", "ELIGIBLE", person=PUPIL, others=[pupil(assistance=("PIP",))]),
    Row("a policeman who is a pupil", "EXCLUDED", {"occupation": F}, person=pupil(occupation_class="POLICE")),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged(session):
    return await judge_rows(session, "PIP", ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.given)
async def test_verdict_and_clauses_are_as_in_the_table(judged, row):
    found = judged[row.given]
    assert {c.code: c.outcome.value for c in found.live.explanation if c.outcome.value != "PASS"} == row.outcomes
    assert (found.live.status.value, found.recorded) == (row.verdict, row.verdict)
