"""Who can send or receive a referral [rujukan]: a district, one of its agencies, an agency or a system of the nation."""

import re
from dataclasses import dataclass

from hub.domain.agencies import NATION, read_agency
from hub.domain.errors import Invalid

DISTRICT = "DISTRICT"
NATIONAL_SYSTEMS = frozenset({"KIS", "PKH"})
_REGENCY = re.compile(r"\d\d\.\d\d", re.ASCII)
_REGENCY_LENGTH = 5
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
    if _REGENCY.fullmatch(code):
        return Party(code, DISTRICT, code, code)
    agency = read_agency(code)
    if agency is not None:
        region, kind = agency
        is_national = region == NATION
        return Party(code, kind.value, region[:_REGENCY_LENGTH], None if is_national else region)
    raise Invalid(
        f"there is no party {code[:_SHOWN]!r}: name a district (35.10), an agency with the region where it sits "
        "(35.10/DINAS_KESEHATAN, 35.10.01/UPT, 35.10.01.2001/PUSKESOS), ID/KEMENSOS, KIS or PKH",
        (argument,),
    )
