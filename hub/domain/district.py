"""A district system as a party of the federation: its status, what it can do, and what a check finds of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

import msgspec


class DistrictStatus(StrEnum):
    """How a district stands; derived from what is stored of it, by `district_status` in the database."""

    ONLINE = "ONLINE"
    DEGRADED = "DEGRADED"
    STALE = "STALE"
    OFFLINE = "OFFLINE"
    SUSPENDED = "SUSPENDED"


Extent = Literal["CONTRACT", "FULL"]
"""How much a check asks: who it is and whether its schema fits (one call), or all of the conformance suite."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a district does not do as the contract says; texts are for its developers and hold no personal data."""

    check: str
    """Id of the check, as docs/reference/district-checks.md lists it."""
    path: str
    """The field, type or argument that it is about, such as `Household.kkNumber`; empty when it is about none."""
    asked: str
    came: str
    wanted: str
    mend: str

    @property
    def line(self) -> str:
        """All of it in one line."""
        return f"{self.check}: {self.came}; wanted: {self.wanted}"


class DistrictAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Which system is meant and how to reach it; `credential` is a reference, never a secret."""

    regency_code: str
    endpoint: str
    credential: str


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of a district found. `has_answered` False: it could not be reached, or refused us."""

    extent: Extent
    has_answered: bool
    contract_version: int | None
    capabilities: tuple[str, ...]
    findings: tuple[Finding, ...]


class DistrictInspector(Protocol):
    """Checks district systems."""

    async def inspect(self, access: DistrictAccess, extent: Extent) -> Inspection:
        """What it finds; raises Invalid when the credential's reference leads to no secret."""
        ...


class DistrictTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub treats a district: pages of its feed, calls at a time, and when it counts as STALE or OFFLINE."""

    page_size: int = 500
    concurrency: int = 4
    freshness_target: timedelta = timedelta(hours=24)
    offline_after: timedelta = timedelta(minutes=5)


class DistrictEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A district in the directory, as the hub works with it."""

    regency_code: str
    endpoint: str
    credential: str
    capabilities: tuple[str, ...]
    contract_version: int
    status: DistrictStatus
    is_failing: bool
    has_drifted: bool
    terms: DistrictTerms

    @property
    def access(self) -> DistrictAccess:
        """How to reach it."""
        return DistrictAccess(regency_code=self.regency_code, endpoint=self.endpoint, credential=self.credential)


class DirectoryPage(msgspec.Struct, frozen=True):
    """All districts at one revision of the directory."""

    revision: int
    read_at: datetime
    entries: tuple[DistrictEntry, ...]
