"""How districts, agencies and categories keep their promises, counted now."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from hub.domain.errors import Invalid
from hub.domain.principal import EVERYWHERE, Scope
from hub.domain.small_cells import withheld
from hub.store.case_statistics import CaseStatistics, Counted, count_groups
from resolvers.context import Context
from resolvers.places import require_regions, within

_REGENCY_LENGTH = 5
_GROUPS_MAX = 600
"""More than the regencies of the nation."""
_PERIOD_MAX = timedelta(days=366)
_COUNTS = tuple(
    field.name
    for field in fields(CaseStatistics)
    if field.name not in ("code", "received", "median_minutes_to_response")
)

_PAIRS = (("answered_in_time", "response_breached"), ("resolved_in_time", "resolution_breached"))
"""Together with those that still have time they make up all."""


@dataclass(frozen=True, slots=True)
class StatisticsAsked:
    """By what, where, and received when: the start belongs to the period, the end does not."""

    grouping: str
    region_code: str | None
    received_from: datetime
    received_before: datetime


async def count_case_files_by(ctx: Context, asked: StatisticsAsked) -> list[CaseStatistics]:
    """A row for each group that has any. Outside the ministry, groups of a few and counts of a few are withheld."""
    ctx.require(Scope.CASE_READ)
    _check(ctx, asked)
    counted = Counted(asked.grouping, within(ctx, asked.region_code), asked.received_from, asked.received_before)
    found = await count_groups(ctx.session, counted, ctx.clock(), _GROUPS_MAX)
    if not found and asked.region_code is not None:
        await require_regions(ctx.session, [asked.region_code], "regionCode")
    return found if ctx.principal.regions == EVERYWHERE else _suppressed(found, has_margin=asked.grouping != "DISTRICT")


def _suppressed(rows: list[CaseStatistics], *, has_margin: bool) -> list[CaseStatistics]:
    """Without rows of 1 to 4 case files, and without counts of 1 to 4, or that leave 1 to 4, in the rest."""
    few = withheld([(row.received,) for row in rows], has_margin=has_margin)
    return [_without_few(row) for position, row in enumerate(rows) if position not in few]


def _without_few(row: CaseStatistics) -> CaseStatistics:
    counts = [int(getattr(row, name)) for name in _COUNTS]
    hidden = {_COUNTS[at] for at in withheld([(n, row.received - n) for n in counts], has_margin=False)}
    for pair in _PAIRS:
        rest = row.received - sum(getattr(row, name) for name in pair)
        if withheld([(rest,)], has_margin=False) or hidden & set(pair):
            hidden |= set(pair)
    if hidden & set(_PAIRS[0]):
        hidden.add("median_minutes_to_response")
    changes: dict[str, Any] = dict.fromkeys(hidden)
    return replace(row, **changes)


def _check(ctx: Context, asked: StatisticsAsked) -> None:
    for name, moment in (("receivedFrom", asked.received_from), ("receivedBefore", asked.received_before)):
        if moment.tzinfo is None:
            raise Invalid("a time needs its zone, such as 2026-01-31T08:00:00+07:00", (name,))
    if not timedelta(0) < asked.received_before - asked.received_from <= _PERIOD_MAX:
        raise Invalid(f"a period has at most {_PERIOD_MAX.days} days and begins before it ends", ("receivedBefore",))
    code = asked.region_code or ctx.principal.regency_code
    if asked.grouping == "AGENCY" and (code is None or len(code) < _REGENCY_LENGTH):
        raise Invalid("agencies are counted within a regency: name one as regionCode", ("regionCode",))
