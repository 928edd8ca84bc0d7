"""Lists of village services, of profiles of villages and of poverty series: from what the hub holds, or live."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from hub.domain.errors import Forbidden
from hub.domain.principal import NOWHERE, RegionRange
from hub.domain.village_profiles import VillageProfileRecord
from hub.federation.lists import LiveList, PovertyFigures, VillageProfiles, VillageServices
from hub.federation.places import Position
from hub.federation.search import Found
from hub.store import case_files, village_profiles
from hub.store.case_files import VillageService
from hub.store.database import Session
from hub.store.rows import Stretch
from hub.store.sources import list_drained_at, list_profiles_read_at
from hub.store.village_profiles import BudgetRow, PovertySeries, VillageProfile
from resolvers.context import Context
from resolvers.live_lists import Asked, LivePage, live_page, region_within, require_coverage
from resolvers.paging import Window, window
from resolvers.places import require_regions, within

W = TypeVar("W")

ReadStretches = Callable[[Session, Sequence[Stretch], int], Awaitable[list[W]]]
ReadAt = Callable[[Session, Sequence[str]], Awaitable[dict[str, datetime | None]]]


@dataclass(frozen=True, slots=True)
class VillageList:
    """Of which region, and whether as the districts have it now."""

    region_code: str | None = None
    is_live: bool = False
    minimum_coverage: float | None = None


@dataclass(frozen=True, slots=True)
class _Kind(Generic[W]):
    """One of the lists: its name for callers, how it is asked live, and how it is read here."""

    name: str
    live: Callable[[str | None], LiveList[Any, W]]
    read: ReadStretches[W]
    read_at: ReadAt


_SERVICES = _Kind("villageServices", VillageServices, case_files.list_village_services, list_drained_at)
_PROFILES = _Kind("villageProfiles", VillageProfiles, village_profiles.list_profiles, list_profiles_read_at)
_SERIES = _Kind("povertySeries", PovertyFigures, village_profiles.list_poverty_series, list_profiles_read_at)


async def list_village_services(
    ctx: Context, wanted: VillageList, first: int, after: str | None
) -> LivePage[VillageService]:
    """A page of village services."""
    return await _list(ctx, _SERVICES, wanted, first, after)


async def list_village_profiles(
    ctx: Context, wanted: VillageList, first: int, after: str | None
) -> LivePage[VillageProfile]:
    """A page of profiles of villages."""
    return await _list(ctx, _PROFILES, wanted, first, after)


async def list_poverty_series(
    ctx: Context, wanted: VillageList, first: int, after: str | None
) -> LivePage[PovertySeries]:
    """A page of poverty series."""
    return await _list(ctx, _SERIES, wanted, first, after)


class Held(Generic[W]):
    """The Replica of a caller: what the hub holds of a list in a range of regions."""

    def __init__(self, session: Session, regions: RegionRange, kind: _Kind[W]) -> None:
        self._session = session
        self._regions = regions
        self._kind = kind

    async def read_at(self, sources: Sequence[str]) -> Mapping[str, datetime | None]:
        """When the list of each source was last read to its end."""
        return await self._kind.read_at(self._session, sources)

    async def search(self, after: Mapping[str, Position | None], first: int) -> list[W]:
        """The first rows of these sources together, each after its position."""
        return await self._kind.read(self._session, [self._stretch(*each) for each in after.items()], first)

    def _stretch(self, source: str, position: Position | None) -> Stretch:
        own = RegionRange.under(source)
        start, end = max(own.start, self._regions.start), min(own.end, self._regions.end)
        place = (start, "") if position is None else (str(position.rank), position.record_id or "")
        return Stretch(RegionRange(start, end), place)


async def _list(ctx: Context, kind: _Kind[W], wanted: VillageList, first: int, after: str | None) -> LivePage[W]:
    require_coverage(wanted.minimum_coverage, is_live=wanted.is_live)
    regions = within(ctx, wanted.region_code)
    if regions == NOWHERE:
        raise Forbidden("lists of villages are for those who work in regions: ask region(code: ...) for a single one")
    asked = window(first, after, kind.name, wanted.region_code, wanted.is_live)
    page = await (_live if wanted.is_live else _held)(ctx, kind, wanted, regions, asked)
    if not page.nodes and wanted.region_code is not None:
        await require_regions(ctx.session, [wanted.region_code], "regionCode")
    return page


async def _held(ctx: Context, kind: _Kind[W], wanted: VillageList, regions: RegionRange, asked: Window) -> LivePage[W]:
    place_of = kind.live(wanted.region_code).place_of
    # an index scan begins at the cursor: a cursor before the range would walk through all regions between them
    code, record_id = (regions.start, "") if asked.after is None else map(str, asked.after)
    rows = await kind.read(ctx.session, [Stretch(regions, (code, record_id))], asked.limit)

    def key(row: W) -> tuple[str, str]:
        region_code, _, own_id = place_of(row)
        return str(region_code), own_id

    return LivePage(asked, rows, key)


async def _live(ctx: Context, kind: _Kind[W], wanted: VillageList, regions: RegionRange, asked: Window) -> LivePage[W]:
    async def show(found: Found[Any, W], rows: Sequence[W]) -> Sequence[W]:
        for place, record in found.records.items():
            if isinstance(record, VillageProfileRecord):
                ctx.live_budget_lines[str(place[0])] = _lines(record)
        return rows

    listed, held = kind.live(region_within(wanted.region_code)), Held(ctx.session, regions, kind)
    return await live_page(ctx, Asked(listed, wanted.region_code, regions, held, wanted.minimum_coverage), asked, show)


def _lines(record: VillageProfileRecord) -> list[BudgetRow]:
    """Its budget lines, the newest year first; of one named twice the last."""
    lines = {(-line.year, line.activity): line for line in record.budget_lines}
    return [
        BudgetRow(record.region_code, line.year, line.activity, line.planned, line.released, line.spent)
        for _, line in sorted(lines.items())
    ]
