"""The directory of districts: how each is reached and treated, and what a check finds of it."""

from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from hub.domain.district import DistrictCapability, DistrictStatus

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
        about = f"{self.check} {self.path}" if self.path else self.check
        return f"{about}: {self.came}; wanted: {self.wanted}"


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
    capabilities: frozenset[DistrictCapability]
    findings: tuple[Finding, ...]


class DistrictInspector(Protocol):
    """Checks district systems."""

    async def inspect(self, access: DistrictAccess, extent: Extent) -> Inspection:
        """What it finds; raises Invalid when the credential's reference leads to no secret."""
        ...


class DistrictTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub treats a district: pages of its feed, calls at a time, and when it counts as STALE or OFFLINE."""

    page_size: int = 500
    concurrency: int = 8
    freshness_target: timedelta = timedelta(hours=24)
    offline_after: timedelta = timedelta(minutes=5)


class DistrictEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A district in the directory, as the hub works with it."""

    regency_code: str
    endpoint: str
    credential: str
    capabilities: frozenset[DistrictCapability]
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
