"""Which pairs are looked at: those that share a key. The same rules block a batch (as SQL) and one record (as text keys)."""

from collections.abc import Iterable
from hashlib import blake2b

from hub.matching.linkage.record import Normalised

BLOCKING_RULES = {
    "N": ("nik",),
    "K": ("kk_number",),
    "A": ("birth_date", "village"),
    "B": ("sound_sorted", "village"),
    "C": ("sound_sorted", "birth_date"),
    "D": ("nik_first12", "stem"),
    "E": ("stem", "village", "birth_year"),
    "F": ("skeleton", "village"),
    "G": ("birth_date", "regency", "stem"),
    "H": ("sound_sorted", "regency", "birth_year"),
}
"""Letter of the rule to the columns that must be known and equal."""


def blocking_keys(record: Normalised) -> tuple[str, ...]:
    """The keys of a record, at most one for each rule: the rule's letter and 16 hexadecimal digits.

    The digits are a hash of the values, so that an index of keys is short and even.
    """
    keys = []
    for letter, columns in BLOCKING_RULES.items():
        values = [getattr(record, column) for column in columns]
        if None not in values:
            keys.append(letter + blake2b("\x1f".join(values).encode(), digest_size=8).hexdigest())
    return tuple(keys)


def blocking_sql(columns: Iterable[str]) -> str:
    """A rule as Splink reads it: a condition on `l` and `r`."""
    return " and ".join(f'l."{column}" = r."{column}"' for column in columns)
