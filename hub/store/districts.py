"""Reads district systems with their freshness, the batches that came in, and what was rejected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.domain.directory import Finding
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.domain.rejects import WAY_OUT
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import by_key, read

RejectKey = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class DistrictCheck:
    """The last check of a district and what it found; `extent` is CONTRACT or FULL."""

    checked_at: datetime
    extent: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class DistrictSystem:
    """A district system as a party of the federation, with how fresh its data is and what its last check found."""

    regency_code: str
    endpoint: str
    contract_version: int
    capabilities: list[str]
    concurrency: int
    freshness_target: timedelta
    joined_at: datetime
    status: str
    status_since: datetime
    cursor_moved_at: datetime | None
    drained_at: datetime | None
    failed_at: datetime | None
    failure_code: str | None
    is_stale: bool
    checked_at: datetime | None
    extent: str | None
    findings: list[dict[str, str]] | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.DISTRICT_SYSTEM, self.regency_code)

    @property
    def freshness(self) -> "DistrictSystem":
        """How fresh the data is: read from the same row."""
        return self

    @property
    def target_seconds(self) -> int:
        """How old the data may become."""
        return int(self.freshness_target.total_seconds())

    @property
    def last_check(self) -> DistrictCheck | None:
        """The last check, None when there was none."""
        if self.checked_at is None or self.extent is None:
            return None
        return DistrictCheck(self.checked_at, self.extent, tuple(Finding(**finding) for finding in self.findings or ()))


@dataclass(frozen=True, slots=True)
class IngestBatch:
    """One batch of records that came in."""

    batch_id: int
    source: str
    channel: str
    received: int
    merged: int
    unchanged: int
    rejected: int
    merged_at: datetime


@dataclass(frozen=True, slots=True)
class RejectedValue:
    """A record or value in quarantine."""

    source: str
    record_kind: str
    record_id: str
    field: str
    code: str
    severity: str
    batch_id: int
    rejected_at: datetime
    value: str | None

    @property
    def key(self) -> RejectKey:
        """What names it in quarantine."""
        return (self.source, self.record_kind, self.record_id, self.field, self.code)

    @property
    def way_out(self) -> str | None:
        """What its sender does about it."""
        return WAY_OUT.get(self.code)


async def find_districts(
    session: Session, codes: Sequence[str], regions: RegionRange, now: datetime
) -> list[DistrictSystem | None]:
    """The district system of each regency code."""
    rows = await session.fetch(
        query("district", "find_districts"),
        codes=list(codes),
        region_from=regions.start,
        region_to=regions.end,
        now=now,
    )
    return by_key(codes, ((district.regency_code, district) for district in read(DistrictSystem, rows)))


async def list_districts(
    session: Session, regions: RegionRange, now: datetime, *, after: str | None, first: int
) -> list[DistrictSystem]:
    """A page of district systems in the order of their codes."""
    rows = await session.fetch(
        query("district", "list_districts"),
        region_from=regions.start,
        region_to=regions.end,
        now=now,
        after=after,
        first=first,
    )
    return read(DistrictSystem, rows)


NATIONAL_TARGET = timedelta(hours=24)
"""How old what national systems gave may become; each district has a target of its own."""


async def count_stale_sources(session: Session, now: datetime) -> int:
    """How many systems were not read to their end for longer than they may be."""
    count: int = await session.fetch_value(
        query("district", "count_stale_sources"), stale_before=now - NATIONAL_TARGET, now=now
    )
    return count


async def list_batches(session: Session, source_code: str | None, *, before_id: int, first: int) -> list[IngestBatch]:
    """A page of batches, the newest first."""
    rows = await session.fetch(
        query("district", "list_batches"), source_code=source_code, before_id=before_id, first=first
    )
    return read(IngestBatch, rows)


async def list_rejects(
    session: Session, source_code: str | None, *, after: RejectKey, first: int
) -> list[RejectedValue]:
    """A page of what is in quarantine."""
    rows = await session.fetch(
        query("district", "list_rejects"),
        source_code=source_code,
        after_source=after[0],
        after_kind=after[1],
        after_record=after[2],
        after_field=after[3],
        after_code=after[4],
        first=first,
    )
    return read(RejectedValue, rows)
