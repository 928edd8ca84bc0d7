"""Agencies [instansi] that work on case files, each named by where it sits and its kind: 35.10/DINAS_KESEHATAN, ID/KEMENSOS."""

import re
from dataclasses import dataclass
from enum import StrEnum

NATION = "ID"
"""Stands for the region of national agencies."""


class AgencyKind(StrEnum):
    """What an agency is."""

    DINAS_SOSIAL = "DINAS_SOSIAL"
    DINAS_KESEHATAN = "DINAS_KESEHATAN"
    DINAS_PENDIDIKAN = "DINAS_PENDIDIKAN"
    DINAS_PERTANIAN = "DINAS_PERTANIAN"
    DINAS_PERIKANAN = "DINAS_PERIKANAN"
    DINAS_PERUMAHAN = "DINAS_PERUMAHAN"
    DPMD = "DPMD"
    DUKCAPIL = "DUKCAPIL"
    KESRA = "KESRA"
    UPT = "UPT"
    PUSKESOS = "PUSKESOS"
    KEMENSOS = "KEMENSOS"
    BPJS_KESEHATAN = "BPJS_KESEHATAN"


_LENGTH_OF_REGION = {AgencyKind.UPT: 8, AgencyKind.PUSKESOS: 13}
_NATIONAL = frozenset({AgencyKind.KEMENSOS, AgencyKind.BPJS_KESEHATAN})
_REGENCY_LENGTH = 5
_CODE = re.compile(r"(ID|\d{2}\.\d{2}(?:\.\d{2}(?:\.\d{4})?)?)/([A-Z_]{2,40})", re.ASCII)


def agency_at(kind: AgencyKind, region_code: str) -> str | None:
    """The agency of a kind that serves a region; None when the region is too large to say which."""
    if kind in _NATIONAL:
        return f"{NATION}/{kind}"
    length = _LENGTH_OF_REGION.get(kind, _REGENCY_LENGTH)
    return f"{region_code[:length]}/{kind}" if len(region_code) >= length else None


def read_agency(code: str) -> tuple[str, AgencyKind] | None:
    """Region (ID for the nation) and kind of an agency; None when no agency has such a code."""
    parts = _CODE.fullmatch(code)
    if parts is None or parts[2] not in AgencyKind.__members__:
        return None
    kind = AgencyKind(parts[2])
    return (parts[1], kind) if agency_at(kind, parts[1]) == code else None


def is_secretariat(agency_code: str) -> bool:
    """Whether it is the office that distributes the cases of a regency [Kesra]."""
    return agency_code.endswith(f"/{AgencyKind.KESRA}")


@dataclass(frozen=True, slots=True)
class Agencies:
    """To whom a case file is given. No lead and no supports: to whom the routing rules say."""

    lead: str | None = None
    supports: tuple[str, ...] = ()
