"""Lists of case files and their counts: from what the hub holds, or live from the districts.

Both are the same list in the same order. Live, each district is asked now, and what the hub holds of it stands in when
it does not answer; the completeness says so. Who may not see sensitive case files is shown and counted none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder
from hub.domain.errors import Invalid
from hub.domain.principal import RegionRange
from hub.domain.records import CaseFileRecord
from hub.federation import search
from hub.federation.completeness import Completeness
from hub.federation.lists import CaseFiles
from hub.federation.places import HUB, Position
from hub.federation.questions import CaseFileFilter
from hub.federation.search import Found
from hub.store import case_files, case_search
from hub.store.case_files import CaseFile
from hub.store.database import Session
from hub.store.sources import list_drained_at
from resolvers.context import Context
from resolvers.live_lists import Asked, LivePage, live_page, region_within, require_coverage, shards_under
from resolvers.paging import Key, Window, window
from resolvers.places import require_regions, within

_TEXT_MAX = 200


@dataclass(frozen=True, slots=True)
class CaseFileList:
    """Which case files, in which order; `is_live`: as the districts have them now."""

    region_code: str | None
    criteria: CaseFileCriteria
    order: CaseFileOrder = CaseFileOrder.OLDEST_FIRST
    is_live: bool = False
    minimum_coverage: float | None = None


@dataclass(frozen=True, slots=True)
class CaseFileCount:
    """How many case files; `completeness` is None unless they were counted live."""

    count: int
    completeness: Completeness | None


async def list_case_files(ctx: Context, wanted: CaseFileList, first: int, after: str | None) -> LivePage[CaseFile]:
    """A page of the list."""
    _check(wanted)
    regions = within(ctx, wanted.region_code)
    asked = window(first, after, "caseFiles", wanted.region_code, wanted.criteria, wanted.order, wanted.is_live)
    page = await (_live_page if wanted.is_live else _held_page)(ctx, wanted, regions, asked)
    if not page.nodes and wanted.region_code is not None:
        await require_regions(ctx.session, [wanted.region_code], "regionCode")
    return page


async def count_case_files(ctx: Context, wanted: CaseFileList) -> CaseFileCount:
    """How many case files the list has; its order does not matter."""
    _check(wanted)
    regions = within(ctx, wanted.region_code)
    counted = await (_live_count if wanted.is_live else _held_count)(ctx, wanted, regions)
    if not counted.count and wanted.region_code is not None:
        await require_regions(ctx.session, [wanted.region_code], "regionCode")
    return counted


async def _held_page(ctx: Context, wanted: CaseFileList, regions: RegionRange, asked: Window) -> LivePage[CaseFile]:
    after = _place(asked.after)
    limit = asked.limit
    rows = await case_search.list_in_order(ctx.session, regions, wanted.criteria, wanted.order, after, limit)
    return LivePage(asked, rows, lambda row: _key(row))


async def _live_page(ctx: Context, wanted: CaseFileList, regions: RegionRange, asked: Window) -> LivePage[CaseFile]:
    async def show(found: Found[CaseFileRecord, CaseFile], rows: Sequence[CaseFile]) -> Sequence[CaseFile]:
        return await _seen(ctx, await _known(ctx, found, rows))

    listed = CaseFiles(_filter(ctx, wanted), wanted.order)
    held = HeldCaseFiles(ctx.session, regions, wanted.criteria, wanted.order)
    return await live_page(ctx, Asked(listed, wanted.region_code, regions, held, wanted.minimum_coverage), asked, show)


async def _known(ctx: Context, found: Found[CaseFileRecord, CaseFile], rows: Sequence[CaseFile]) -> Sequence[CaseFile]:
    """Those that were opened here under the ids that they have here."""
    opened = [
        (record.received_at, place[1], place[2]) for place, record in found.records.items() if record.hub_reference
    ]
    if not opened:
        return rows
    ids = await case_search.ids_of(ctx.session, opened)
    return [
        replace(row, case_file_id=ids.get((row.received_at, row.source_code, row.source_record_id), row.case_file_id))
        for row in rows
    ]


async def _seen(ctx: Context, rows: Sequence[CaseFile]) -> Sequence[CaseFile]:
    """Without what its district, or the hub before the district has heard of it, holds to be sensitive."""
    if ctx.principal.sees_sensitive or not rows:
        return rows
    hidden = await case_files.list_sensitive(ctx.jobs, [row.case_file_id for row in rows])
    return [row for row in rows if row.case_file_id not in hidden and not row.is_sensitive]


async def _held_count(ctx: Context, wanted: CaseFileList, regions: RegionRange) -> CaseFileCount:
    return CaseFileCount(await case_search.count_in_range(ctx.session, regions, wanted.criteria, None), None)


async def _live_count(ctx: Context, wanted: CaseFileList, regions: RegionRange) -> CaseFileCount:
    shards = shards_under(ctx, wanted.region_code, regions)
    held = HeldCaseFiles(ctx.session, regions, wanted.criteria, wanted.order)
    counted = await search.count_case_files(ctx.federation.gather, shards, held, _filter(ctx, wanted), [HUB])
    counted.completeness.require(wanted.minimum_coverage)
    hidden = 0
    if not ctx.principal.sees_sensitive:
        silent = {gap.regency_code for gap in counted.completeness.unavailable}
        told = [shard.regency_code for shard in shards if shard.regency_code not in silent]
        hidden = await case_search.count_sensitive_untold(ctx.jobs, regions, wanted.criteria, told)
    return CaseFileCount(max(0, counted.count - hidden), counted.completeness)


class HeldCaseFiles:
    """The Replica of a caller: the case files that the hub holds of a range of regions."""

    def __init__(
        self, session: Session, regions: RegionRange, criteria: CaseFileCriteria, order: CaseFileOrder
    ) -> None:
        self._session = session
        self._regions = regions
        self._criteria = criteria
        self._order = order

    async def read_at(self, sources: Sequence[str]) -> Mapping[str, datetime | None]:
        """When the feed of each source was last read to its end."""
        return await list_drained_at(self._session, sources)

    async def search(self, after: Mapping[str, Position | None], first: int) -> list[CaseFile]:
        """The first rows of these sources together, each after its position."""
        places = {source: None if position is None else _moment(position) for source, position in after.items()}
        return await case_search.list_of_sources(
            self._session, self._regions, self._criteria, self._order, places, first
        )

    async def count(self, sources: Sequence[str]) -> int:
        """How many rows these sources have together."""
        return await case_search.count_in_range(self._session, self._regions, self._criteria, sources)


def _moment(position: Position) -> tuple[datetime, str | None]:
    if isinstance(position.rank, str):
        raise TypeError(f"case files stand in the order of moments, not of regions such as {position.rank}")
    return position.rank, position.record_id


def _filter(ctx: Context, wanted: CaseFileList) -> CaseFileFilter:
    return CaseFileFilter(
        region_within(wanted.region_code), wanted.criteria, with_sensitive=ctx.principal.sees_sensitive
    )


def _check(wanted: CaseFileList) -> None:
    criteria, coverage = wanted.criteria, wanted.minimum_coverage
    for name, text in (("number", criteria.number), ("text", criteria.text)):
        if text is not None and len(text) > _TEXT_MAX:
            raise Invalid(f"{name} has {len(text)} characters: at most {_TEXT_MAX} are allowed", ("filter", name))
    for name, moment in (("receivedFrom", criteria.received_from), ("receivedBefore", criteria.received_before)):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("a time needs its zone, such as 2026-01-31T08:00:00+07:00", ("filter", name))
    require_coverage(coverage, is_live=wanted.is_live)


def _key(case_file: CaseFile) -> Key:
    return (case_file.received_at.isoformat(), case_file.source_code, case_file.source_record_id)


def _place(key: Key | None) -> tuple[datetime, str, str] | None:
    if key is None:
        return None
    at, source, record_id = map(str, key)
    return datetime.fromisoformat(at), source, record_id
