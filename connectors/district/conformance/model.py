"""What a check is, what it works on, and what it says."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from connectors.district.conformance.asking import Asker, Limits
from hub.domain.directory import Extent, Finding, Inspection
from hub.domain.district import DistrictCapability

Outcome = Literal["PASSED", "FAILED", "SKIPPED"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: asked so, this came, the contract wants that, and how to mend it. Holds no personal data."""

    asked: str
    came: str
    wanted: str
    mend: str
    path: str = ""


class Skip(Exception):
    """A check cannot be made now; the text says why."""


@dataclass(slots=True)
class Subject:
    """The district under check, and what earlier checks learned of it."""

    asker: Asker
    contract: str
    expected_code: str | None = None
    """The regency that is meant; None: whoever it is."""
    allows_writes: bool = False
    region_code: str | None = None
    contract_version: int | None = None
    capabilities: frozenset[str] = frozenset()
    sdl: str | None = None

    @property
    def limits(self) -> Limits:
        """What the suite allows."""
        return self.asker.limits

    @property
    def code(self) -> str:
        """The regency that the district is held to."""
        return self.expected_code or self.region_code or ""


Run = Callable[[Subject], Awaitable[Sequence[Problem]]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its stable id, what it is for, what has to hold before it makes sense, and the capability that it is of."""

    id: str
    title: str
    run: Run
    extent: Extent = "FULL"
    capability: str | None = None
    after: tuple[str, ...] = ()
    writes: bool = False


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one check; `note` says why it was skipped."""

    check: str
    title: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    note: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all checks. Times are in seconds; `p50` and `p99` are over all `calls` of the suite."""

    extent: Extent
    has_answered: bool
    regency_code: str | None
    contract_version: int | None
    capabilities: tuple[str, ...]
    results: tuple[Result, ...]
    calls: int
    p50: float
    p99: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found, in the order of the checks."""
        return tuple(finding for result in self.results for finding in result.findings)

    @property
    def inspection(self) -> Inspection:
        """What the directory keeps of it."""
        return Inspection(
            extent=self.extent,
            has_answered=self.has_answered,
            contract_version=self.contract_version,
            capabilities=frozenset(map(DistrictCapability, self.capabilities)),
            findings=self.findings,
        )
