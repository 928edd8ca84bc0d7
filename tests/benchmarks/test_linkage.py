"""The linkage benchmark on a few hundred people."""

from random import Random

import asyncpg
import pyarrow as pa
import pytest

from benchmarks.linkage.clerks import ANOTHER_OFFICE, NO_FAULT, Faults, by_habit, typed_wrong, words_changed
from benchmarks.linkage.febrl import Quality
from benchmarks.linkage.made import against_truth
from benchmarks.linkage.online import ask, fill, heaviest_keys, records_of
from benchmarks.linkage.registers import Registers, Size, make_registers
from hub.matching.linkage import BLOCKING_RULES, load_weights

SIZE = Size(roster=500, district=150, both=120)


@pytest.fixture(scope="module")
def made() -> Registers:
    return make_registers(SIZE, (Faults(), Faults()), 3)


def people(table: pa.Table) -> list[int]:
    return table["person"].to_pylist()


def test_registers_are_of_the_promised_size_and_share_as_many(made: Registers) -> None:
    district, roster = people(made.district), people(made.roster)
    assert (len(set(district)), len(set(roster)), len(set(district) & set(roster))) == (150, 500, 120)


def test_the_same_seed_makes_the_same_registers_and_another_seed_others(made: Registers) -> None:
    assert make_registers(SIZE, (Faults(), Faults()), 3).roster.equals(made.roster)
    assert not make_registers(SIZE, (Faults(), Faults()), 4).roster.equals(made.roster)


def test_without_faults_both_registers_write_the_same() -> None:
    made = make_registers(SIZE, (NO_FAULT, NO_FAULT), 3)
    rows = [
        {row["person"]: row for row in table.drop(["record_id", "address"]).to_pylist()}
        for table in (made.district, made.roster)
    ]
    assert all(rows[0][person] == rows[1][person] for person in rows[0].keys() & rows[1].keys())


def test_another_office_has_no_nik_at_all() -> None:
    made = make_registers(SIZE, (ANOTHER_OFFICE, ANOTHER_OFFICE), 3)
    assert made.district["nik"].null_count == 150
    assert made.roster["nik"].null_count == 500


def test_habits_of_clerks() -> None:
    rng = Random(1)
    written = {by_habit("Siti Nur Lestari", rng) for _ in range(50)}
    assert {"SITI NUR LESTA", "SITINUR LESTARI", "S. NUR LESTARI", "SITI N. LESTARI"} <= written
    assert {words_changed("Siti Nur", rng) for _ in range(50)} == {"Siti", "Nur", "Nur Siti"}
    assert all(typed_wrong("Slamet", rng) for _ in range(50))


def test_links_are_judged_at_a_threshold_and_where_they_are_precise(made: Registers) -> None:
    left = {
        person: record
        for record, person in zip(made.district["record_id"].to_pylist(), people(made.district), strict=True)
    }
    right = {
        person: record for record, person in zip(made.roster["record_id"].to_pylist(), people(made.roster), strict=True)
    }
    both = sorted(left.keys() & right.keys())
    true = [(left[person], right[person], 9.0) for person in both[:60]]
    wrong = [(left[both[70]], right[both[71]], 5.0)]
    late = [(left[person], right[person], 1.0) for person in both[80:100]]
    columns = zip(*(true + wrong + late), strict=True)
    links = pa.table(dict(zip(("left_id", "right_id", "bits"), map(list, columns), strict=True)))
    measured = against_truth(made, links, 4.0, 0.0)
    assert (measured.precision, measured.recall) == (60 / 61, 60 / 120)
    assert measured.recall_at_precision == 60 / 120


def test_f1_of_nothing_is_zero() -> None:
    assert Quality(0.0, 0.0).f1 == 0.0
    assert Quality(0.5, 1.0).f1 == pytest.approx(2 / 3)


async def test_a_record_is_found_in_the_database(made: Registers, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await fill(connection, made.roster.drop(["person"]))
        weights = load_weights().searching(SIZE.roster)
        roster = people(made.roster)
        known = [at for at, person in enumerate(people(made.district)) if person in set(roster)]
        records = records_of(made.district.drop(["person"]))
        answers = [await ask(connection, records[at], weights) for at in known]
        right = sum(
            answer.best is not None and roster[answer.best] == people(made.district)[at]
            for answer, at in zip(answers, known, strict=True)
        )
        assert right >= 114
        assert (await heaviest_keys(connection)).keys() == BLOCKING_RULES.keys()
    finally:
        await connection.close()
