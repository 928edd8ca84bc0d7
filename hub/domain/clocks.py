"""The clocks of a case file [tenggat]: how long until an agency answers, how long until the matter is resolved.

A clock is what its policy, its calendar and the history of its case file make of it: a pure function without a clock of its own.
What is said of a moment (OK, AT_RISK, BREACHED) is asked for that moment. Reasons: docs/decisions/0026-clocks.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from hub.domain.working_time import Times

_ENDING = frozenset({"RESOLVED", "CLOSED", "REJECTED", "DUPLICATE"})
_PAUSING = "WAITING_CITIZEN"
_WHOLE = 100
AT_WORK = ("IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY")
"""Statuses that only an agency at work gives: seen in a district's feed, they say that somebody answered."""


class ClockKind(StrEnum):
    """What is waited for."""

    FIRST_RESPONSE = "FIRST_RESPONSE"
    RESOLUTION = "RESOLUTION"


class ClockState(StrEnum):
    """How a clock stands: running (OK, AT_RISK, BREACHED) or ended (MET, LATE, STOPPED)."""

    OK = "OK"
    AT_RISK = "AT_RISK"
    BREACHED = "BREACHED"
    MET = "MET"
    LATE = "LATE"
    STOPPED = "STOPPED"


class EscalationLevel(StrEnum):
    """To whom a case file rises; it begins with the UPT of its subdistrict."""

    REGENCY = "REGENCY"
    PROVINCE = "PROVINCE"
    MINISTRY = "MINISTRY"


class ResponseHours(StrEnum):
    """When the clock of the first response runs."""

    AROUND_THE_CLOCK = "AROUND_THE_CLOCK"
    OFFICE_HOURS = "OFFICE_HOURS"


class ResolutionClass(StrEnum):
    """How long a resolution may take."""

    INFORMATION = "INFORMATION"
    REGULAR = "REGULAR"
    OVERSIGHT = "OVERSIGHT"


@dataclass(frozen=True, slots=True)
class SlaTerms:
    """What a policy promises. Percentages are of the limit; a level without one is never reached."""

    first_response_minutes: int
    first_response_hours: str
    office_opens: time
    office_closes: time
    information_days: int
    regular_days: int
    oversight_days: int
    at_risk_percent: int
    regency_percent: int | None
    province_percent: int | None
    ministry_percent: int | None

    def days(self, resolution_class: str) -> int:
        """The working days of a class."""
        return {
            ResolutionClass.INFORMATION: self.information_days,
            ResolutionClass.REGULAR: self.regular_days,
            ResolutionClass.OVERSIGHT: self.oversight_days,
        }[ResolutionClass(resolution_class)]

    @property
    def percents(self) -> set[int]:
        """Of the limit, at which somebody is told."""
        return {percent for percent in (self.regency_percent, self.province_percent, self.ministry_percent) if percent}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history that moves clocks. Its order is that in which it is given; times only say how long."""

    happened_at: datetime
    recorded_at: datetime
    status: str | None
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock. A moment that only the end of an open pause can tell is None."""

    kind: ClockKind
    started_at: datetime
    at_risk_at: datetime | None
    due_at: datetime | None
    regency_at: datetime | None
    province_at: datetime | None
    ministry_at: datetime | None
    paused_since: datetime | None
    ended_at: datetime | None
    outcome: ClockState | None

    def state(self, now: datetime) -> ClockState:
        """How it stands at a moment that is not before its history."""
        return clock_state(self.outcome, self.at_risk_at, self.due_at, now)


def clock_state(outcome: str | None, at_risk_at: datetime | None, due_at: datetime | None, now: datetime) -> ClockState:
    """BREACHED after the due time, not at it; AT_RISK from its moment on."""
    if outcome is not None:
        return ClockState(outcome)
    if due_at is not None and due_at < now:
        return ClockState.BREACHED
    if at_risk_at is not None and at_risk_at <= now:
        return ClockState.AT_RISK
    return ClockState.OK


def first_response(
    received_at: datetime, terms: SlaTerms, lines: Sequence[Line], times: Times, removed_at: datetime | None = None
) -> Clock:
    """Runs until the first acknowledgement, or until the case file ends without one. Nothing pauses it."""
    run = _Run(received_at)
    for at, line in _in_time(received_at, lines):
        if line.is_answer or line.status in _ENDING:
            run.end(at)
            break
    return _clock(
        ClockKind.FIRST_RESPONSE, run, terms, timedelta(minutes=terms.first_response_minutes), times, removed_at
    )


def resolution(
    received_at: datetime,
    terms: SlaTerms,
    limit: timedelta,
    lines: Sequence[Line],
    times: Times,
    removed_at: datetime | None = None,
) -> Clock:
    """Runs until the case file ends; rests while it waits for the citizen; begins anew when it is reopened."""
    run = _Run(received_at)
    for at, line in _in_time(received_at, lines):
        if line.status is None:
            continue
        if run.ended_at is not None and line.status not in _ENDING:
            run = _Run(at)
        if run.ended_at is None:
            run.follow(at, line.status, times)
    return _clock(ClockKind.RESOLUTION, run, terms, limit, times, removed_at)


def _in_time(received_at: datetime, lines: Iterable[Line]) -> Iterator[tuple[datetime, Line]]:
    """When each line took effect: as it says, but not after it was written down nor before the line that precedes it.

    So a clock that runs wrong somewhere cannot put a change into the future, and a further line never changes the past.
    """
    at = received_at
    for line in lines:
        at = max(at, min(line.happened_at, line.recorded_at))
        yield at, line


class _Run:
    """A clock at work: since when, how long it rested (in its own time), whether it rests or ended."""

    __slots__ = ("ended_at", "is_joined", "paused_since", "rested", "started_at")

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self.rested = timedelta(0)
        self.paused_since: datetime | None = None
        self.ended_at: datetime | None = None
        self.is_joined = False

    def follow(self, at: datetime, status: str, times: Times) -> None:
        if status == _PAUSING:
            self.paused_since = self.paused_since or at
            return
        if self.paused_since is not None:
            self.rested += times.elapsed(at) - times.elapsed(self.paused_since)
            self.paused_since = None
        if status in _ENDING:
            self.end(at)
            self.is_joined = status == "DUPLICATE"

    def end(self, at: datetime) -> None:
        self.ended_at = at


def _clock(
    kind: ClockKind, run: _Run, terms: SlaTerms, limit: timedelta, times: Times, removed_at: datetime | None
) -> Clock:
    begin = times.elapsed(run.started_at) + run.rested
    moments: dict[int | None, datetime | None] = {None: None}
    for percent in {_WHOLE, terms.at_risk_percent, *terms.percents}:
        at = times.moment(begin + limit * percent / _WHOLE)
        moments[percent] = at if run.paused_since is None or at <= run.paused_since else None
    due_at = moments[_WHOLE]
    ended_at, outcome = run.ended_at, None
    if ended_at is not None:
        is_late = due_at is not None and ended_at > due_at
        outcome = ClockState.LATE if is_late else ClockState.STOPPED if run.is_joined else ClockState.MET
    elif removed_at is not None:
        ended_at, outcome = max(removed_at, run.started_at), ClockState.STOPPED
    return Clock(
        kind=kind,
        started_at=run.started_at,
        at_risk_at=moments[terms.at_risk_percent],
        due_at=due_at,
        regency_at=moments[terms.regency_percent],
        province_at=moments[terms.province_percent],
        ministry_at=moments[terms.ministry_percent],
        paused_since=run.paused_since,
        ended_at=ended_at,
        outcome=outcome,
    )
