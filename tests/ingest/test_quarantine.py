"""What is wrong stays out, by name, and takes nothing else with it; it leaves quarantine when it is mended."""

import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from hub.domain.matches import MatchStatus
from hub.domain.records import MatchOutcomeRecord, Reject

sys.path.insert(0, str(Path(__file__).parent))
from merging import DISTRICT, NIK, NOW, addresses, members, merge, quarantine, rows

FAR_AWAY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=7)))


@pytest.mark.parametrize(
    ("details", "field", "code"),
    [
        ({"decile": 11}, "decile", "DECILE_OUT_OF_RANGE"),
        ({"decile": 0}, "decile", "DECILE_OUT_OF_RANGE"),
        ({"kk_number": "351001"}, "kkNumber", "KK_NOT_16_DIGITS"),
        ({"kk_number": "3510013202100001"}, "kkNumber", "KK_IMPOSSIBLE_DATE"),
        ({"kk_number": "3510010202100000"}, "kkNumber", "KK_SERIAL_0000"),
    ],
)
async def test_a_value_that_cannot_be_stays_out_and_the_household_goes_in(session, household, details, field, code):
    result = await merge(session, household(address="here", **details))
    assert (result.merged, result.rejects) == (1, {code: 1})
    assert await quarantine(session) == {("HOUSEHOLD", "H1", field, code)}
    assert await rows(session, "select address, decile, kk_number from household") == [("here", None, None)]


@pytest.mark.parametrize(
    ("nik", "code"),
    [("12", "NIK_NOT_16_DIGITS"), ("3510013113800001", "NIK_IMPOSSIBLE_DATE"), ("3510010101800000", "NIK_SERIAL_0000")],
)
async def test_a_nik_that_cannot_be_one_stays_out_and_the_person_goes_in(session, household, person, nik, code):
    await merge(session, household(members=(person(nik=nik, name="Siti"),)))
    assert await quarantine(session) == {("PERSON", "P1", "nik", code)}
    assert await rows(session, "select name, nik, nik_status from person") == [("Siti", None, "INVALID")]


@pytest.mark.parametrize(
    ("region", "code"),
    [("35.10.99.9999", "REGION_UNKNOWN"), ("", "REGION_UNKNOWN"), ("35.09.01.2001", "REGION_FOREIGN")],
)
async def test_a_household_of_an_unknown_or_foreign_region_stays_out(session, household, person, region, code):
    result = await merge(session, household("H1", region_code=region, members=(person(nik="12"),)), household("H2"))
    assert (result.received, result.merged, result.rejects) == (2, 1, {code: 1})
    assert list(await addresses(session)) == ["H2"]
    assert await members(session) == {}


@pytest.mark.parametrize("field", ["type", "category", "status"])
async def test_a_case_file_with_an_unknown_word_stays_out(session, case_file, field):
    await merge(session, case_file("C1", **{field: "NONSENSE"}), case_file("C2"))
    assert await quarantine(session) == {("CASE_FILE", "C1", field, "VALUE_UNKNOWN")}
    assert await rows(session, "select source_record_id from case_file") == [("C2",)]


async def test_a_roster_line_of_an_unknown_programme_stays_out_and_impossible_numbers_stay_out_of_theirs(
    session, roster
):
    wrong = roster("R1", nik="1", kk_number="2", region_code="99")
    await merge(session, wrong, roster("R2", programme_code="BLT"), roster("R3", nik=NIK), source="KIS")
    assert await rows(session, "select source_record_id, nik, kk_number, region_code from roster_entry order by 1") == [
        ("R1", None, None, None),
        ("R3", NIK, None, None),
    ]
    assert await quarantine(session) == {
        ("ROSTER", "R1", "nik", "NIK_NOT_16_DIGITS"),
        ("ROSTER", "R1", "kk_number", "KK_NOT_16_DIGITS"),
        ("ROSTER", "R1", "region", "REGION_UNKNOWN"),
        ("ROSTER", "R2", "programme", "PROGRAMME_UNKNOWN"),
    }


async def test_a_refusal_stands_in_quarantine_once_and_goes_when_the_record_is_mended(session, household):
    for _ in range(2):
        await merge(session, household(revision=1, region_code="99", decile=12))
    await merge(session, household(revision=2, region_code="35.09.01.2001", kk_number="1"))
    assert await quarantine(session) == {
        ("HOUSEHOLD", "H1", "regionCode", "REGION_FOREIGN"),
        ("HOUSEHOLD", "H1", "kkNumber", "KK_NOT_16_DIGITS"),
    }
    await merge(session, household(revision=3))
    assert await quarantine(session) == set()
    assert list(await addresses(session)) == ["H1"]


@pytest.mark.parametrize("batches", [1, 2])
async def test_a_refused_revision_does_not_take_a_mended_one_with_it(session, household, case_file, roster, batches):
    for make, wrong, source in (
        (household, {"region_code": "99"}, DISTRICT),
        (case_file, {"type": "NONSENSE"}, DISTRICT),
        (roster, {"programme_code": "BLT"}, "KIS"),
    ):
        records = [make("X", 1, **wrong), make("X", 2)]
        for batch in [records] if batches == 1 else [[record] for record in records]:
            await merge(session, *batch, source=source)
    for table in ("household", "case_file", "roster_entry"):
        assert await rows(session, f"select source_record_id, source_revision from {table}") == [("X", 2)]
    assert await quarantine(session) == set()


@pytest.mark.parametrize("batches", [1, 2])
async def test_a_newer_refused_revision_leaves_the_older_one_in_place(session, household, batches):
    records = [household(revision=1, address="one"), household(revision=2, region_code="99")]
    for batch in [records] if batches == 1 else [[record] for record in records]:
        await merge(session, *batch)
    assert await addresses(session) == {"H1": "one"}
    assert await quarantine(session) == {("HOUSEHOLD", "H1", "regionCode", "REGION_UNKNOWN")}


async def test_a_reject_of_the_connector_does_not_keep_another_revision_of_the_record_out(session, household):
    reject = Reject(
        record_kind="HOUSEHOLD", source_record_id="H1", field="decile", code="WRONG_TYPE", value="not a number"
    )
    result = await merge(session, household("H1"), rejects=[reject])
    assert (result.received, result.merged) == (2, 1)
    assert list(await addresses(session)) == ["H1"]
    assert await quarantine(session) == {("HOUSEHOLD", "H1", "decile", "WRONG_TYPE")}


async def test_a_stale_record_says_nothing_any_more(session, household):
    await merge(session, household(revision=5))
    result = await merge(session, household(revision=4, region_code="99", decile=12))
    assert (result.merged, result.unchanged, result.rejects) == (0, 1, {})
    assert await quarantine(session) == set()


async def test_an_id_of_another_source_or_no_id_at_all_keeps_the_record_out(session, household):
    await merge(session, household("H1"))
    async with session.connection() as connection:
        await connection.execute("update household set source_record_id = 'H7', source_revision = 1")
    await merge(session, household("H1", revision=9, address="new"), household("", revision=1))
    assert {(field, code) for _, _, field, code in await quarantine(session)} == {
        ("id", "ID_COLLISION"),
        ("id", "ID_MISSING"),
    }
    assert await addresses(session) == {"H7": None}


@pytest.mark.parametrize(
    "unfit",
    [
        {"address": "Jalan \0 Merdeka"},
        {"address": "half \ud83d a character"},
        {"revision": 2**63},
        {"revision": -(2**63) - 1},
        {"decile": 2**31},
        {"decile": 2**70},
        {"observed_at": FAR_AWAY},
        {"kk_number": "\0" * 16},
        {"assistance": ("PIP\0",)},
        {"record_id": "H\0"},
        {"record_id": "H\udc00"},
        {"members": "NUL"},
    ],
    ids=repr,
)
async def test_what_the_database_cannot_hold_takes_only_its_own_record_out(session, household, person, unfit):
    if "members" in unfit:
        unfit = {"members": (person("P1"), person("P2", name="a\0b"))}
    unfit = {"record_id": "H1"} | unfit
    bad = household(unfit.pop("record_id"), unfit.pop("revision", 1), **unfit)
    result = await merge(session, household("H0", address="before \\u0000"), bad, household("H2", address="after"))
    assert (result.received, result.merged, result.rejects) == (3, 2, {"NOT_STORABLE": 1})
    assert await addresses(session) == {"H0": "before \\u0000", "H2": "after"}


@pytest.mark.parametrize(
    "unfit", [{"amount": 2**63}, {"amount": -1}, {"components": {"SD\0": 1}}, {"name": "\udfff"}], ids=repr
)
async def test_the_same_holds_for_a_roster(session, roster, unfit):
    result = await merge(session, roster("R1"), roster("R2", **unfit), roster("R3"), source="KIS")
    assert (result.merged, result.rejects) == (2, {"NOT_STORABLE": 1})
    assert await rows(session, "select source_record_id from roster_entry order by 1") == [("R1",), ("R3",)]


@pytest.mark.parametrize("value", ["a\0b", "half \ud83d"], ids=repr)
async def test_a_wrong_value_that_cannot_be_stored_still_reaches_quarantine(session, household, value):
    nameless = Reject(record_kind="HOUSEHOLD", source_record_id="", field="decile", code="WRONG_TYPE", value=value)
    named = Reject(record_kind="HOUSEHOLD", source_record_id=value, field=value, code="WRONG_TYPE", value=value)
    result = await merge(session, household(), rejects=[nameless, named])
    assert (result.merged, result.rejects) == (1, {"WRONG_TYPE": 2})
    assert await rows(session, "select distinct value from reject") == [
        (value.replace("\0", "?").replace("\ud83d", "?"),)
    ]


async def test_an_outcome_that_cannot_be_stored_is_refused_by_name(session):
    outcome = MatchOutcomeRecord(
        source_record_id="7",
        revision=1,
        observed_at=NOW,
        match_reference="7",
        outcome=MatchStatus.DECLINED.value,
        reason="\0",
    )
    result = await merge(session, outcome)
    assert result.rejects == {"NOT_STORABLE": 1}
    assert await quarantine(session) == {("MATCH_OUTCOME", "7", "", "NOT_STORABLE")}


async def test_doubts_about_a_nik_are_kept_as_warnings(session, household, person):
    await merge(
        session,
        household(
            members=(
                person("P1", nik=NIK, birth_date=date(1980, 1, 1), sex="MALE"),
                person("P2", nik=NIK, birth_date=date(1980, 1, 2), sex="FEMALE"),
                person("P3", nik="9999010101800001"),
            )
        ),
    )
    assert await rows(session, "select source_record_id, nik_warnings from person order by 1") == [
        ("P1", []),
        ("P2", ["NIK_BIRTH_DATE_DIFFERS", "NIK_SEX_DIFFERS"]),
        ("P3", ["NIK_REGION_UNKNOWN"]),
    ]
