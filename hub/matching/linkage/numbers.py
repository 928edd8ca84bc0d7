"""Which NIK and KK numbers may identify anybody: right in structure, and no placeholder that clerks type for "not known"."""

from hub.domain.nik import kk_error, nik_error

_NOWHERE = ("000000", "999999", "123456")
_WOMAN = 40


def usable_nik(text: str | None) -> str | None:
    """The 16 digits of a NIK that can be somebody's, or None."""
    number = _digits(text)
    return None if number is None or _is_placeholder(number) or nik_error(number) is not None else number


def usable_kk(text: str | None) -> str | None:
    """The 16 digits of a KK number that can be some household's, or None."""
    number = _digits(text)
    return None if number is None or _is_placeholder(number) or kk_error(number) is not None else number


def birth_date_in(nik: str) -> str:
    """`YYMMDD` of a usable NIK: a woman's day is 40 higher there."""
    day = int(nik[6:8])
    return f"{nik[10:12]}{nik[8:10]}{day - _WOMAN if day > _WOMAN else day:02}"


def _digits(text: str | None) -> str | None:
    return None if text is None else text.replace(" ", "").replace(".", "").replace("-", "")


def _is_placeholder(number: str) -> bool:
    return len(set(number)) == 1 or number.startswith(_NOWHERE)
