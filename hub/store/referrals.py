"""Writes referrals [rujukan]: drafts and moves in sets, each with its history; and what follows for their case files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.referral_clocks import Deadline
from hub.domain.referral_package import Value
from hub.domain.referrals import ReferralOutcome, ReferralStatus, Side
from hub.store.database import Session
from hub.store.queries import query
from hub.store.referrals_read import Referral
from hub.store.rows import by_key, read


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReferral:
    """A draft; a further leg of a chain names the first leg and the one before."""

    from_party: str
    to_party: str
    from_regency_code: str
    to_regency_code: str
    case_file_id: int
    household_id: int | None
    person_id: int | None
    purpose_code: str
    purpose_version: int
    package: dict[str, Value]
    first_referral_id: int | None = None
    previous_referral_id: int | None = None
    leg_no: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralMove:
    """A referral that moves. `key` names the cause: a cause moves a referral once."""

    referral_id: int
    to: ReferralStatus
    side: Side
    key: str
    outcome: ReferralOutcome | None = None
    reason: str | None = None
    redirected_to: str | None = None
    acceptance: Deadline | None = None
    completion: Deadline | None = None
    receiver_case_file_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReferralMover:
    """Who moves, and when."""

    actor: str
    role: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SenderCase:
    """What a referral needs to know of a case file. `is_moved_here`: it is the hub's own, or its district takes changes."""

    case_file_id: int
    number: str
    regency_code: str
    is_moved_here: bool
    status: str
    household_id: int | None
    person_id: int | None
    summary: str | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MatchAnswer:
    """An open referral to a national system, and where the match of its person or household stands."""

    referral_id: int
    status: str
    match_id: int
    match_status: str
    reason_code: str | None
    national_reference: str | None


async def add_referrals(
    session: Session, new: Sequence[NewReferral], mover: ReferralMover, *, side: Side, key: str
) -> list[int]:
    """Draft referrals; returns their ids, in this order."""
    rows = await session.fetch(
        query("referral", "add_referrals"),
        first_referral_ids=[n.first_referral_id for n in new],
        previous_referral_ids=[n.previous_referral_id for n in new],
        leg_nos=[n.leg_no for n in new],
        from_parties=[n.from_party for n in new],
        to_parties=[n.to_party for n in new],
        from_regency_codes=[n.from_regency_code for n in new],
        to_regency_codes=[n.to_regency_code for n in new],
        case_file_ids=[n.case_file_id for n in new],
        household_ids=[n.household_id for n in new],
        person_ids=[n.person_id for n in new],
        purpose_codes=[n.purpose_code for n in new],
        purpose_versions=[n.purpose_version for n in new],
        packages=[n.package for n in new],
        side=side.value,
        key=key,
        actor=mover.actor,
        now=mover.now,
    )
    return [row["referral_id"] for row in rows]


async def lock_referrals(session: Session, referral_ids: Sequence[int]) -> list[Referral | None]:
    """The referral of each id, held until the transaction ends."""
    rows = await session.fetch(query("referral", "lock_referrals"), referral_ids=list(referral_ids))
    return by_key(referral_ids, ((r.referral_id, r) for r in read(Referral, rows)))


async def lock_by_references(session: Session, to_party: str, references: Sequence[str]) -> dict[str, Referral]:
    """The referrals to a district as a whole that were sent, by reference, held until the transaction ends."""
    rows = await session.fetch(query("referral", "lock_by_references"), to_party=to_party, references=list(references))
    return {referral.reference: referral for referral in read(Referral, rows)}


async def move_referrals(session: Session, moves: Sequence[ReferralMove], mover: ReferralMover) -> list[Referral]:
    """Move referrals that are held, each at most once; as they stand after it, in the order of their ids."""
    rows = await session.fetch(
        query("referral", "move_referrals"),
        referral_ids=[m.referral_id for m in moves],
        to_statuses=[m.to.value for m in moves],
        sides=[m.side.value for m in moves],
        keys=[m.key for m in moves],
        outcomes=[None if m.outcome is None else m.outcome.value for m in moves],
        reasons=[m.reason for m in moves],
        redirected_tos=[m.redirected_to for m in moves],
        accept_bys=[m.acceptance and m.acceptance.due_at for m in moves],
        accept_at_risk_ats=[m.acceptance and m.acceptance.at_risk_at for m in moves],
        complete_bys=[m.completion and m.completion.due_at for m in moves],
        complete_at_risk_ats=[m.completion and m.completion.at_risk_at for m in moves],
        receiver_case_file_ids=[m.receiver_case_file_id for m in moves],
        actor=mover.actor,
        now=mover.now,
    )
    return read(Referral, rows)


async def find_keys(session: Session, asked: Sequence[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """For each (referral, key) that has moved it before, the status that it moved to."""
    rows = await session.fetch(
        query("referral", "list_keys"), referral_ids=[a[0] for a in asked], keys=[a[1] for a in asked]
    )
    return {(row["referral_id"], row["key"]): row["to_status"] for row in rows}


async def count_referrals_of_case(session: Session, case_file_id: int) -> int:
    """How many referrals a case file was sent with so far."""
    count: int = await session.fetch_value(query("referral", "count_referrals_of_case"), case_file_id=case_file_id)
    return count


async def list_able_districts(session: Session, regency_codes: Sequence[str]) -> frozenset[str]:
    """Those regencies whose own system takes referrals."""
    rows = await session.fetch(query("referral", "list_able_districts"), regency_codes=list(regency_codes))
    return frozenset(row["regency_code"] for row in rows)


async def list_answered_by_matches(session: Session, *, after_id: int, first: int) -> list[MatchAnswer]:
    """Open referrals to national systems whose person or household has a match, after a referral."""
    rows = await session.fetch(query("referral", "list_answered_by_matches"), after_id=after_id, first=first)
    return read(MatchAnswer, rows)


async def find_sender_case(session: Session, case_file_id: int) -> SenderCase | None:
    """A case file as a referral needs it."""
    rows = await session.fetch(query("referral", "find_sender_cases"), case_file_ids=[case_file_id])
    return SenderCase(*rows[0]) if rows else None


async def lock_cases(session: Session, case_file_ids: Sequence[int]) -> dict[int, SenderCase]:
    """Case files by id, held until the transaction ends."""
    rows = await session.fetch(query("referral", "lock_cases"), case_file_ids=list(case_file_ids))
    return {case.case_file_id: case for case in read(SenderCase, rows)}


async def list_cases_without_open(session: Session, case_file_ids: Sequence[int]) -> list[int]:
    """Those case files of which no referral is open any more."""
    rows = await session.fetch(query("referral", "list_cases_without_open"), case_file_ids=list(case_file_ids))
    return [row["case_file_id"] for row in rows]
