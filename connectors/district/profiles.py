"""Profiles of villages and poverty series of a district: asked page by page, read one by one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec

from connectors.decode import error_path
from connectors.errors import System, of_condition, source_error
from connectors.wire import Moment, Revision, id_in
from hub.domain.records import Reject
from hub.domain.source import Profiles
from hub.domain.village_profiles import (
    BudgetLine,
    PovertyOrigin,
    PovertyPoint,
    PovertySeriesRecord,
    VillageProfileRecord,
)

W = TypeVar("W", bound="VillageProfile | PovertySeries")
Ask = Callable[[str, str, Mapping[str, object]], Awaitable["Page"]]
"""Asks an operation with a document and its variables."""

_MAX_PAGES = 10_000
_FIRST = 100
_LIST = """
query Hub%s($after: String, $first: Int!) {
  page: %s(after: $after, first: $first) { nodes { %s } cursor hasMore }
}
"""
PROFILES = _LIST % (
    "VillageProfiles",
    "villageProfiles",
    "id revision observedAt regionCode hasDoctor hasWifi bandwidthMbps smartKampung { criterion isMet }"
    " budgetLines { year activity planned released spent }",
)
SERIES = _LIST % (
    "PovertySeries",
    "povertySeries",
    "id revision observedAt regionCode origin method points { year persons percent }",
)


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    revision: Revision
    observed_at: Moment
    region_code: str


class Criterion(msgspec.Struct, frozen=True, rename="camel"):
    """Whether a criterion is met."""

    criterion: str
    is_met: bool


class VillageProfile(_Wire, frozen=True, kw_only=True):
    """A village."""

    has_doctor: bool | None
    has_wifi: bool | None
    bandwidth_mbps: float | None
    smart_kampung: tuple[Criterion, ...]
    budget_lines: tuple[BudgetLine, ...]


class PovertySeries(_Wire, frozen=True, kw_only=True):
    """Poverty figures of one origin by one method."""

    origin: PovertyOrigin
    method: str
    points: tuple[PovertyPoint, ...]


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    nodes: list[msgspec.Raw]
    cursor: str | None
    has_more: bool


class Page(msgspec.Struct, frozen=True):
    """The data of a page."""

    page: _Page


async def read_profiles(system: System, ask: Ask) -> Profiles:
    """All that the district has; what does not fit is rejected by name."""
    rejects: list[Reject] = []
    villages = [
        _village(wire)
        for wire in _read(await _all(system, ask, "profiles", PROFILES), VillageProfile, "VILLAGE_PROFILE", rejects)
    ]
    series = [
        _series(wire)
        for wire in _read(await _all(system, ask, "poverty_series", SERIES), PovertySeries, "POVERTY_SERIES", rejects)
    ]
    return Profiles(villages=villages, series=series, rejects=rejects)


async def _all(system: System, ask: Ask, operation: str, document: str) -> list[msgspec.Raw]:
    nodes: list[msgspec.Raw] = []
    after: str | None = None
    for _ in range(_MAX_PAGES):
        page = (await ask(operation, document, {"after": after, "first": _FIRST})).page
        nodes += page.nodes
        if not page.has_more:
            return nodes
        if page.cursor is None or page.cursor == after:
            break
        after = page.cursor
    raise source_error(system, of_condition("ENDLESS_FEED"))


def _read(nodes: list[msgspec.Raw], kind: type[W], name: str, rejects: list[Reject]) -> list[W]:
    read: list[W] = []
    decoder = msgspec.json.Decoder(kind)
    for node in nodes:
        try:
            read.append(decoder.decode(node))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            rejects.append(_reject(bytes(node), name, error))
    return read


def _reject(node: bytes, kind: str, error: Exception) -> Reject:
    try:
        record_id = id_in(msgspec.json.decode(node), "id")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        record_id = ""
    return Reject(record_kind=kind, source_record_id=record_id, field=error_path(error), code="WRONG_TYPE", value="")


def _village(wire: VillageProfile) -> VillageProfileRecord:
    return VillageProfileRecord(
        source_record_id=wire.id,
        revision=wire.revision,
        observed_at=wire.observed_at,
        region_code=wire.region_code,
        has_doctor=wire.has_doctor,
        has_wifi=wire.has_wifi,
        bandwidth_mbps=wire.bandwidth_mbps,
        smart_kampung={one.criterion: one.is_met for one in wire.smart_kampung},
        budget_lines=wire.budget_lines,
    )


def _series(wire: PovertySeries) -> PovertySeriesRecord:
    return PovertySeriesRecord(
        source_record_id=wire.id,
        revision=wire.revision,
        observed_at=wire.observed_at,
        region_code=wire.region_code,
        origin=wire.origin,
        method=wire.method,
        points=wire.points,
    )
