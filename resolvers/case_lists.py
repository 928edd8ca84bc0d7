"""Lists of case files and their counts: from what the hub holds, or live from the districts.

Both are the same list in the same order. Live, each district is asked now, and what the hub holds of it stands in when
it does not answer; the completeness says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder, Place
from hub.domain.errors import Invalid
from hub.domain.principal import RegionRange
from hub.federation import search
from hub.federation.completeness import Completeness
from hub.federation.directory import REGENCY_LENGTH, Shard
from hub.federation.progress import Progress
from hub.federation.questions import CaseFileFilter, Position
from hub.federation.routing import shards_of
from hub.store import case_search
from hub.store.case_files import CaseFile
from hub.store.database import Session
from hub.store.sources import list_drained_at
from resolvers.context import Context
from resolvers.paging import Key, Page, Window, window
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


class LivePage(Page[CaseFile]):
    """A page of case files; `completeness` is None unless it was read live."""

    completeness: Completeness | None = None


@dataclass(frozen=True, slots=True)
class CaseFileCount:
    """How many case files; `completeness` is None unless they were counted live."""

    count: int
    completeness: Completeness | None


async def list_case_files(ctx: Context, wanted: CaseFileList, first: int, after: str | None) -> LivePage:
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


async def _held_page(ctx: Context, wanted: CaseFileList, regions: RegionRange, asked: Window) -> LivePage:
    after = _place(asked.after)
    limit = asked.limit
    rows = await case_search.list_in_order(ctx.session, regions, wanted.criteria, wanted.order, after, limit)
    return LivePage(asked, rows, lambda row: _key(row))


async def _live_page(ctx: Context, wanted: CaseFileList, regions: RegionRange, asked: Window) -> LivePage:
    progress = Progress() if asked.after is None else Progress.read(str(asked.after[0]))
    found = await search.search_case_files(
        ctx.federation.gather,
        _shards(ctx, wanted, regions),
        Held(ctx.session, regions),
        search.Wanted(_filter(wanted), wanted.order, asked.first, progress),
        ctx.clock(),
    )
    found.completeness.require(wanted.minimum_coverage)
    page = LivePage(asked, found.rows, lambda row: (found.progress_after(row).write(),))
    page.completeness = found.completeness
    return page


async def _held_count(ctx: Context, wanted: CaseFileList, regions: RegionRange) -> CaseFileCount:
    return CaseFileCount(await case_search.count_in_range(ctx.session, regions, wanted.criteria, None), None)


async def _live_count(ctx: Context, wanted: CaseFileList, regions: RegionRange) -> CaseFileCount:
    shards, held = _shards(ctx, wanted, regions), Held(ctx.session, regions)
    counted = await search.count_case_files(ctx.federation.gather, shards, held, _filter(wanted))
    counted.completeness.require(wanted.minimum_coverage)
    return CaseFileCount(counted.count, counted.completeness)


class Held:
    """The Replica of a caller: what the hub holds of a range of regions."""

    def __init__(self, session: Session, regions: RegionRange) -> None:
        self._session = session
        self._regions = regions

    async def drained_at(self, sources: Sequence[str]) -> Mapping[str, datetime | None]:
        """When the feed of each source was last read to its end."""
        return await list_drained_at(self._session, sources)

    async def search(
        self, after: Mapping[str, Position | None], criteria: CaseFileCriteria, order: CaseFileOrder, first: int
    ) -> list[CaseFile]:
        """The first rows of these sources together, each after its position."""
        places = {
            source: None if position is None else (position.received_at, position.record_id)
            for source, position in after.items()
        }
        return await case_search.list_of_sources(self._session, self._regions, criteria, order, places, first)

    async def count(self, sources: Sequence[str], criteria: CaseFileCriteria) -> int:
        """How many rows these sources have together."""
        return await case_search.count_in_range(self._session, self._regions, criteria, sources)

    async def ids_of(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """The ids of those case files of districts that are held, by their places."""
        return await case_search.ids_of(self._session, places)


def _shards(ctx: Context, wanted: CaseFileList, regions: RegionRange) -> Sequence[Shard]:
    return shards_of(ctx.federation.directory(), wanted.region_code, regions)


def _filter(wanted: CaseFileList) -> CaseFileFilter:
    """What a district is asked: a region within it by its code, anything above it is all that it has."""
    region_code = wanted.region_code
    is_within = region_code is not None and len(region_code) > REGENCY_LENGTH
    return CaseFileFilter(region_code if is_within else None, wanted.criteria)


def _check(wanted: CaseFileList) -> None:
    criteria, coverage = wanted.criteria, wanted.minimum_coverage
    for name, text in (("number", criteria.number), ("text", criteria.text)):
        if text is not None and len(text) > _TEXT_MAX:
            raise Invalid(f"{name} has {len(text)} characters: at most {_TEXT_MAX} are allowed", ("filter", name))
    for name, moment in (("receivedFrom", criteria.received_from), ("receivedBefore", criteria.received_before)):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("a time needs its zone, such as 2026-01-31T08:00:00+07:00", ("filter", name))
    require_coverage(coverage, is_live=wanted.is_live)


def require_coverage(minimum_coverage: float | None, *, is_live: bool) -> None:
    """Raise Invalid for a share that cannot be, or that nothing live has to reach."""
    if minimum_coverage is None:
        return
    if not 0 <= minimum_coverage <= 1:
        raise Invalid(f"minimumCoverage is {minimum_coverage}: it is a share from 0 to 1", ("minimumCoverage",))
    if not is_live:
        raise Invalid("minimumCoverage is for what is read live: add live: true, or leave it out", ("minimumCoverage",))


def _key(case_file: CaseFile) -> Key:
    return (case_file.received_at.isoformat(), case_file.source_code, case_file.source_record_id)


def _place(key: Key | None) -> tuple[datetime, str, str] | None:
    if key is None:
        return None
    at, source, record_id = map(str, key)
    return datetime.fromisoformat(at), source, record_id
