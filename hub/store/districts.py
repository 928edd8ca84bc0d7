"""Reads district systems with their freshness, the batches that came in, and what was rejected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.domain.rejects import WAY_OUT
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import by_key, read

RejectKey = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class DistrictSystem:
    """A district system as a party of the federation, with how fresh its data is."""

    regency_code: str
    endpoint: str
    contract_version: int
    status: str
    joined_at: datetime
    cursor_moved_at: datetime | None
    drained_at: datetime | None
    failed_at: datetime | None
    failure_code: str | None
    is_stale: bool

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.DISTRICT_SYSTEM, self.regency_code)

    @property
    def freshness(self) -> "DistrictSystem":
        """How fresh the data is: read from the same row."""
        return self


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
    session: Session, codes: Sequence[str], regions: RegionRange, stale_before: datetime
) -> list[DistrictSystem | None]:
    """The district system of each regency code."""
    rows = await session.fetch(
        query("district", "find_districts"),
        codes=list(codes),
        region_from=regions.start,
        region_to=regions.end,
        stale_before=stale_before,
    )
    return by_key(codes, ((district.regency_code, district) for district in read(DistrictSystem, rows)))


async def list_districts(
    session: Session, regions: RegionRange, stale_before: datetime, *, after: str | None, first: int
) -> list[DistrictSystem]:
    """A page of district systems in the order of their codes."""
    rows = await session.fetch(
        query("district", "list_districts"),
        region_from=regions.start,
        region_to=regions.end,
        stale_before=stale_before,
        after=after,
        first=first,
    )
    return read(DistrictSystem, rows)


async def count_stale_sources(session: Session, stale_before: datetime) -> int:
    """How many systems were not read to their end since then."""
    count: int = await session.fetch_value(query("district", "count_stale_sources"), stale_before=stale_before)
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
