"""Profiles of villages and poverty series: taken in in sets, the newer revision wins; read in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from hub.domain.ids import stable_id
from hub.domain.records import Reject
from hub.domain.village_profiles import SMART_KAMPUNG, PovertyPoint, PovertySeriesRecord, VillageProfileRecord
from hub.store.database import Row, Session, Transaction
from hub.store.queries import query
from hub.store.rows import SourceStamp, Stretch, by_key, grouped, read, stretches

Refused = tuple[str, str, str, str]
"""Record id, field, code and value."""


class VillageProfile(msgspec.Struct, frozen=True):
    """A village as its district knows it."""

    region_code: str
    has_doctor: bool | None
    has_wifi: bool | None
    bandwidth_mbps: float | None
    smart_kampung: dict[str, bool]
    source_stamp: SourceStamp

    @property
    def criteria(self) -> list["Criterion"]:
        """All seven criteria, those that are not known too."""
        return [Criterion(code, self.smart_kampung.get(code)) for code in SMART_KAMPUNG]


class Criterion(msgspec.Struct, frozen=True):
    """A criterion of a Smart Kampung, and whether the village meets it; None: not known."""

    criterion: str
    is_met: bool | None


class BudgetRow(msgspec.Struct, frozen=True):
    """A budget line of a village."""

    region_code: str
    year: int
    activity: str
    planned: int | None
    released: int | None
    spent: int | None


class PovertySeries(msgspec.Struct, frozen=True):
    """Poverty figures of one source by one method."""

    series_id: int
    region_code: str
    origin: str
    method: str
    points: list[PovertyPoint]
    source_stamp: SourceStamp


@dataclass(frozen=True, slots=True)
class ProfileBatch:
    """What a district reported."""

    source_code: str
    regency_code: str
    profiles: Sequence[VillageProfileRecord]
    series: Sequence[PovertySeriesRecord]
    fetched_at: datetime
    rejects: Sequence[Reject] = ()
    """What the connector could not read."""
    is_whole: bool = False
    """Whether this is all that the district lists: what else is known of it has gone."""

    @property
    def is_authoritative(self) -> bool:
        """Whether it says what has gone; not when it has a record that does not even say which one it is."""
        return self.is_whole and all(reject.source_record_id for reject in self.rejects)

    def listed(self, kind: str, records: Sequence[VillageProfileRecord | PovertySeriesRecord]) -> list[str]:
        """The ids of all records of a kind that the district lists, those that do not fit too."""
        unread = [reject.source_record_id for reject in self.rejects if reject.record_kind == kind]
        return [record.source_record_id for record in records] + unread


@dataclass(frozen=True, slots=True)
class ProfileCounts:
    """What became of it, in records. `removed`: those that the district lists no more."""

    received: int
    merged: int
    rejected: int
    removed: int = 0


async def merge_profiles(session: Session, batch: ProfileBatch) -> ProfileCounts:
    """Take profiles and series in, all in one transaction; what does not fit goes into quarantine by name.

    What a whole batch does not list goes first: a series that is listed under another id now is no second one.
    """
    profiles = [msgspec.to_builtins(record) for record in batch.profiles]
    series = [
        {**msgspec.to_builtins(record), "series_id": stable_id("series", batch.source_code, record.source_record_id)}
        for record in batch.series
    ]
    async with session.transaction() as transaction:
        removed = await _drop_unlisted(transaction, batch) if batch.is_authoritative else 0
        no_profiles = await transaction.fetch(
            query("village_profile", "reject_profiles"),
            records=profiles,
            regency_code=batch.regency_code,
            criteria=SMART_KAMPUNG,
        )
        no_series = await transaction.fetch(
            query("village_profile", "reject_series"), records=series, regency_code=batch.regency_code
        )
        merged = await _merge_profiles(transaction, batch, profiles, no_profiles)
        merged += await _merge_series(transaction, batch, series, no_series)
        refused = {"VILLAGE_PROFILE": _named(no_profiles), "POVERTY_SERIES": _named(no_series)}
        for reject in batch.rejects:
            refused[reject.record_kind].append((reject.source_record_id, reject.field, reject.code, reject.value))
        count = sum(map(len, refused.values()))
        counts = ProfileCounts(len(profiles) + len(series) + len(batch.rejects), merged, count, removed)
        await _quarantine(transaction, batch, counts, refused)
        if batch.is_whole:
            await transaction.execute(
                query("village_profile", "note_profiles_read"),
                source_code=batch.source_code,
                fetched_at=batch.fetched_at,
            )
    return counts


async def find_profiles(session: Session, region_codes: Sequence[str]) -> list[VillageProfile | None]:
    """The profile of each village."""
    rows = await session.fetch(query("village_profile", "find_profiles"), region_codes=list(region_codes))
    return by_key(region_codes, ((row["region_code"], VillageProfile(*_cells(row, 5))) for row in rows))


async def list_profiles(session: Session, of: Sequence[Stretch], first: int) -> list[VillageProfile]:
    """The first profiles of some stretches together."""
    rows = await session.fetch(query("village_profile", "list_profiles"), **stretches(of, first))
    return [VillageProfile(*_cells(row, 5)) for row in rows]


async def list_poverty_series(session: Session, of: Sequence[Stretch], first: int) -> list[PovertySeries]:
    """The first poverty series of some stretches together."""
    rows = await session.fetch(query("village_profile", "list_poverty_series"), **stretches(of, first))
    return [_series(row) for row in rows]


async def list_budget_lines(
    session: Session, region_codes: Sequence[str], *, after: tuple[int, str], first: int
) -> list[list[BudgetRow]]:
    """A page of budget lines for each village, the newest year first; `after` is (year, activity)."""
    rows = await session.fetch(
        query("village_profile", "list_budget_lines"),
        region_codes=list(region_codes),
        after_year=after[0],
        after_activity=after[1],
        first=first,
    )
    return grouped(region_codes, ((line.region_code, line) for line in read(BudgetRow, rows)))


async def list_series(
    session: Session, region_codes: Sequence[str], *, after: tuple[str, str] = ("", ""), first: int
) -> list[list[PovertySeries]]:
    """A page of poverty series for each region; `after` is (origin, method)."""
    rows = await session.fetch(
        query("village_profile", "list_series"),
        region_codes=list(region_codes),
        after_origin=after[0],
        after_method=after[1],
        first=first,
    )
    return grouped(region_codes, ((row["region_code"], _series(row)) for row in rows))


async def _drop_unlisted(transaction: Transaction, batch: ProfileBatch) -> int:
    listed = {
        "drop_unlisted_profiles": batch.listed("VILLAGE_PROFILE", batch.profiles),
        "drop_unlisted_series": batch.listed("POVERTY_SERIES", batch.series),
    }
    removed = 0
    for name, record_ids in listed.items():
        of = {"source_code": batch.source_code, "record_ids": record_ids}
        removed += await transaction.fetch_value(query("village_profile", name), **of)
    return removed


async def _merge_profiles(
    transaction: Transaction, batch: ProfileBatch, records: list[Any], refused: Sequence[Row]
) -> int:
    changed = await transaction.fetch(
        query("village_profile", "merge_profiles"), records=records, refused=_ids(refused), **_stamp(batch)
    )
    of = {"region_codes": [row["region_code"] for row in changed]}
    await transaction.execute(query("village_profile", "drop_budget_lines"), **of)
    await transaction.execute(
        query("village_profile", "add_budget_lines"),
        records=records,
        regency_code=batch.regency_code,
        revisions=[row["source_revision"] for row in changed],
        **of,
    )
    return len(changed)


async def _merge_series(
    transaction: Transaction, batch: ProfileBatch, records: list[Any], refused: Sequence[Row]
) -> int:
    changed = await transaction.fetch(
        query("village_profile", "merge_series"), records=records, refused=_ids(refused), **_stamp(batch)
    )
    of = {"series_ids": [row["series_id"] for row in changed]}
    await transaction.execute(query("village_profile", "drop_points"), **of)
    await transaction.execute(
        query("village_profile", "add_points"),
        records=records,
        regency_code=batch.regency_code,
        revisions=[row["source_revision"] for row in changed],
        **of,
    )
    return len(changed)


async def _quarantine(
    transaction: Transaction, batch: ProfileBatch, counts: ProfileCounts, refused: dict[str, list[Refused]]
) -> None:
    batch_id = await transaction.fetch_value(
        query("ingest", "add_batch"),
        source_code=batch.source_code,
        channel="PULL",
        cursor_after=None,
        received=counts.received,
        merged=counts.merged,
        unchanged=counts.received - counts.merged - counts.rejected,
        rejected=counts.rejected,
        fetched_at=batch.fetched_at,
    )
    came: dict[str, Sequence[VillageProfileRecord | PovertySeriesRecord]] = {
        "VILLAGE_PROFILE": batch.profiles,
        "POVERTY_SERIES": batch.series,
    }
    for kind, rows in refused.items():
        of = {"source_code": batch.source_code, "record_kind": kind}
        await transaction.execute(
            query("village_profile", "clear_profile_rejects"),
            record_ids=[record.source_record_id for record in came[kind]] + [record_id for record_id, *_ in rows],
            **of,
        )
        await transaction.execute(
            query("village_profile", "add_profile_rejects"),
            record_ids=[record_id for record_id, *_ in rows],
            fields=[field for _, field, _, _ in rows],
            codes=[code for _, _, code, _ in rows],
            values=[value for *_, value in rows],
            batch_id=batch_id,
            rejected_at=batch.fetched_at,
            **of,
        )


def _stamp(batch: ProfileBatch) -> dict[str, object]:
    return {"source_code": batch.source_code, "regency_code": batch.regency_code, "fetched_at": batch.fetched_at}


def _named(rows: Sequence[Row]) -> list[Refused]:
    return [(row["source_record_id"], row["field"], row["code"], row["value"]) for row in rows]


def _ids(rows: Sequence[Row]) -> list[str]:
    return [row["source_record_id"] for row in rows]


def _cells(row: Row, count: int) -> list[Any]:
    """The first cells of a row, and its last four as a source stamp."""
    return [*list(row)[:count], SourceStamp(*list(row)[count:])]


def _series(row: Row) -> PovertySeries:
    *known, points, stamp = _cells(row, 5)
    series_id, region_code, origin, method = known
    return PovertySeries(series_id, region_code, origin, method, msgspec.convert(points, list[PovertyPoint]), stamp)
