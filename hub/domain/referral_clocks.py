"""The two clocks of a referral: the receiver's answer, and the service, on the receiver's calendar, as those of case files are.

Hours of an answer are counted when the receiver's clocks of first responses run, around the clock or in office hours; days of a
service are working days where the receiver is. The sender sees the same clocks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.domain.working_time import OfficeHours, Times

_WHOLE = 100


class ReferralClockState(StrEnum):
    """How a clock stands."""

    OK = "OK"
    AT_RISK = "AT_RISK"
    BREACHED = "BREACHED"


@dataclass(frozen=True, slots=True)
class ReferralPolicy:
    """How long a receiver has to answer, and to serve; days are working days."""

    accept_hours: int
    complete_days: int


@dataclass(frozen=True, slots=True)
class ReceiverTime:
    """The time in which a receiver answers, that in which it works, and the part of a limit after which a clock is at risk."""

    answering: Times
    office: OfficeHours
    at_risk_percent: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """From when a clock is at risk, and when its time is over."""

    at_risk_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralClock:
    """A clock. `settled_at` None: it runs."""

    started_at: datetime
    at_risk_at: datetime
    due_at: datetime
    settled_at: datetime | None
    state: ReferralClockState


def accept_deadline(policy: ReferralPolicy, receiver: ReceiverTime, sent_at: datetime) -> Deadline:
    """Until when the receiver has to answer."""
    return _deadline(receiver.answering, sent_at, timedelta(hours=policy.accept_hours), receiver.at_risk_percent)


def complete_deadline(policy: ReferralPolicy, receiver: ReceiverTime, accepted_at: datetime) -> Deadline:
    """Until when the receiver has to have served."""
    limit = policy.complete_days * receiver.office.length
    return _deadline(receiver.office, accepted_at, limit, receiver.at_risk_percent)


def clock(started_at: datetime, deadline: Deadline, settled_at: datetime | None, now: datetime) -> ReferralClock:
    """A clock as it stands now; one that was settled keeps the state that it was settled in."""
    at = now if settled_at is None else settled_at
    if at > deadline.due_at:
        state = ReferralClockState.BREACHED
    elif settled_at is None and at >= deadline.at_risk_at:
        state = ReferralClockState.AT_RISK
    else:
        state = ReferralClockState.OK
    return ReferralClock(started_at, deadline.at_risk_at, deadline.due_at, settled_at, state)


def _deadline(times: Times, started_at: datetime, limit: timedelta, at_risk_percent: int) -> Deadline:
    begin = times.elapsed(started_at)
    return Deadline(times.moment(begin + limit * at_risk_percent / _WHOLE), times.moment(begin + limit))
