"""The structure of NIK and KK in SQL is the structure in Python, for any text."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.nik import kk_error, nik_error

DIGITS = st.text("0123456789", min_size=15, max_size=17)
SHAPED = st.builds(
    "{:06}{:02}{:02}{:02}{:04}".format,
    st.integers(0, 999_999),
    st.integers(0, 99),
    st.integers(0, 14),
    st.integers(0, 99),
    st.sampled_from([0, 1, 9999]),
)
ODD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=18)
TYPED = st.builds(
    lambda number, at, mark: number[:at] + mark + number[at + 1 :],
    SHAPED,
    st.integers(0, 15),
    st.sampled_from([" ", "\n", "١", "x", "", "-", "１"]),
)


@pytest.fixture(scope="module")
def ask(shared_url: str) -> Iterator[object]:
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(shared_url))
        yield lambda texts: [
            tuple(row)
            for row in runner.run(
                connection.fetch("select nik_error(t), kk_error(t) from unnest($1::text[]) as u(t)", texts)
            )
        ]
        runner.run(connection.close())


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(st.one_of(SHAPED, SHAPED, DIGITS, TYPED, ODD), min_size=40, max_size=60))
def test_both_say_the_same_of_any_text(ask, texts: list[str]) -> None:
    assert ask(texts) == [(nik_error(text), kk_error(text)) for text in texts]


def test_both_say_the_same_of_every_day_of_the_calendar(ask) -> None:
    texts = [
        f"351001{day:02}{month:02}{year:02}0001" for day in range(100) for month in range(14) for year in (0, 1, 4, 99)
    ]
    assert ask(texts) == [(nik_error(text), kk_error(text)) for text in texts]


@pytest.mark.parametrize(
    ("number", "nik", "kk"),
    [
        ("3510010101800001", None, None),
        ("3510017112800001", None, "KK_IMPOSSIBLE_DATE"),
        ("3510014101800001", None, "KK_IMPOSSIBLE_DATE"),
        ("3510012902800001", None, None),
        ("3510012902810001", "NIK_IMPOSSIBLE_DATE", "KK_IMPOSSIBLE_DATE"),
        ("3510016902800001", None, "KK_IMPOSSIBLE_DATE"),
        ("3510014001800001", "NIK_IMPOSSIBLE_DATE", "KK_IMPOSSIBLE_DATE"),
        ("3510013113800001", "NIK_IMPOSSIBLE_DATE", "KK_IMPOSSIBLE_DATE"),
        ("3510010101800000", "NIK_SERIAL_0000", "KK_SERIAL_0000"),
        ("351001010180000", "NIK_NOT_16_DIGITS", "KK_NOT_16_DIGITS"),
        ("", "NIK_NOT_16_DIGITS", "KK_NOT_16_DIGITS"),
        ("3510010101800001\n", "NIK_NOT_16_DIGITS", "KK_NOT_16_DIGITS"),
    ],
)
def test_numbers_of_a_table(ask, number: str, nik: str | None, kk: str | None) -> None:
    assert (nik_error(number), kk_error(number)) == (nik, kk)
    assert ask([number]) == [(nik, kk)]
