"""The two clocks of a referral: the receiver's answer, and the service. Hours and days are plain ones of the wall clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

AT_RISK_FROM = 0.75
"""The part of its time after which a clock is at risk."""


class ReferralClockState(StrEnum):
    """How a clock stands."""

    OK = "OK"
    AT_RISK = "AT_RISK"
    BREACHED = "BREACHED"


@dataclass(frozen=True, slots=True)
class ReferralPolicy:
    """How long a receiver has to answer, and to serve."""

    accept_hours: int
    complete_days: int


@dataclass(frozen=True, slots=True)
class ReferralClock:
    """A clock. `settled_at` None: it runs."""

    started_at: datetime
    due_at: datetime
    settled_at: datetime | None
    state: ReferralClockState


def accept_by(policy: ReferralPolicy, sent_at: datetime) -> datetime:
    """Until when the receiver has to answer."""
    return sent_at + timedelta(hours=policy.accept_hours)


def complete_by(policy: ReferralPolicy, accepted_at: datetime) -> datetime:
    """Until when the receiver has to have served."""
    return accepted_at + timedelta(days=policy.complete_days)


def clock(started_at: datetime, due_at: datetime, settled_at: datetime | None, now: datetime) -> ReferralClock:
    """A clock as it stands now; one that was settled keeps the state that it was settled in."""
    at = now if settled_at is None else settled_at
    if at > due_at:
        state = ReferralClockState.BREACHED
    elif settled_at is None and at >= started_at + (due_at - started_at) * AT_RISK_FROM:
        state = ReferralClockState.AT_RISK
    else:
        state = ReferralClockState.OK
    return ReferralClock(started_at, due_at, settled_at, state)
