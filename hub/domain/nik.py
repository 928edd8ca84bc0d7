"""The structure of NIK and KK numbers: 16 digits `PPKKCC DDMMYY NNNN` (Kemendagri; the same rules stand in SQL).

PPKKCC is the region of first registration, not of domicile. In a NIK the day is raised by 40 for women. The serial
starts at 0001. There is no check digit: a wrong number of the right form cannot be told from a right one.
"""

_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WOMAN = 40


def nik_error(nik: str) -> str | None:
    """The code of the structural error of a NIK, or None."""
    return _error("NIK", nik, raised_days=True)


def kk_error(kk_number: str) -> str | None:
    """The code of the structural error of a family card number, or None."""
    return _error("KK", kk_number, raised_days=False)


def mask(number: str | None) -> str | None:
    """`3510**********01`: the regency and the last two digits, for those who may not see the whole number."""
    return None if number is None else f"{number[:4]}{'*' * (len(number) - 6)}{number[-2:]}"


def _error(kind: str, number: str, *, raised_days: bool) -> str | None:
    if len(number) != 16 or not (number.isascii() and number.isdigit()):
        return f"{kind}_NOT_16_DIGITS"
    if not _is_day(int(number[6:8]), int(number[8:10]), int(number[10:12]), raised_days=raised_days):
        return f"{kind}_IMPOSSIBLE_DATE"
    return f"{kind}_SERIAL_0000" if number[12:] == "0000" else None


def _is_day(day: int, month: int, year: int, *, raised_days: bool) -> bool:
    if raised_days and day > _WOMAN:
        day -= _WOMAN
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS_OF_MONTH[month - 1]:
        return False
    return (day, month) != (29, 2) or year % 4 == 0
