"""Who can send or receive a referral [rujukan]: a district, one of its agencies, an agency or a system of the nation."""

import re
from dataclasses import dataclass

from hub.domain.errors import Invalid

NATION = "ID"
"""Stands for the regency of national parties."""
DISTRICT = "DISTRICT"
NATIONAL_SYSTEMS = frozenset({"KIS", "PKH"})
NATIONAL_AGENCIES = frozenset({"KEMENSOS"})
LEVEL_OF_AGENCY: dict[str, str] = {
    "DINAS_SOSIAL": "REGENCY",
    "DINAS_KESEHATAN": "REGENCY",
    "DINAS_PENDIDIKAN": "REGENCY",
    "DPMD": "REGENCY",
    "KESRA": "REGENCY",
    "DUKCAPIL": "REGENCY",
    "UPT": "SUBDISTRICT",
    "PUSKESOS": "VILLAGE",
}
"""The level of region at which each kind of agency sits."""

_CODE = re.compile(r"(\d\d\.\d\d)(\.\d\d)?(\.\d{4})?(?:/([A-Z_]{2,30}))?")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Party:
    """A party. `region_code` None: a national one; `regency_code` is then NATION."""

    code: str
    kind: str
    regency_code: str
    region_code: str | None

    @property
    def is_district(self) -> bool:
        """Whether it is a district as a whole, with or without a system of its own."""
        return self.kind == DISTRICT


def read_party(code: str, argument: str = "toParty") -> Party:
    """The party of a code such as 35.10, 35.10/DINAS_KESEHATAN, ID/KEMENSOS or KIS; raises Invalid for anything else.

    Whether the region exists is for the caller to check.
    """
    if code in NATIONAL_SYSTEMS:
        return Party(code, code, NATION, None)
    if code.startswith(f"{NATION}/") and code.partition("/")[2] in NATIONAL_AGENCIES:
        return Party(code, code.partition("/")[2], NATION, None)
    parts = _CODE.fullmatch(code)
    if parts is not None:
        regency, subdistrict, village, kind = parts.groups()
        level = "VILLAGE" if village and subdistrict else "SUBDISTRICT" if subdistrict else "REGENCY"
        if (not village or subdistrict) and level == (LEVEL_OF_AGENCY.get(kind) if kind else "REGENCY"):
            return Party(code, kind or DISTRICT, regency, code.partition("/")[0])
    raise Invalid(
        f"there is no party {code[:_SHOWN]!r}: name a district (35.10), an agency with the region where it sits "
        "(35.10/DINAS_KESEHATAN, 35.10.01/UPT, 35.10.01.2001/PUSKESOS), ID/KEMENSOS, KIS or PKH",
        (argument,),
    )
