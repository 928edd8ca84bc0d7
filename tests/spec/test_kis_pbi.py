"""KIS_PBI: a living person of decile 1 to 5 with an active NIK and no other active health cover."""

import sys
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))
from bench import Row, judge_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

F, M = "FAIL", "MISSING"
NO_NIK = {"nik_active": M, "no_other_cover": M}
POLICE, SERVANT = {"occupation_class": "POLICE"}, {"occupation_class": "CIVIL_SERVANT"}
TWIN = {"nik": "3510010101870001"}

ROWS = [
    Row("nothing special", "ELIGIBLE"),
    Row("decile 1", "ELIGIBLE", household={"decile": 1}),
    Row("decile 5", "ELIGIBLE", household={"decile": 5}),
    Row("decile 6", "NOT_ELIGIBLE", {"decile": F}, household={"decile": 6}),
    Row("no decile", "UNKNOWN", {"decile": M}, household={"decile": None}),
    Row("a decile that cannot be", "UNKNOWN", {"decile": M}, household={"decile": 11}),
    Row("dead", "NOT_ELIGIBLE", {"alive": F}, person={"vital_status": "DECEASED"}),
    Row("moved abroad", "NOT_ELIGIBLE", {"alive": F}, person={"vital_status": "MOVED_ABROAD"}),
    Row("not known whether alive", "UNKNOWN", {"alive": M}, person={"vital_status": None}),
    Row("dead, no decile", "NOT_ELIGIBLE", {"decile": M, "alive": F}, {"decile": None}, {"vital_status": "DECEASED"}),
    Row("no NIK", "UNKNOWN", NO_NIK, person={"nik": None}),
    Row("a NIK that cannot be one", "UNKNOWN", NO_NIK, person={"nik": "3510"}),
    Row("a NIK that another person also holds", "UNKNOWN", NO_NIK, person=TWIN, others=[TWIN]),
    Row("covered as an employee", "NOT_ELIGIBLE", {"no_other_cover": F}, roster=[{"segment": "PPU"}]),
    Row("was covered as an employee", "ELIGIBLE", roster=[{"segment": "PPU", "status": "INACTIVE"}]),
    Row("covered in a segment that is not known", "UNKNOWN", {"no_other_cover": M}, roster=[{"segment": None}]),
    Row("has the card", "ALREADY_ENROLLED", roster=[{"segment": "PBI"}]),
    Row("had the card", "ELIGIBLE", roster=[{"segment": "PBI", "status": "INACTIVE"}]),
    Row("the roster says dead", "ELIGIBLE", roster=[{"segment": "PBI", "status": "DECEASED"}]),
    Row("has the card, decile 9", "ALREADY_ENROLLED", {"decile": F}, {"decile": 9}, roster=[{"segment": "PBI"}]),
    Row(
        "has the card and is covered as an employee",
        "ALREADY_ENROLLED",
        {"no_other_cover": F},
        roster=[{"segment": "PBI"}, {"segment": "PPU"}],
    ),
    Row("civil servant", "EXCLUDED", {"occupation": F}, person={"occupation_class": "CIVIL_SERVANT"}),
    Row("soldier", "EXCLUDED", {"occupation": F}, person={"occupation_class": "MILITARY"}),
    Row("police officer of decile 6", "NOT_ELIGIBLE", {"decile": F, "occupation": F}, {"decile": 6}, POLICE),
    Row("civil servant, no decile", "EXCLUDED", {"decile": M, "occupation": F}, {"decile": None}, SERVANT),
    Row("occupation not known", "UNKNOWN", {"occupation": M}, person={"occupation_class": None}),
    Row("lives with a civil servant", "ELIGIBLE", others=[{"occupation_class": "CIVIL_SERVANT"}]),
    Row("no family card", "ELIGIBLE", household={"kk_number": None}),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged(session):
    return await judge_rows(session, "KIS_PBI", ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.given)
async def test_verdict_and_clauses_are_as_in_the_table(judged, row):
    found = judged[row.given]
    assert (found.live.status.value, found.recorded) == (row.verdict, row.verdict)
    assert {c.code: c.outcome.value for c in found.live.explanation if c.outcome.value != "PASS"} == row.outcomes


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.given)
async def test_what_is_not_met_says_what_to_do_in_both_languages(judged, row):
    clauses = {clause.code: clause for clause in judged[row.given].live.explanation}
    assert list(clauses) == ["decile", "alive", "nik_active", "no_other_cover", "occupation"]
    for code, clause in clauses.items():
        assert bool(clause.next_step) == bool(clause.next_step_en) == (code in row.outcomes)
        assert (clause.label and clause.label_en) != ""
        assert clause.is_exclusion == (code == "occupation")


async def test_the_explanation_shows_the_values(judged):
    shown = {
        c.code: [(v.field, v.value) for v in c.values] for c in judged["civil servant, no decile"].live.explanation
    }
    assert shown == {
        "decile": [("decile", None)],
        "alive": [("vital_status", "ALIVE")],
        "nik_active": [("is_nik_active", "true")],
        "no_other_cover": [("has_other_health_cover", "false")],
        "occupation": [("occupation_class", "CIVIL_SERVANT")],
    }
