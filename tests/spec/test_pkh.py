"""PKH: a household of decile 1 to 4 with a component and an identity; the ages are full years on 1 July 2026."""

import sys
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))
from bench import OWN, Row, judge_rows, kk_of, nik_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

F, M = "FAIL", "MISSING"
NONE = {"component": F}
CHILD = {"birth_date": date(2024, 1, 1)}
POLICE = {"occupation_class": "POLICE"}
PKH = {"programme_code": "PKH"}


def pupil(level, *, goes=True):
    return {"school_level": level, "is_enrolled_in_school": goes}


ROWS = [
    Row("nobody of a component", "NOT_ELIGIBLE", NONE),
    Row("pregnant", "ELIGIBLE", person={"is_pregnant": True}),
    Row("pregnant, but dead", "NOT_ELIGIBLE", NONE, person={"is_pregnant": True, "vital_status": "DECEASED"}),
    Row("pregnancy not known", "UNKNOWN", {"component": M}, person={"is_pregnant": None}),
    Row("pregnancy not known, but another is a pupil", "ELIGIBLE", person={"is_pregnant": None}, others=[pupil("SD")]),
    Row("born today", "ELIGIBLE", person={"birth_date": date(2026, 7, 1)}),
    Row("not born yet", "NOT_ELIGIBLE", NONE, person={"birth_date": date(2027, 7, 2)}),
    Row("last day of being 6", "ELIGIBLE", person={"birth_date": date(2019, 7, 2)}),
    Row("7 today", "NOT_ELIGIBLE", NONE, person={"birth_date": date(2019, 7, 1)}),
    Row("age not known", "UNKNOWN", {"component": M}, person={"birth_date": None}),
    Row("goes to SD", "ELIGIBLE", person=pupil("SD")),
    Row("goes to SMP", "ELIGIBLE", person=pupil("SMP")),
    Row("goes to SMA", "ELIGIBLE", person=pupil("SMA")),
    Row("goes to university", "NOT_ELIGIBLE", NONE, person=pupil("HIGHER")),
    Row("left SMP", "NOT_ELIGIBLE", NONE, person=pupil("SMP", goes=False)),
    Row("goes to a school that is not known", "UNKNOWN", {"component": M}, person=pupil(None)),
    Row("severely disabled", "ELIGIBLE", person={"disability": "SEVERE"}),
    Row("mildly disabled", "NOT_ELIGIBLE", NONE, person={"disability": "MILD"}),
    Row("60 today", "ELIGIBLE", person={"birth_date": date(1966, 7, 1)}),
    Row("last day of being 59", "NOT_ELIGIBLE", NONE, person={"birth_date": date(1966, 7, 2)}),
    Row("a component in another member", "ELIGIBLE", others=[CHILD]),
    Row("decile 4", "ELIGIBLE", household={"decile": 4}, person=CHILD),
    Row("decile 5", "NOT_ELIGIBLE", {"decile": F}, {"decile": 5}, CHILD),
    Row("no decile", "UNKNOWN", {"decile": M}, {"decile": None}, CHILD),
    Row("no family card, a member's NIK", "ELIGIBLE", household={"kk_number": None}, person=CHILD),
    Row("a family card, no NIK", "ELIGIBLE", person=CHILD | {"nik": None}),
    Row("neither family card nor NIK", "UNKNOWN", {"identified": M}, {"kk_number": None}, CHILD | {"nik": None}),
    Row("a civil servant in the house", "EXCLUDED", {"occupation": F}, person=CHILD, others=[{"occupation_class": "POLICE"}]),
    Row("a civil servant who died", "ELIGIBLE", person=CHILD, others=[POLICE | {"vital_status": "DECEASED"}]),
    Row("an occupation not known", "UNKNOWN", {"occupation": M}, person=CHILD, others=[{"occupation_class": None}]),
    Row("no members known", "UNKNOWN", {"component": M, "occupation": M}, has_members=False),
    Row("on the roster by family card", "ALREADY_ENROLLED", person=CHILD, roster=[PKH | {"nik": None, "kk_number": OWN}]),
    Row("on the roster by a former family card", "ALREADY_ENROLLED", household={"previous_kk_numbers": (kk_of(9001),)},
        person=CHILD, roster=[PKH | {"nik": None, "kk_number": kk_of(9001)}]),
    Row("on the roster by a member's NIK", "ALREADY_ENROLLED", others=[CHILD | {"nik": nik_of(9002)}],
        roster=[PKH | {"nik": nik_of(9002)}]),
    Row("was on the roster", "ELIGIBLE", person=CHILD, roster=[PKH | {"kk_number": OWN, "status": "INACTIVE"}]),
    Row("on the roster of the cards", "ELIGIBLE", person=CHILD, roster=[{"segment": "PBI"}]),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged(session):
    return await judge_rows(session, "PKH", ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.given)
async def test_verdict_and_clauses_are_as_in_the_table(judged, row):
    found = judged[row.given]
    assert {c.code: c.outcome.value for c in found.live.explanation if c.outcome.value != "PASS"} == row.outcomes
    assert (found.live.status.value, found.recorded) == (row.verdict, row.verdict)
