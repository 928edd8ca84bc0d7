"""What a move of a referral brings about, in its transaction: clocks, delivery, and the history of both case files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hub.domain.cases import CASE_TRANSITIONS
from hub.domain.errors import Conflict
from hub.domain.parties import read_party
from hub.domain.referrals import OPEN, ReferralOutcome, ReferralStatus, Side
from hub.store import casework, outbox, referrals, referrals_read
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.outbox import NewMessage
from hub.store.referral_clocks import Started, list_deadlines
from hub.store.referrals import NewReferral, ReferralMove, ReferralMover, SenderCase
from hub.store.referrals_read import Referral
from resolvers.case_changes import note_changes

MESSAGE_KIND = "REFERRAL"
"""Of messages that tell a district's own system of a referral."""
_STARTS = frozenset({ReferralStatus.SENT, ReferralStatus.ACCEPTED})
"""Moves with which a clock starts."""
_GONE = frozenset({"RESOLVED", "CLOSED", "DUPLICATE", "REJECTED"})


async def make_moves(
    session: Session, before: Mapping[int, Referral], moves: Sequence[ReferralMove], mover: ReferralMover
) -> list[Referral]:
    """Move referrals that are held and free to move so, each once; `before` has them by id. The number of statements is fixed."""
    if not moves:
        return []
    timed = await _with_clocks(session, before, moves, mover)
    moved = await referrals.move_referrals(session, timed, mover)
    await _tell_cases(session, before, moved, mover)
    await _pass_on(session, moved, mover)
    await _send_next_legs(session, moved, mover)
    await _close_earlier_legs(session, moved, mover)
    return moved


async def _with_clocks(
    session: Session, before: Mapping[int, Referral], moves: Sequence[ReferralMove], mover: ReferralMover
) -> list[ReferralMove]:
    started = {
        move.referral_id: Started(
            before[move.referral_id].purpose_code,
            before[move.referral_id].to_regency_code,
            mover.now,
            is_answer=move.to is ReferralStatus.SENT,
        )
        for move in moves
        if move.to in _STARTS
    }
    if not started:
        return list(moves)
    deadlines = dict(zip(started, await list_deadlines(session, list(started.values())), strict=True))

    def timed(move: ReferralMove) -> ReferralMove:
        deadline = deadlines.get(move.referral_id)
        if move.to is ReferralStatus.SENT:
            return replace(move, acceptance=deadline)
        return replace(move, completion=deadline)

    return [timed(move) for move in moves]


async def _tell_cases(
    session: Session, before: Mapping[int, Referral], moved: Sequence[Referral], mover: ReferralMover
) -> None:
    """A line in the history of the sender's case file, and of the receiver's if there is one; and the sender's moves along."""
    told = [referral for referral in moved if referral.sent_at is not None]
    if not told:
        return
    ids = {r.case_file_id for r in told} | {
        r.receiver_case_file_id for r in told if r.receiver_case_file_id is not None
    }
    cases = await referrals.lock_cases(session, sorted(ids))
    events = [event for referral in told for event in _lines(before, referral, mover)]
    events += await _refer(session, cases, [r for r in told if r.status == ReferralStatus.SENT], mover)
    ended = [r for r in told if before[r.referral_id].status in OPEN and r.status not in OPEN]
    events += await _bring_back(session, cases, ended, mover)
    await note_changes(session, [event for event in events if event.case_file_id in cases], mover.now)


def _lines(before: Mapping[int, Referral], referral: Referral, mover: ReferralMover) -> list[NewCaseEvent]:
    reason = referral.reason if referral.reason != before[referral.referral_id].reason else None
    sender = NewCaseEvent(
        case_file_id=referral.case_file_id,
        event_key=_key(referral),
        field_group="REFERRAL",
        item=referral.reference,
        version=referral.version,
        from_value=before[referral.referral_id].status,
        to_value=referral.status,
        changes={"purpose": referral.purpose_code, "from": referral.from_party, "to": referral.to_party},
        reason=reason,
        actor=mover.actor,
        actor_role=mover.role,
        agency_code=referral.to_party,
        happened_at=mover.now,
    )
    if referral.receiver_case_file_id is None:
        return [sender]
    return [
        sender,
        replace(sender, case_file_id=referral.receiver_case_file_id, event_key=f"{_key(referral)}:received"),
    ]


async def _refer(
    session: Session, cases: Mapping[int, SenderCase], sent: Sequence[Referral], mover: ReferralMover
) -> list[NewCaseEvent]:
    """The case files of what was sent are REFERRED; those of a district's own system it moves itself."""
    for referral in sent:
        case = cases.get(referral.case_file_id)
        if case is None or case.removed_at is not None:
            raise Conflict(f"the case file of referral {referral.reference} is gone")
        is_free = not case.is_moved_here or "REFERRED" in CASE_TRANSITIONS[case.status]
        if case.status in _GONE or (case.status != "REFERRED" and not is_free):
            raise Conflict(f"case file {case.number} is {case.status} and cannot be referred: it has to be in work")
    going = {r.case_file_id: r for r in sent if cases[r.case_file_id].status != "REFERRED"}
    return await _move_cases(session, cases, going, "REFERRED", mover)


async def _bring_back(
    session: Session, cases: Mapping[int, SenderCase], ended: Sequence[Referral], mover: ReferralMover
) -> list[NewCaseEvent]:
    """What became of a referral brings the sender's case file back to work, unless another one is still open."""
    referred = {
        r.case_file_id: r for r in ended if r.case_file_id in cases and cases[r.case_file_id].status == "REFERRED"
    }
    # the next leg of a redirected referral is made after this, and the case file stays with it
    going = {case_file_id: r for case_file_id, r in referred.items() if r.outcome != ReferralOutcome.REDIRECTED}
    free = await referrals.list_cases_without_open(session, sorted(going)) if going else []
    return await _move_cases(session, cases, {c: going[c] for c in free}, "IN_PROGRESS", mover)


async def _move_cases(
    session: Session,
    cases: Mapping[int, SenderCase],
    going: Mapping[int, Referral],
    status: str,
    mover: ReferralMover,
) -> list[NewCaseEvent]:
    own = sorted(case_file_id for case_file_id in going if cases[case_file_id].is_moved_here)
    versions = await casework.move_case_files(session, own, status, mover.now) if own else {}
    return [
        NewCaseEvent(
            case_file_id=case_file_id,
            event_key=f"{_key(going[case_file_id])}:status",
            field_group="STATUS",
            base_version=version - 1,
            version=version,
            from_value=cases[case_file_id].status,
            to_value=status,
            reason=f"referral {going[case_file_id].reference}",
            actor=mover.actor,
            actor_role=mover.role,
            happened_at=mover.now,
        )
        for case_file_id, version in versions.items()
    ]


async def _pass_on(session: Session, moved: Sequence[Referral], mover: ReferralMover) -> None:
    """What was sent goes to the district's own system, or lies in the inbox at once; that system hears of an end too."""
    news = [r for r in moved if r.status == ReferralStatus.SENT or (r.status == ReferralStatus.CLOSED and r.sent_at)]
    districts = sorted({r.to_regency_code for r in news if read_party(r.to_party).is_district})
    able = await referrals.list_able_districts(session, districts) if districts else frozenset()
    by_system = [r for r in news if r.to_party in able]
    if by_system:
        await outbox.put(session, [_message(r) for r in by_system], mover.now)
    inbox = [r for r in news if r.status == ReferralStatus.SENT and r.to_party not in able]
    deliveries = [
        ReferralMove(referral_id=r.referral_id, to=ReferralStatus.DELIVERED, side=Side.HUB, key="deliver")
        for r in inbox
    ]
    hub = ReferralMover("hub", "HUB", mover.now)
    await make_moves(session, {r.referral_id: r for r in inbox}, deliveries, hub)


async def _send_next_legs(session: Session, moved: Sequence[Referral], mover: ReferralMover) -> None:
    """The hub sends what was redirected on, with the same package and in the name of the sender."""
    legs = [_next_leg(r, r.redirected_to) for r in moved if r.status == ReferralStatus.REDIRECTED]
    if not legs:
        return
    hub = ReferralMover("hub", "HUB", mover.now)
    ids = await referrals.add_referrals(session, legs, hub, side=Side.HUB, key="redirect")
    drafted = {r.referral_id: r for r in await referrals.lock_referrals(session, ids) if r is not None}
    sends = [ReferralMove(referral_id=i, to=ReferralStatus.SENT, side=Side.HUB, key="send") for i in drafted]
    await make_moves(session, drafted, sends, hub)


def _next_leg(referral: Referral, to_party: str | None) -> NewReferral:
    receiver = read_party(to_party or "")
    return NewReferral(
        from_party=referral.from_party,
        to_party=receiver.code,
        from_regency_code=referral.from_regency_code,
        to_regency_code=receiver.regency_code,
        case_file_id=referral.case_file_id,
        household_id=referral.household_id,
        person_id=referral.person_id,
        purpose_code=referral.purpose_code,
        purpose_version=referral.purpose_version,
        package=referral.package,
        first_referral_id=referral.chain_id,
        previous_referral_id=referral.referral_id,
        leg_no=referral.leg_no + 1,
    )


async def _close_earlier_legs(session: Session, moved: Sequence[Referral], mover: ReferralMover) -> None:
    closed = [r.chain_id for r in moved if r.status == ReferralStatus.CLOSED and r.first_referral_id is not None]
    if not closed:
        return
    legs = [leg for leg in await referrals_read.list_legs(session, closed) if leg.status == ReferralStatus.REDIRECTED]
    hub = ReferralMover("hub", "HUB", mover.now)
    moves = [
        ReferralMove(referral_id=leg.referral_id, to=ReferralStatus.CLOSED, side=Side.HUB, key="close") for leg in legs
    ]
    await make_moves(session, {leg.referral_id: leg for leg in legs}, moves, hub)


def _message(referral: Referral) -> NewMessage:
    """Tells which referral and how it stood, and nothing of what is in it: that is read when it is sent."""
    return NewMessage(
        destination=referral.to_regency_code,
        kind=MESSAGE_KIND,
        subject_id=referral.referral_id,
        key=_key(referral),
        payload={"reference": referral.reference, "version": referral.version, "status": referral.status},
        regency_code=referral.from_regency_code,
    )


def _key(referral: Referral) -> str:
    return f"referral:{referral.reference}:{referral.version}"
