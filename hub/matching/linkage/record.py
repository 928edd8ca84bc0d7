"""The two shapes of a person in linkage: as a register holds it, and as it is compared."""

from dataclasses import dataclass
from datetime import date

import msgspec

from hub.domain.records import Sex


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRecord:
    """What one register knows of a person, as it was written there; None is what it does not know.

    `region_code` is a Kemendagri code of any level: `35.10`, `35.10.01` or `35.10.01.2001`. `address` is free
    text, of which RT, RW and hamlet [dusun] are read; `hamlet` is its name where the register keeps it apart.
    """

    name: str | None
    nik: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    region_code: str | None = None
    address: str | None = None
    hamlet: str | None = None
    kk_number: str | None = None


class Normalised(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person as it is compared: upper-case ASCII, or None. Each field is a column of the same name in a batch."""

    nik: str | None = None
    """A NIK that can be somebody's, 16 digits: no placeholder, structure in order."""
    nik_first12: str | None = None
    nik_date: str | None = None
    """The birth date in the NIK, `YYMMDD`; the day of a woman is brought back to the calendar's."""
    kk_number: str | None = None
    name: str | None = None
    """Words in their usual spelling: `MUHAMMAD YUSUF`."""
    sound: str | None = None
    """How the words sound, in their order: `MUHAMAD IUSUF`."""
    sound_sorted: str | None = None
    sound_joined: str | None = None
    """The same without spaces and without H, which clerks drop and add."""
    skeleton: str | None = None
    """The consonants of the whole name, after its first letter."""
    stem: str | None = None
    """The first five letters of the longest word that sounds."""
    sex: str | None = None
    birth_date: str | None = None
    """`YYYY-MM-DD`."""
    birth_short: str | None = None
    """The same as a NIK would hold it, `YYMMDD`."""
    birth_year: str | None = None
    birth_day: str | None = None
    """Month and day, `MM-DD`."""
    birth_swapped: str | None = None
    """The birth date with day and month exchanged: `YYYY-DD-MM`."""
    village: str | None = None
    subdistrict: str | None = None
    regency: str | None = None
    hamlet: str | None = None
    rw: str | None = None
    rt: str | None = None
