"""The clocks of referrals: computed from policy and calendar when they start, and anew when the calendar changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.referral_clocks import Deadline, ReceiverTime, ReferralPolicy, accept_deadline, complete_deadline
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import read
from hub.store.working_hours import list_working_hours


@dataclass(frozen=True, slots=True)
class Started:
    """A clock that starts: that of the answer, or that of the service."""

    purpose_code: str
    regency_code: str
    started_at: datetime
    is_answer: bool


async def list_deadlines(session: Session, started: Sequence[Started]) -> list[Deadline]:
    """When each clock is at risk and over, by what was in force when it started; four statements, however many."""
    policies = await _policies(session, started)
    hours = await list_working_hours(session, [(one.regency_code, one.started_at) for one in started])
    found = []
    for one, policy, its in zip(started, policies, hours, strict=True):
        receiver = ReceiverTime(its.answering, its.office, its.terms.at_risk_percent)
        count = accept_deadline if one.is_answer else complete_deadline
        found.append(count(policy, receiver, one.started_at))
    return found


async def follow_running_referrals(session: Session, batch: int = 2_000) -> int:
    """Compute all running clocks of referrals anew, some in one transaction; returns how many."""
    after_id = followed = 0
    while True:
        async with session.transaction() as transaction:
            rows = await transaction.fetch(query("referral", "hold_running"), after_id=after_id, batch=batch)
            if rows:
                await _follow(transaction, [row["referral_id"] for row in rows], [Started(*row[1:]) for row in rows])
        followed += len(rows)
        if len(rows) < batch:
            return followed
        after_id = rows[-1]["referral_id"]


async def _follow(session: Session, referral_ids: Sequence[int], started: Sequence[Started]) -> None:
    deadlines = await list_deadlines(session, started)
    await session.execute(
        query("referral", "set_deadlines"),
        referral_ids=list(referral_ids),
        are_answers=[one.is_answer for one in started],
        at_risk_ats=[deadline.at_risk_at for deadline in deadlines],
        due_ats=[deadline.due_at for deadline in deadlines],
    )


async def _policies(session: Session, started: Sequence[Started]) -> list[ReferralPolicy]:
    rows = await session.fetch(
        query("referral", "find_policies"),
        purpose_codes=[one.purpose_code for one in started],
        regency_codes=[one.regency_code for one in started],
        moments=[one.started_at for one in started],
    )
    return read(ReferralPolicy, rows)
