"""How values, comparisons and dates are said in Indonesian and English."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache

from hub.matching.expressions import Compare
from hub.matching.fields import FIELDS, Text, Unit


class Operator(StrEnum):
    """How a value has to stand to a threshold."""

    EQ = "EQ"
    NE = "NE"
    LT = "LT"
    LTE = "LTE"
    GT = "GT"
    GTE = "GTE"
    IN = "IN"
    NOT_IN = "NOT_IN"
    BETWEEN = "BETWEEN"
    OUTSIDE = "OUTSIDE"


OPPOSITE: dict[Operator, Operator] = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.LT: Operator.GTE,
    Operator.GTE: Operator.LT,
    Operator.GT: Operator.LTE,
    Operator.LTE: Operator.GT,
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.BETWEEN: Operator.OUTSIDE,
    Operator.OUTSIDE: Operator.BETWEEN,
}
_SAID: dict[Operator, Text] = {
    Operator.EQ: Text("{}", "{}"),
    Operator.NE: Text("bukan {}", "not {}"),
    Operator.LT: Text("di bawah {}", "below {}"),
    Operator.LTE: Text("paling banyak {}", "at most {}"),
    Operator.GT: Text("di atas {}", "above {}"),
    Operator.GTE: Text("paling sedikit {}", "at least {}"),
    Operator.BETWEEN: Text("{} sampai {}", "{} to {}"),
    Operator.OUTSIDE: Text("di luar {} sampai {}", "outside {} to {}"),
}
_WORDS = {
    "true": Text("ya", "yes"),
    "false": Text("tidak", "no"),
    "MALE": Text("laki-laki", "male"),
    "FEMALE": Text("perempuan", "female"),
    "ALIVE": Text("hidup", "alive"),
    "DECEASED": Text("meninggal", "deceased"),
    "MOVED_ABROAD": Text("pindah ke luar negeri", "moved abroad"),
    "NONE": Text("tidak ada", "none"),
    "MILD": Text("ringan", "mild"),
    "SEVERE": Text("berat", "severe"),
    "HIGHER": Text("perguruan tinggi", "higher education"),
    "FARMER": Text("petani", "farmer"),
    "LABOURER": Text("buruh", "labourer"),
    "TRADER": Text("pedagang", "trader"),
    "EMPLOYEE": Text("karyawan", "employee"),
    "CIVIL_SERVANT": Text("ASN", "civil servant"),
    "MILITARY": Text("TNI", "soldier"),
    "POLICE": Text("Polri", "police officer"),
    "OTHER": Text("lainnya", "other"),
}
_ONE_YEAR = Text(" tahun", " year")
_UNITS = {Unit.YEARS: Text(" tahun", " years"), Unit.DECILE: Text("", ""), Unit.NONE: Text("", "")}
_MONTHS = (
    ("Januari", "January"),
    ("Februari", "February"),
    ("Maret", "March"),
    ("April", "April"),
    ("Mei", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("Agustus", "August"),
    ("September", "September"),
    ("Oktober", "October"),
    ("November", "November"),
    ("Desember", "December"),
)
AND, OR = Text(" dan ", " and "), Text(" atau ", " or ")


def plain(value: object) -> str:
    """A value as data: true, false, a number, or a word in capitals."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def said_value(value: str) -> Text:
    """A plain value as it is said; what has no word of its own, such as SMP or 6, stands as it is."""
    return _WORDS.get(value, Text(value, value))


@lru_cache(maxsize=4_096)
def said(operator: Operator, threshold: tuple[str, ...], unit: Unit = Unit.NONE) -> Text:
    """Such as "at most 5", "SD, SMP or SMA", "outside 6 to 21 years"; the threshold are plain values."""
    words = [said_value(value) for value in threshold]
    if operator in (Operator.IN, Operator.NOT_IN):
        listed = Text(_listed([w.id for w in words], OR.id), _listed([w.en for w in words], OR.en))
        return listed if operator == Operator.IN else Text(f"bukan {listed.id}", f"not {listed.en}")
    pattern, after = _SAID[operator], _ONE_YEAR if unit is Unit.YEARS and threshold[-1] == "1" else _UNITS[unit]
    return Text(
        pattern.id.format(*(w.id for w in words)) + after.id, pattern.en.format(*(w.en for w in words)) + after.en
    )


def said_date(day: date) -> Text:
    """Such as 1 Juli 2026."""
    month = _MONTHS[day.month - 1]
    return Text(f"{day.day} {month[0]} {day.year}", f"{day.day} {month[1]} {day.year}")


def joined(parts: Iterable[Text], word: Text) -> Text:
    """The parts with "and" or "or" between them."""
    texts = list(parts)
    return Text(word.id.join(t.id for t in texts), word.en.join(t.en for t in texts))


def bracketed(text: Text) -> Text:
    """In round brackets."""
    return Text(f"({text.id})", f"({text.en})")


def wanted(comparison: Compare, want: bool) -> tuple[Operator, tuple[str, ...]]:
    """What the value has to be so that the comparison is `want`: how it has to stand to which plain values."""
    operator = Operator(comparison.op.upper())
    threshold = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    if isinstance(comparison.value, bool):
        return Operator.EQ, (plain((comparison.op == "eq") == (comparison.value == want)),)
    return (operator if want else OPPOSITE[operator]), tuple(plain(value) for value in threshold)


def label_of(comparison: Compare) -> Text:
    """How the field is said."""
    return FIELDS[comparison.field].label


def _listed(parts: Sequence[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + last + parts[-1]
