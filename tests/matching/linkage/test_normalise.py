"""Numbers, birth dates and places as they are compared."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.linkage import IdentityRecord, blocking_keys, normalise
from hub.matching.linkage.normalise import address_columns, birth_columns, region_columns
from hub.matching.linkage.numbers import birth_date_in, usable_kk, usable_nik

PLACEHOLDERS = [
    "0000000000000000",
    "1111111111111111",
    "9999999999999999",
    "9999990101900001",
    "1234560101900001",
    "3510010101900000",
    "3510013113900001",
    "351001010190001",
    "35100101019O0001",
    "",
    "-",
]


@pytest.mark.parametrize("number", PLACEHOLDERS)
def test_a_placeholder_is_no_number_and_no_key(number: str) -> None:
    record = normalise(IdentityRecord(name=None, nik=number, kk_number=number))
    assert (usable_nik(number), usable_kk(number), record.nik, record.kk_number) == (None, None, None, None)
    assert blocking_keys(record) == ()


def test_a_number_may_be_written_with_spaces_dots_and_dashes() -> None:
    assert usable_nik("35.1001 010190-0001") == "3510010101900001"


def test_a_number_that_too_many_share_is_no_key() -> None:
    nik = "3510010101900001"
    assert normalise(IdentityRecord(name=None, nik=nik)).nik == nik
    assert blocking_keys(normalise(IdentityRecord(name=None, nik=nik), overused={nik})) == ()


@pytest.mark.parametrize(("nik", "short"), [("3510011704900001", "900417"), ("3510015704900001", "900417")])
def test_the_birth_date_in_a_nik_is_the_calendars_for_women_too(nik: str, short: str) -> None:
    assert birth_date_in(nik) == short


def test_a_birth_date_is_kept_in_the_forms_that_are_compared() -> None:
    assert birth_columns(date(1990, 4, 7)) == {
        "birth_date": "1990-04-07",
        "birth_short": "900407",
        "birth_year": "1990",
        "birth_day": "04-07",
        "birth_swapped": "1990-07-04",
    }
    assert birth_columns(None) == {}


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("35.10.01.2001", {"regency": "35.10", "subdistrict": "35.10.01", "village": "35.10.01.2001"}),
        ("3510012001", {"regency": "35.10", "subdistrict": "35.10.01", "village": "35.10.01.2001"}),
        ("35.10.01", {"regency": "35.10", "subdistrict": "35.10.01"}),
        ("35.10", {"regency": "35.10"}),
        ("35", {}),
        (None, {}),
    ],
)
def test_a_region_code_is_as_deep_as_it_goes(code: str | None, columns: dict[str, str]) -> None:
    assert region_columns(code) == columns


@pytest.mark.parametrize(
    ("address", "columns"),
    [
        ("RT 03 RW 05", {"rt": "3", "rw": "5"}),
        ("RT.3/RW.5", {"rt": "3", "rw": "5"}),
        ("rt 003/005", {"rt": "3", "rw": "5"}),
        ("Jl. Mawar No 3 RT/RW 003/005", {"rt": "3", "rw": "5"}),
        ("Dsn. Krajan RT 3/5", {"hamlet": "KRAJAN", "rt": "3", "rw": "5"}),
        ("RT 01, Dusun Suka Maju", {"hamlet": "SUKA MAJU", "rt": "1"}),
        ("Kp. Baru", {"hamlet": "BARU"}),
        ("Jl. Merdeka 17", {}),
        ("", {}),
    ],
)
def test_hamlet_rt_and_rw_are_read_from_an_address(address: str, columns: dict[str, str]) -> None:
    assert address_columns(address) == columns


def test_a_hamlet_of_its_own_goes_before_the_address() -> None:
    assert address_columns("Dusun Krajan RT 1", "Dsn Mawar") == {"hamlet": "MAWAR", "rt": "1"}
    assert address_columns(None, "Mawar") == {"hamlet": "MAWAR"}


def test_one_person_written_in_two_ways_has_common_keys() -> None:
    one = normalise(IdentityRecord(name="Moch. Soeharto", birth_date=date(1960, 5, 4), region_code="35.10.01.2001"))
    other = normalise(IdentityRecord(name="MUHAMMAD SUHARTO", birth_date=date(1960, 5, 4), region_code="35.10"))
    assert sorted(key[0] for key in set(blocking_keys(one)) & set(blocking_keys(other))) == ["C", "G", "H"]


def test_a_record_that_says_nothing_has_no_keys() -> None:
    assert blocking_keys(normalise(IdentityRecord(name="Slamet"))) == ()


@given(st.text(max_size=20), st.text(max_size=30), st.text(max_size=16))
def test_whatever_is_written_is_normalised_to_ascii(name: str, address: str, number: str) -> None:
    record = normalise(
        IdentityRecord(name=name, address=address, nik=number, kk_number=number, region_code=number, hamlet=name)
    )
    values = [getattr(record, column) for column in record.__struct_fields__]
    assert all(value is None or value.isascii() for value in values)
