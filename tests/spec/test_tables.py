"""Every row of every rule table comes out of the database as the table says: live with its explanation, and as recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hub.store.database import Session
from tests.spec.bench import NOW, Judged, judge_rows
from tests.spec.tables import Row, Table, row, tables

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLES = tables()


@asynccontextmanager
async def taken_back(session: Session) -> AsyncIterator[None]:
    async with session.connection() as connection:
        savepoint = connection.transaction()
        await savepoint.start()
        yield
        await savepoint.rollback()


async def judged(session: Session, table: Table, *, rosters_read: bool) -> dict[str, Judged]:
    rows = [line for line in table.rows if line.rosters_read is rosters_read]
    async with taken_back(session):
        return await judge_rows(session, table.programme, rows, drained=("KIS", "PKH") if rosters_read else ())


def expected(line: Row) -> tuple[str, str, dict[str, str]]:
    return line.verdict, line.verdict, line.outcomes


def found(judged: Judged) -> tuple[str, str, dict[str, str]]:
    live = judged.live
    outcomes = {c.code: c.outcome.value for c in live.explanation if c.outcome.value != "PASS"}
    return live.status.value, judged.recorded, outcomes


@pytest.mark.parametrize("rosters_read", [True, False], ids=["rosters read", "rosters never read"])
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.programme)
async def test_every_row_comes_out_as_the_table_says(session: Session, table: Table, rosters_read: bool) -> None:
    lines = [line for line in table.rows if line.rosters_read is rosters_read]
    verdicts = await judged(session, table, rosters_read=rosters_read)
    assert {given: found(verdict) for given, verdict in verdicts.items()} == {
        line.given: expected(line) for line in lines
    }
    for line in lines:
        for clause in verdicts[line.given].live.explanation:
            texts = (clause.next_step, clause.next_step_en, clause.change, clause.change_en)
            assert [bool(text) for text in texts] == [clause.code in line.outcomes] * 4


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.programme)
async def test_a_table_shows_every_clause_met_not_met_and_not_known_and_tells_its_source(table: Table) -> None:
    clauses = {clause.id for clause in table.rule.clauses}
    assert table.sources.keys() == clauses
    assert len({line.given for line in table.rows}) == len(table.rows)
    assert {name for line in table.rows for name in line.outcomes} <= clauses
    never_failing = {"nik_active", "identified", "roster_read"}  # known to be so, or not known
    assert {name for line in table.rows for name in line.failed} == clauses - never_failing
    never_missing = {"stacking:PAKET_PANGAN"}  # reported by districts, so known of every household
    assert {name for line in table.rows for name in line.missing} >= clauses - never_missing
    assert {line.verdict for line in table.rows} >= {"ELIGIBLE", "NOT_ELIGIBLE", "UNKNOWN", "EXCLUDED"}


async def test_a_row_that_is_wrong_would_be_named(session: Session) -> None:
    wrong = row("decile 6", "ELIGIBLE", household={"decile": 6})
    async with taken_back(session):
        verdicts = await judge_rows(session, "SEMBAKO", [wrong])
    assert found(verdicts["decile 6"]) == ("NOT_ELIGIBLE", "NOT_ELIGIBLE", {"decile": "FAIL"})


async def test_a_roster_that_fails_after_it_was_read_is_stale_and_still_counts(session: Session) -> None:
    async with taken_back(session), session.connection() as connection:
        await connection.execute("update source set failed_at = now(), failure_code = 'SOURCE_RETRIABLE'")
        verdicts = await judge_rows(session, "KIS_PBI", [row("read last week", "ELIGIBLE")])
    assert verdicts["read last week"].recorded == "ELIGIBLE"


async def test_the_explanation_shows_the_values_with_their_source_and_day(session: Session) -> None:
    servant = row("servant", "EXCLUDED", household={"decile": None}, person={"occupation_class": "CIVIL_SERVANT"})
    async with taken_back(session):
        verdict = (await judge_rows(session, "KIS_PBI", [servant]))["servant"].live
    shown = {c.code: [(v.field, v.value, v.source, v.missing) for v in c.values] for c in verdict.explanation}
    assert shown == {
        "decile": [("decile", None, None, ["decile"])],
        "alive": [("vital_status", "ALIVE", "35.10", [])],
        "nik_active": [("is_nik_active", "true", "35.10", [])],
        "no_other_cover": [("has_other_health_cover", "false", "KIS", [])],
        "occupation": [("occupation_class", "CIVIL_SERVANT", "35.10", [])],
    }
    assert verdict.sentence_en == (
        "Excluded from KIS_PBI: 1 of 5 conditions not met, Is no civil servant, soldier or police officer (occupation civil"
        " servant -> not civil servant, soldier or police officer; source 35.10, 1 July 2026); 1 of 5 conditions not known,"
        " Welfare decile 1 to 5 (welfare decile not known: ask the village to have DTSEN updated); next step: Update the"
        " occupation at Dukcapil if it is wrong."
    )
    assert verdict.sentence == (
        "Dikecualikan dari KIS_PBI: 1 dari 5 syarat tidak terpenuhi, Bukan ASN, TNI atau Polri (golongan pekerjaan ASN -> bukan"
        " ASN, TNI atau Polri; sumber 35.10, 1 Juli 2026); 1 dari 5 syarat tidak diketahui, Desil kesejahteraan 1 sampai 5 (desil"
        " kesejahteraan tidak diketahui: minta desa mengusulkan pemutakhiran DTSEN); langkah berikutnya: Perbarui data"
        " pekerjaan di Dukcapil bila tidak sesuai."
    )


async def test_a_decile_is_told_with_whose_finding_it_is(session: Session) -> None:
    welfare = {"decile": 6, "welfare_source": "DTSEN", "welfare_period": "2026-1"}
    for programme in ("KIS_PBI", "SEMBAKO"):
        async with taken_back(session):
            verdict = (await judge_rows(session, programme, [row("6", "NOT_ELIGIBLE", household=welfare)]))["6"].live
        [value] = verdict.explanation[0].values
        assert (value.source, value.source_basis, value.observed_at) == ("35.10", "DTSEN 2026-1", NOW)
        assert "welfare decile 6 -> 1 to 5; source 35.10 (DTSEN 2026-1), 1 July 2026)" in verdict.sentence_en
        assert "desil kesejahteraan 6 -> 1 sampai 5; sumber 35.10 (DTSEN 2026-1), 1 Juli 2026)" in verdict.sentence


async def test_the_explanation_of_a_household_counts_its_members_and_names_what_it_draws(session: Session) -> None:
    line = row(
        "draws",
        "EXCLUDED",
        others=[{"nik": "#9020", "vital_status": None}],
        roster=[{"programme_code": "PKH", "kk_number": "own", "components": {"SD": 1}, "segment": None}],
    )
    async with taken_back(session):
        verdict = (await judge_rows(session, "PAKET_LANSIA", [line]))["draws"].live
    values = {c.code: c.values[0] for c in verdict.explanation}
    assert [(v.field, v.value, v.operator.value, v.threshold, v.source) for v in values.values()] == [
        ("count_members", "0", "GTE", ["2"], "35.10"),
        ("all_members", None, "EQ", ["2"], "35.10"),
        ("draws PKH but ELDERLY", "true", "EQ", ["false"], "PKH"),
        ("draws PAKET_PANGAN", "false", "EQ", ["false"], "35.10"),
        ("draws KIS_PBI", "false", "EQ", ["false"], "KIS"),
    ]
    tally = values["all_alive"].members
    assert tally is not None
    assert (tally.met, tally.unknown, tally.total, values["all_alive"].missing) == (1, 1, 2, ["vital_status"])
    assert [c.change_en for c in verdict.explanation] == [
        "members with age at least 60 years: 0 of 2 -> at least 2",
        "members with vital status: alive: 1 of 2, 1 not known -> 2",
        "draws PKH other than ELDERLY yes -> no",
        None,
        None,
    ]
