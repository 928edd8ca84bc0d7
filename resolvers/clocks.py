"""Clocks of case files [tenggat] follow what happens to them, in the transaction in which it happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.clocks import clock_state
from hub.store import case_urgency, clocks
from hub.store.case_files import CaseFile
from hub.store.case_history import NewCaseEvent
from hub.store.case_urgency import AtRisk
from hub.store.clocks import CaseClock, Escalation
from hub.store.database import Session
from resolvers.context import Context
from resolvers.paging import Page, window
from resolvers.places import require_regions, within

_REGENCY_LENGTH = 5
_MOVING = frozenset({"OPENING", "DESCRIPTION", "STATUS", "ASSIGNMENT"})
"""Groups of fields on which a clock depends."""


async def follow(session: Session, case_file_ids: Sequence[int], now: datetime) -> None:  # noqa: ARG001 -- as every follower
    """Compute the clocks of case files anew from their history; the caller holds them."""
    await clocks.follow_clocks(session, case_file_ids)


def moved_by(events: Sequence[NewCaseEvent]) -> list[int]:
    """The case files whose clocks these lines may move."""
    return sorted({event.case_file_id for event in events if event.field_group in _MOVING})


@dataclass(frozen=True, slots=True)
class AtRiskList:
    """Which case files: by which clock, where, of which agency's work."""

    kind: str
    region_code: str | None
    agency_code: str | None


@dataclass(frozen=True, slots=True)
class ClockNow:
    """A clock as it stands at the moment of the question."""

    kind: str
    state: str
    started_at: datetime
    due_at: datetime | None
    at_risk_at: datetime | None
    paused_since: datetime | None
    ended_at: datetime | None
    policy_id: int
    escalations: Sequence[Escalation]


async def clocks_of(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[ClockNow]]:
    """The clocks of each case file as they stand now, with to whom it has risen: two statements, however many."""
    kept = await clocks.list_clocks(ctx.session, case_file_ids)
    told = await clocks.list_escalations(ctx.session, case_file_ids)
    now = ctx.clock()
    return [
        [_now(clock, [one for one in levels if one.kind == clock.kind], now) for clock in own]
        for own, levels in zip(kept, told, strict=True)
    ]


async def list_at_risk(ctx: Context, wanted: AtRiskList, first: int, after: str | None) -> Page[CaseFile]:
    """A page of case files whose clock is at risk or breached, the most urgent first."""
    regions = within(ctx, wanted.region_code)
    asked = window(first, after, "caseFilesAtRisk", wanted.kind, wanted.region_code, wanted.agency_code)
    place = (datetime.fromisoformat(str(asked.after[0])), int(asked.after[1])) if asked.after else None
    search = AtRisk(wanted.kind, ctx.clock(), place, asked.limit, regions)
    regency = wanted.region_code or ctx.principal.regency_code
    if wanted.agency_code is not None:
        found = await case_urgency.list_at_risk_of_agency(ctx.session, wanted.agency_code, search)
    elif regency is not None and len(regency) >= _REGENCY_LENGTH:
        found = await case_urgency.list_at_risk_of_regency(ctx.session, regency[:_REGENCY_LENGTH], search)
    else:
        found = await case_urgency.list_at_risk(ctx.session, search)
    if not found and wanted.region_code is not None:
        await require_regions(ctx.session, [wanted.region_code], "regionCode")
    since = {one.case_file.case_file_id: one.at_risk_at for one in found}
    return asked.page(
        [one.case_file for one in found],
        lambda case_file: (since[case_file.case_file_id].isoformat(), case_file.case_file_id),
    )


def _now(clock: CaseClock, levels: Sequence[Escalation], now: datetime) -> ClockNow:
    return ClockNow(
        kind=clock.kind,
        state=clock_state(clock.outcome, clock.at_risk_at, clock.due_at, now).value,
        started_at=clock.started_at,
        due_at=clock.due_at,
        at_risk_at=clock.at_risk_at,
        paused_since=clock.paused_since,
        ended_at=clock.ended_at,
        policy_id=clock.policy_id,
        escalations=levels,
    )
