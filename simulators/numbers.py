"""The numbers of civil registration, PPKKCC DDMMYY NNNN: made, judged and spoiled.

NIK: region of first registration, birth date (day + 40 for women), serial from 0001.
KK number: region, date of issue, serial. Neither has a check digit.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Container
from datetime import date
from functools import lru_cache
from random import Random

PLACEHOLDER = "0" * 16


_KK = re.compile(r"\d{6}(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d(?!0000)\d{4}", re.ASCII)
_NIK = re.compile(r"\d{6}(?:[04][1-9]|[1256]\d|[37][01])(?:0[1-9]|1[0-2])\d\d(?!0000)\d{4}", re.ASCII)


@lru_cache(maxsize=20_000)
def _is_calendar_day(day: int, month_year: str) -> bool:
    """Whether a month of the 1900s or the 2000s has this day."""
    month, year = int(month_year[:2]), int(month_year[2:])
    return day <= max(monthrange(1900 + year, month)[1], monthrange(2000 + year, month)[1])


def is_valid_kk(number: str | None) -> bool:
    """Whether a KK number is structurally valid: 16 digits, a calendar day, a serial."""
    if number is None or _KK.fullmatch(number) is None:
        return False
    return number[6] < "2" or _is_calendar_day(int(number[6:8]), number[8:12])


def is_valid_nik(number: str | None) -> bool:
    """Whether a NIK is structurally valid; the day of a woman counts from 41."""
    if number is None or _NIK.fullmatch(number) is None:
        return False
    day = int(number[6:8])
    return _is_calendar_day(day - 40 if day > 40 else day, number[8:12])


def day_digits(day: date, *, woman: bool = False) -> str:
    """The six digits of a day; a woman's day of birth is 40 higher."""
    return f"{day.day + 40 * woman:02}{day.month:02}{day.year % 100:02}"


def next_free(prefix: str, taken: Container[str], also_taken: Container[str] = ()) -> str:
    """The number with the lowest serial from 0001 that nobody has."""
    serial = 1
    while (number := f"{prefix}{serial:04}") in taken or number in also_taken:
        serial += 1
    return number


def spoiled(number: str, rng: Random) -> str:
    """A structurally invalid version of a number, of the kinds that registers hold."""
    regency = number[:4]
    kinds: tuple[Callable[[], str], ...] = (
        lambda: number[:-1],
        lambda: number + str(rng.randrange(10)),
        lambda: number[:15] + rng.choice("OlSBx"),
        lambda: number[:6] + "00" + number[8:],
        lambda: number[:12] + "0000",
        lambda: PLACEHOLDER,
        lambda: f"{regency}010101000000",
    )
    return rng.choice(kinds)()


def mistyped(nik: str, rng: Random, taken: Container[str]) -> str:
    """A structurally valid NIK, one digit off, that belongs to nobody in `taken`."""
    while True:
        place = rng.choice((6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
        digit = str(rng.randrange(10))
        candidate = nik[:place] + digit + nik[place + 1 :]
        if candidate not in taken and is_valid_nik(candidate):
            return candidate
