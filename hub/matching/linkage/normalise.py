"""From a record as written to a record as compared; each column has its own function, so that batches normalise values once."""

import re
from collections.abc import Collection
from datetime import date
from functools import lru_cache

from hub.matching.linkage.names import canonical_name, skeleton_of, sounds_of, stem_of
from hub.matching.linkage.numbers import birth_date_in, usable_kk, usable_nik
from hub.matching.linkage.record import IdentityRecord, Normalised

_RT = re.compile(r"\bRT\s*[.:]?\s*0*(\d{1,3})")
_RW = re.compile(r"\bRW\s*[.:]?\s*0*(\d{1,3})")
_RT_AND_RW = re.compile(
    r"\bRT\s*[./]?\s*RW\s*[.:]?\s*0*(\d{1,3})\s*/\s*0*(\d{1,3})|\bRT\s*[.:]?\s*0*(\d{1,3})\s*/\s*0*(\d{1,3})"
)
_HAMLET = re.compile(
    r"\b(?:DUSUN|DSN|DUKUH|DKH|DK|KAMPUNG|KAMP|KP|LINGKUNGAN|LINGK|LK|BANJAR|BR|JORONG|PADUKUHAN)\b\s*[.:]?\s*([A-Z][A-Z ]*?)"
    r"\s*(?=\d|,|;|\bRT\b|\bRW\b|$)"
)
_DIGITS = re.compile(r"\D+")


def normalise(record: IdentityRecord, overused: Collection[str] = ()) -> Normalised:
    """The record as it is compared. `overused`: NIK and KK numbers that so many share that they identify nobody."""
    return Normalised(
        **nik_columns(record.nik, overused),
        **kk_columns(record.kk_number, overused),
        **name_columns(record.name),
        sex=record.sex,
        **birth_columns(record.birth_date),
        **region_columns(record.region_code),
        **address_columns(record.address, record.hamlet),
    )


def nik_columns(nik: str | None, overused: Collection[str] = ()) -> dict[str, str]:
    """nik, nik_first12, nik_date."""
    number = usable_nik(nik)
    if number is None or number in overused:
        return {}
    return {"nik": number, "nik_first12": number[:12], "nik_date": birth_date_in(number)}


def kk_columns(kk_number: str | None, overused: Collection[str] = ()) -> dict[str, str]:
    """kk_number."""
    number = usable_kk(kk_number)
    return {} if number is None or number in overused else {"kk_number": number}


@lru_cache(maxsize=100_000)
def name_columns(name: str | None) -> dict[str, str]:
    """name, sound, sound_sorted, sound_joined, skeleton, stem."""
    plain = canonical_name(name) if name else None
    if plain is None:
        return {}
    sounds = sounds_of(plain)
    joined = "".join(sounds).replace("H", "") or "H"
    found = {
        "name": plain,
        "sound": " ".join(sounds),
        "sound_sorted": " ".join(sorted(sounds)),
        "sound_joined": joined,
        "skeleton": skeleton_of(joined),
        "stem": stem_of(sounds),
    }
    return {column: value for column, value in found.items() if value}


@lru_cache(maxsize=50_000)
def birth_columns(birth_date: date | None) -> dict[str, str]:
    """birth_date, birth_short, birth_year, birth_day, birth_swapped."""
    if birth_date is None:
        return {}
    text = birth_date.isoformat()
    year, month, day = text.split("-")
    return {
        "birth_date": text,
        "birth_short": year[2:] + month + day,
        "birth_year": year,
        "birth_day": f"{month}-{day}",
        "birth_swapped": f"{year}-{day}-{month}",
    }


@lru_cache(maxsize=100_000)
def region_columns(code: str | None) -> dict[str, str]:
    """village, subdistrict, regency: as deep as the code goes, with or without its dots."""
    digits = _DIGITS.sub("", code or "")
    parts = {"regency": 4, "subdistrict": 6, "village": 10}
    return {level: _dotted(digits[:length]) for level, length in parts.items() if len(digits) >= length}


def address_columns(address: str | None, hamlet: str | None = None) -> dict[str, str]:
    """hamlet, rw, rt; numbers without leading zeros."""
    if not address and not hamlet:
        return {}
    return _address_columns((address or "").upper(), (hamlet or "").upper())


@lru_cache(maxsize=100_000)
def _address_columns(address: str, hamlet: str) -> dict[str, str]:
    rt, rw = _neighbourhood(address)
    named = _HAMLET.search(hamlet) or (None if hamlet else _HAMLET.search(address))
    place = canonical_name(named[1] if named else hamlet)
    found = {"hamlet": place, "rw": rw, "rt": rt}
    return {column: value for column, value in found.items() if value}


def _neighbourhood(address: str) -> tuple[str | None, str | None]:
    """RT and RW of `RT 03 RW 02`, `RT 3/RW 2`, `RT/RW 003/002` or `RT 3/2`."""
    both = _RT_AND_RW.search(address)
    if both:
        return both[1] or both[3], both[2] or both[4]
    rt, rw = _RT.search(address), _RW.search(address)
    return rt and rt[1], rw and rw[1]


def _dotted(digits: str) -> str:
    return ".".join((digits[:2], digits[2:4], digits[4:6], digits[6:10])).rstrip(".")
