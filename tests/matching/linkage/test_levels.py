"""The level at which two records agree: a table of examples, and the same answer of DuckDB and of Python for any pair."""

from datetime import date

import duckdb
import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching.linkage import Normalised
from hub.matching.linkage.levels import COMPARISONS
from hub.matching.linkage.tables import level_sql
from tests.matching.linkage.people import KK, NIK, PERSONS, person

BY_NAME = {comparison.name: comparison for comparison in COMPARISONS}
NEW_YEAR, SPRING, SUMMER = date(1990, 1, 1), date(1990, 4, 7), date(1990, 7, 4)
AMINAH = {"name": "Siti Aminah", "birth_date": NEW_YEAR}
HOME = {"region_code": "35.10.01.2001", "address": "Dusun Krajan RT 03 RW 05"}


@pytest.mark.parametrize(
    ("comparison", "one", "other", "level"),
    [
        ("name", {"name": "Muhammad Ali"}, {"name": "Moh. Ali"}, "SAME_SPELLING"),
        ("name", {"name": "Soeharto"}, {"name": "Suharto"}, "SAME_SOUND"),
        ("name", {"name": "Ali Yusuf"}, {"name": "Yusuf Ali"}, "SAME_SOUND"),
        ("name", {"name": "Nurhayati"}, {"name": "Nur Hayati"}, "JOINED_OR_CLOSE"),
        ("name", {"name": "Muhammad Ali"}, {"name": "Ali"}, "PART_OF_OTHER"),
        ("name", {"name": "Budi Santoso"}, {"name": "Budi Santosa"}, "JOINED_OR_CLOSE"),
        ("name", {"name": "Sulastri"}, {"name": "Sulestria"}, "SIMILAR"),
        ("name", {"name": "Budi Santoso"}, {"name": "Budi Wijaya"}, "WORD_SHARED"),
        ("name", {"name": "Budi Santoso"}, {"name": "Agus Wijaya"}, "DIFFERENT"),
        ("name", {"name": "Budi"}, {"name": "H."}, "VOID"),
        ("birth_date", {"birth_date": SPRING}, {"birth_date": SPRING}, "SAME"),
        ("birth_date", {"birth_date": NEW_YEAR}, {"birth_date": NEW_YEAR}, "SAME_DEFAULT_DAY"),
        ("birth_date", {"birth_date": NEW_YEAR}, {"birth_date": SPRING}, "SAME_YEAR_DEFAULT_DAY"),
        ("birth_date", {"birth_date": SPRING}, {"birth_date": SUMMER}, "DAY_AND_MONTH_SWAPPED"),
        ("birth_date", {"birth_date": SPRING}, {"birth_date": date(1991, 4, 7)}, "ONE_EDIT"),
        ("birth_date", {"birth_date": SPRING}, {"birth_date": date(1990, 12, 25)}, "SAME_YEAR"),
        ("birth_date", {"birth_date": SPRING}, {"birth_date": date(1994, 1, 1)}, "NEAR_YEAR_DEFAULT_DAY"),
        ("birth_date", {"birth_date": SPRING}, {"birth_date": date(1975, 12, 25)}, "DIFFERENT"),
        ("birth_date", {"birth_date": SPRING}, {}, "VOID"),
        ("birth_date", {"birth_date": NEW_YEAR}, {"nik": NIK}, "SAME_BY_NIK"),
        ("birth_date", {"nik": NIK}, {"nik": "3509014101900001"}, "SAME_BY_NIK"),
        ("birth_date", {"nik": NIK}, {"nik": NIK}, "VOID"),
        ("birth_date", {"nik": NIK, "birth_date": NEW_YEAR}, {"nik": NIK, "birth_date": date(1961, 5, 9)}, "DIFFERENT"),
        ("nik", {"nik": NIK}, {"nik": NIK}, "SAME"),
        ("nik", {"nik": NIK}, {"nik": "3510014101900002"}, "ONE_EDIT_IN_SERIAL"),
        ("nik", {"nik": NIK}, {"nik": "3510014101900010"}, "ONE_EDIT_IN_SERIAL"),
        ("nik", {"nik": NIK}, {"nik": "3510024101900001"}, "ONE_EDIT_IN_FIRST_12"),
        ("nik", {"nik": NIK}, {"nik": "3510014101900123"}, "SAME_FIRST_12"),
        ("nik", {"nik": NIK}, {"nik": "3409214101900077"}, "SAME_DATE"),
        ("nik", {"nik": NIK}, {"nik": "3409210505610077"}, "DIFFERENT"),
        ("nik", {"nik": NIK}, {"nik": "0" * 16}, "VOID"),
        ("nik", {"nik": NIK} | AMINAH, {"nik": NIK, "name": "Budi", "birth_date": date(2015, 3, 15)}, "VOID"),
        ("nik", {"nik": NIK} | AMINAH, {"nik": NIK, "name": "Budi", "birth_date": date(1990, 3, 15)}, "SAME"),
        ("nik", {"nik": NIK} | AMINAH, {"nik": NIK, "name": "Siti", "birth_date": date(2015, 3, 15)}, "SAME"),
        ("kk_number", {"kk_number": KK}, {"kk_number": KK}, "SAME"),
        ("kk_number", {"kk_number": KK}, {"kk_number": "3510011203150070"}, "ONE_EDIT"),
        ("kk_number", {"kk_number": KK}, {"kk_number": "3510020101010001"}, "DIFFERENT"),
        ("place", HOME, HOME, "SAME_RT"),
        ("place", HOME, HOME | {"address": "RT 3/5"}, "SAME_RT"),
        ("place", HOME, HOME | {"address": "Dusun Krajan RT 04"}, "SAME_HAMLET_OR_RT"),
        ("place", HOME, HOME | {"address": "RT 09 RW 01"}, "SAME_VILLAGE"),
        ("place", HOME, {"region_code": "35.10.01.2002"}, "SAME_SUBDISTRICT"),
        ("place", HOME, {"region_code": "35.10"}, "SAME_REGENCY_NO_VILLAGE"),
        ("place", HOME, {"region_code": "35.10.02.2001"}, "SAME_REGENCY"),
        ("place", HOME, {"region_code": "35.09.01.2001"}, "DIFFERENT"),
        ("place", HOME, {}, "VOID"),
        ("place", HOME | {"kk_number": KK}, {"region_code": "35.09", "kk_number": KK}, "VOID"),
        ("sex", {"sex": "MALE"}, {"sex": "MALE"}, "SAME"),
        ("sex", {"sex": "MALE"}, {"sex": "FEMALE"}, "DIFFERENT"),
        ("sex", {"sex": "MALE"}, {}, "VOID"),
    ],
)
def test_two_records_agree_at_a_level(
    comparison: str, one: dict[str, object], other: dict[str, object], level: str
) -> None:
    left, right = person(**one), person(**other)
    assert BY_NAME[comparison].level_of(left, right) == level
    assert BY_NAME[comparison].level_of(right, left) == level


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(PERSONS, PERSONS), min_size=20, max_size=60))
def test_duckdb_and_python_see_the_same_levels(pairs: list[tuple[Normalised, Normalised]]) -> None:
    columns = {
        f"{column}_{side}": pa.array([getattr(pair[at], column) for pair in pairs], pa.string())
        for column in Normalised.__struct_fields__
        for at, side in enumerate("lr")
    }
    levels = ", ".join(level_sql(comparison) for comparison in COMPARISONS)
    with duckdb.connect() as connection:
        connection.register("pair", pa.table(columns | {"nth": pa.array(range(len(pairs)))}))
        rows = connection.execute(f"select {levels} from pair order by nth").fetchall()
    assert rows == [tuple(comparison.level_of(*pair) for comparison in COMPARISONS) for pair in pairs]


@given(PERSONS, PERSONS)
def test_no_comparison_depends_on_the_order_of_the_two(one: Normalised, other: Normalised) -> None:
    for comparison in COMPARISONS:
        assert comparison.level_of(one, other) == comparison.level_of(other, one)


@given(PERSONS)
def test_a_record_agrees_with_itself_as_closely_as_can_be(one: Normalised) -> None:
    closest = {"name": "SAME_SPELLING", "nik": "SAME", "kk_number": "SAME", "sex": "SAME"}
    for name, level in closest.items():
        assert BY_NAME[name].level_of(one, one) in (level, "VOID")


@given(PERSONS)
def test_nothing_known_counts_for_nothing(one: Normalised) -> None:
    nobody = msgspec.structs.replace(one, **dict.fromkeys(Normalised.__struct_fields__))
    assert {comparison.level_of(one, nobody) for comparison in COMPARISONS} == {"VOID"}
