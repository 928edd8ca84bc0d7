"""The clocks of case files [tenggat]: computed from policy, calendar and history, and kept for the job that watches them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from hub.domain.clocks import (
    AT_WORK,
    Clock,
    Line,
    ResponseHours,
    SlaTerms,
    first_response,
    resolution,
)
from hub.domain.working_time import AroundTheClock, OfficeHours, Times, Zone
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped, read

NATION = "ID"
"""In the calendar: every region."""
_PROVINCE = 2


@dataclass(frozen=True, slots=True)
class _Subject:
    case_file_id: int
    regency_code: str
    received_at: datetime
    removed_at: datetime | None
    resolution_class: str
    zone: str
    policy_id: int
    known_days: int


@dataclass(frozen=True, slots=True)
class CaseClock:
    """A clock as it is kept; `limit_units`: minutes of a first response, working days of a resolution."""

    case_file_id: int
    kind: str
    policy_id: int
    limit_units: int
    started_at: datetime
    at_risk_at: datetime | None
    due_at: datetime | None
    regency_at: datetime | None
    province_at: datetime | None
    ministry_at: datetime | None
    paused_since: datetime | None
    ended_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Escalation:
    """A level that was told; `threshold_at` is when the clock passed it."""

    case_file_id: int
    kind: str
    level: str
    threshold_at: datetime
    escalated_at: datetime


async def list_clocks(session: Session, case_file_ids: Sequence[int]) -> list[list[CaseClock]]:
    """The clocks of each case file: FIRST_RESPONSE, RESOLUTION."""
    rows = await session.fetch(query("clock", "list_clocks"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((clock.case_file_id, clock) for clock in read(CaseClock, rows)))


async def list_escalations(session: Session, case_file_ids: Sequence[int]) -> list[list[Escalation]]:
    """To whom each case file has risen, in the order of the thresholds of each clock."""
    rows = await session.fetch(query("clock", "list_escalations"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((one.case_file_id, one) for one in read(Escalation, rows)))


async def follow_clocks(session: Session, case_file_ids: Sequence[int]) -> None:
    """Compute the clocks of some case files anew from their history; five statements, however many. They are held."""
    if not case_file_ids:
        return
    ids = sorted(set(case_file_ids))
    subjects = read(_Subject, await session.fetch(query("clock", "list_subjects"), case_file_ids=ids))
    history = await session.fetch(query("clock", "list_lines"), case_file_ids=ids, at_work=AT_WORK)
    lines = grouped(ids, ((row["case_file_id"], Line(row[1], row[2], row[3], row[4])) for row in history))
    terms = await _terms(session, {subject.policy_id for subject in subjects})
    calendar = await _calendar(session, {subject.regency_code for subject in subjects})
    lines_of = dict(zip(ids, lines, strict=True))
    clocks = [
        pair
        for subject in subjects
        for pair in _clocks(subject, terms[subject.policy_id], calendar, lines_of[subject.case_file_id])
    ]
    await _merge(session, clocks)


async def follow_feed(session: Session, fetched_at: datetime) -> None:
    """Note how the feed shows the case files that the batch of this transaction changed, and let their clocks follow."""
    rows = await session.fetch(query("clock", "note_seen_statuses"), fetched_at=fetched_at)
    await follow_clocks(session, [row["case_file_id"] for row in rows])


class _Calendar:
    """The lines of time of each regency, made when they are first asked for."""

    def __init__(self, days_off: dict[str, set[date]]) -> None:
        self._days_off = days_off
        self._made: dict[tuple[str, str, time, time], OfficeHours] = {}

    def office_hours(self, regency_code: str, zone: str, opens: time, closes: time) -> OfficeHours:
        regions = [code for code in (regency_code[:_PROVINCE], regency_code) if code in self._days_off]
        key = ("/".join(regions), zone, opens, closes)
        if key not in self._made:
            days = set[date]().union(*(self._days_off.get(code, ()) for code in (NATION, *regions)))
            self._made[key] = OfficeHours(Zone(zone), opens, closes, days)
        return self._made[key]


async def _calendar(session: Session, regency_codes: Iterable[str]) -> _Calendar:
    codes = {NATION, *regency_codes, *(code[:_PROVINCE] for code in regency_codes)}
    days_off: dict[str, set[date]] = {}
    for row in await session.fetch(query("clock", "list_days_off"), region_codes=sorted(codes)):
        days_off.setdefault(row["region_code"], set()).add(row["day"])
    return _Calendar(days_off)


async def _terms(session: Session, policy_ids: Iterable[int]) -> dict[int, SlaTerms]:
    rows = await session.fetch(query("clock", "list_terms"), policy_ids=sorted(policy_ids))
    return {row["policy_id"]: SlaTerms(*list(row)[1:]) for row in rows}


def _clocks(
    subject: _Subject, terms: SlaTerms, calendar: _Calendar, lines: Sequence[Line]
) -> list[tuple[_Subject, int, Clock]]:
    office = calendar.office_hours(subject.regency_code, subject.zone, terms.office_opens, terms.office_closes)
    around = terms.first_response_hours == ResponseHours.AROUND_THE_CLOCK
    hours: Times = AroundTheClock() if around else office
    days = max(terms.days(subject.resolution_class), subject.known_days)
    answer = first_response(subject.received_at, terms, lines, hours, subject.removed_at)
    end = resolution(subject.received_at, terms, days * office.length, lines, office, subject.removed_at)
    return [(subject, terms.first_response_minutes, answer), (subject, days, end)]


async def _merge(session: Session, clocks: Sequence[tuple[_Subject, int, Clock]]) -> None:
    await session.execute(
        query("clock", "merge_clocks"),
        case_file_ids=[subject.case_file_id for subject, _, _ in clocks],
        kinds=[clock.kind.value for _, _, clock in clocks],
        regency_codes=[subject.regency_code for subject, _, _ in clocks],
        policy_ids=[subject.policy_id for subject, _, _ in clocks],
        limits=[limit for _, limit, _ in clocks],
        started_ats=[clock.started_at for _, _, clock in clocks],
        at_risk_ats=[clock.at_risk_at for _, _, clock in clocks],
        due_ats=[clock.due_at for _, _, clock in clocks],
        regency_ats=[clock.regency_at for _, _, clock in clocks],
        province_ats=[clock.province_at for _, _, clock in clocks],
        ministry_ats=[clock.ministry_at for _, _, clock in clocks],
        paused_sinces=[clock.paused_since for _, _, clock in clocks],
        ended_ats=[clock.ended_at for _, _, clock in clocks],
        outcomes=[clock.outcome for _, _, clock in clocks],
    )
