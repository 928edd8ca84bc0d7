"""The clocks of case files [tenggat]: computed from policy, calendar and history, and kept for the job that watches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.clocks import AT_WORK, Clock, Line, first_response, resolution
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped, read
from hub.store.working_hours import WorkingHours, read_calendar, read_terms


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
    terms = await read_terms(session, {subject.policy_id for subject in subjects})
    calendar = await read_calendar(session, {subject.regency_code for subject in subjects})
    lines_of = dict(zip(ids, lines, strict=True))
    clocks = [
        pair
        for subject in subjects
        for pair in _clocks(
            subject,
            calendar.working_hours(subject.regency_code, subject.zone, terms[subject.policy_id]),
            lines_of[subject.case_file_id],
        )
    ]
    await _merge(session, clocks)


async def follow_feed(session: Session, fetched_at: datetime) -> None:
    """Note how the feed shows the case files that the batch of this transaction changed, and let their clocks follow."""
    rows = await session.fetch(query("clock", "note_seen_statuses"), fetched_at=fetched_at)
    await follow_clocks(session, [row["case_file_id"] for row in rows])


def _clocks(subject: _Subject, hours: WorkingHours, lines: Sequence[Line]) -> list[tuple[_Subject, int, Clock]]:
    terms, office = hours.terms, hours.office
    days = max(terms.days(subject.resolution_class), subject.known_days)
    answer = first_response(subject.received_at, terms, lines, hours.answering, subject.removed_at)
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
