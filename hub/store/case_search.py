"""Searches case files [laporan] in the order of the moment in which they came in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder, Place
from hub.domain.principal import RegionRange
from hub.store.case_files import CaseFile
from hub.store.database import Session
from hub.store.queries import Query, query
from hub.store.rows import read

_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


async def list_in_order(
    session: Session,
    regions: RegionRange,
    criteria: CaseFileCriteria,
    order: CaseFileOrder,
    after: Place | None,
    first: int,
) -> list[CaseFile]:
    """The case files that follow a place in the list of all sources."""
    statement, beginning = _way(order, "list_newest_first", "list_oldest_first")
    at, source, record_id = after or (beginning, "", "")
    values = {"after_at": at, "after_source": source, "after_id": record_id, "first": first}
    return read(CaseFile, await session.fetch(statement, **values, **_narrowing(regions, criteria)))


async def list_of_sources(
    session: Session,
    regions: RegionRange,
    criteria: CaseFileCriteria,
    order: CaseFileOrder,
    after: Mapping[str, tuple[datetime, str | None] | None],
    first: int,
) -> list[CaseFile]:
    """The first case files of some sources together, each after its place: a moment with a record id, or as a whole."""
    statement, beginning = _way(order, "list_newest_of_sources", "list_oldest_of_sources")
    places = [_exact(place, beginning, order) for place in after.values()]
    values = {
        "sources": list(after),
        "after_ats": [at for at, _ in places],
        "after_ids": [record_id for _, record_id in places],
        "first": first,
    }
    return read(CaseFile, await session.fetch(statement, **values, **_narrowing(regions, criteria)))


async def count_in_range(
    session: Session, regions: RegionRange, criteria: CaseFileCriteria, sources: Sequence[str] | None
) -> int:
    """How many there are, of some sources or of all."""
    values = {"sources": None if sources is None else list(sources), **_narrowing(regions, criteria)}
    count: int = await session.fetch_value(query("case_search", "count_case_files"), **values)
    return count


async def count_sensitive_untold(
    session: Session, regions: RegionRange, criteria: CaseFileCriteria, sources: Sequence[str]
) -> int:
    """How many of some sources the hub holds to be sensitive while it has not told them yet; needs a session that sees them."""
    if not sources:
        return 0
    values = {"sources": list(sources), **_narrowing(regions, criteria)}
    count: int = await session.fetch_value(query("case_search", "count_sensitive_untold"), **values)
    return count


def _way(order: CaseFileOrder, newest: str, oldest: str) -> tuple[Query, datetime]:
    if order is CaseFileOrder.NEWEST_FIRST:
        return query("case_search", newest), _LAST
    return query("case_search", oldest), _FIRST


def _exact(
    place: tuple[datetime, str | None] | None, beginning: datetime, order: CaseFileOrder
) -> tuple[datetime, str]:
    """The place with a record id: none is smaller than the empty one."""
    if place is None:
        return beginning, ""
    at, record_id = place
    if record_id is not None:
        return at, record_id
    return (at if order is CaseFileOrder.NEWEST_FIRST else at + _TICK), ""


def _narrowing(regions: RegionRange, criteria: CaseFileCriteria) -> dict[str, object]:
    narrowing = asdict(criteria) | {"region_from": regions.start, "region_to": regions.end}
    for name in ("statuses", "categories"):
        narrowing[name] = None if narrowing[name] is None else list(narrowing[name])
    return narrowing


async def ids_of(session: Session, places: Sequence[Place]) -> dict[Place, int]:
    """The ids of the case files at these places, of those that are held."""
    rows = await session.fetch(
        query("case_search", "list_ids_of_places"),
        received_ats=[at for at, _, _ in places],
        source_codes=[source for _, source, _ in places],
        record_ids=[record_id for _, _, record_id in places],
    )
    return {(row["received_at"], row["source_code"], row["source_record_id"]): row["case_file_id"] for row in rows}
