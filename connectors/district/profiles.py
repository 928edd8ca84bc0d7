"""Profiles of villages and poverty series of a district: asked page by page, read one by one."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from connectors.decode import read_records
from connectors.district.mapping import POVERTY_SERIES, VILLAGE_PROFILE
from connectors.district.query import POVERTY_SERIES as SERIES_PAGE
from connectors.district.query import VILLAGE_PROFILES as PROFILES_PAGE
from connectors.district.wire import Listed
from connectors.errors import System, of_condition, source_error
from hub.domain.source import Profiles

Ask = Callable[[str, str, Mapping[str, object]], Awaitable[Listed]]
"""Asks an operation with a document and its variables."""

_MAX_PAGES = 10_000
_FIRST = 100


async def read_profiles(system: System, ask: Ask) -> Profiles:
    """All that the district has; what does not fit is rejected by name."""
    villages, no_villages = read_records(await _all(system, ask, "profiles", PROFILES_PAGE), VILLAGE_PROFILE)
    series, no_series = read_records(await _all(system, ask, "poverty_series", SERIES_PAGE), POVERTY_SERIES)
    return Profiles(villages=villages, series=series, rejects=[*no_villages, *no_series])


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
