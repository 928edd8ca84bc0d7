"""Reads referrals [rujukan], their history and their purposes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.referral_clocks import Deadline
from hub.domain.referral_package import Value
from hub.domain.referrals import ReferralStatus, Standing
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import by_key, grouped, read


@dataclass(frozen=True, slots=True)
class Referral:
    """One leg of a referral: from a sender to one receiver."""

    referral_id: int
    reference: str
    first_referral_id: int | None
    previous_referral_id: int | None
    leg_no: int
    from_party: str
    to_party: str
    from_regency_code: str
    to_regency_code: str
    case_file_id: int
    receiver_case_file_id: int | None
    household_id: int | None
    person_id: int | None
    is_sensitive: bool
    purpose_code: str
    purpose_version: int
    package: dict[str, Value]
    status: str
    version: int
    outcome: str | None
    reason: str | None
    redirected_to: str | None
    accept_by: datetime | None
    accept_at_risk_at: datetime | None
    complete_by: datetime | None
    complete_at_risk_at: datetime | None
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    accepted_at: datetime | None
    begun_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.REFERRAL, self.referral_id)

    @property
    def purpose_key(self) -> tuple[str, int]:
        """The purpose by which it was made."""
        return (self.purpose_code, self.purpose_version)

    @property
    def entries(self) -> tuple[tuple[str, Value], ...]:
        """What is in the package."""
        return tuple(self.package.items())

    @property
    def times(self) -> "ReferralTimes":
        """What its clocks go by."""
        return ReferralTimes(
            self.sent_at,
            _deadline(self.accept_at_risk_at, self.accept_by),
            self.accepted_at,
            _deadline(self.complete_at_risk_at, self.complete_by),
            self.ended_at,
        )

    @property
    def chain_id(self) -> int:
        """The first leg of its chain."""
        return self.referral_id if self.first_referral_id is None else self.first_referral_id

    @property
    def standing(self) -> Standing:
        """What decides whether it may be moved."""
        return Standing(
            self.reference,
            ReferralStatus(self.status),
            self.version,
            self.from_party,
            self.to_party,
            self.from_regency_code,
            self.to_regency_code,
        )


@dataclass(frozen=True, slots=True)
class ReferralTimes:
    """What the clocks of a referral go by; None: not yet."""

    sent_at: datetime | None
    acceptance: Deadline | None
    accepted_at: datetime | None
    completion: Deadline | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReferralEvent:
    """One move of a referral."""

    referral_id: int
    version: int
    from_status: str | None
    to_status: str
    side: str
    actor: str
    reason: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralPurpose:
    """What a referral can be for, in one version."""

    purpose_code: str
    version: int
    description_id: str
    description_en: str
    fields: list[str]
    receiver_kinds: list[str]
    is_about_person: bool
    case_category: str


@dataclass(frozen=True, slots=True)
class ReferralFilter:
    """Which referrals; None narrows nothing. `overdue_at`: those whose running clock has ended by then."""

    status: str | None
    party_code: str | None
    overdue_at: datetime | None


async def find_referrals(session: Session, referral_ids: Sequence[int]) -> list[Referral | None]:
    """The referral of each id."""
    rows = await session.fetch(query("referral", "find_referrals"), referral_ids=list(referral_ids))
    return by_key(referral_ids, ((r.referral_id, r) for r in read(Referral, rows)))


async def list_incoming(
    session: Session, regency_code: str, wanted: ReferralFilter, *, after_id: int, first: int
) -> list[Referral]:
    """What was sent to a regency, or to the nation, in its order."""
    return await _page(session, "list_incoming", wanted, after_id, first, regency_code=regency_code)


async def list_outgoing(
    session: Session, regency_code: str, wanted: ReferralFilter, *, after_id: int, first: int
) -> list[Referral]:
    """What a regency made, drafts too, in its order."""
    return await _page(session, "list_outgoing", wanted, after_id, first, regency_code=regency_code)


async def list_all(session: Session, wanted: ReferralFilter, *, after_id: int, first: int) -> list[Referral]:
    """Every referral that is visible, in its order."""
    return await _page(session, "list_all", wanted, after_id, first)


async def list_referrals_of_cases(session: Session, case_file_ids: Sequence[int]) -> list[list[Referral]]:
    """The referrals that each case file was sent with, or was opened by."""
    rows = await session.fetch(query("referral", "list_referrals_of_cases"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((row[0], Referral(*row[1:])) for row in rows))


async def find_next_legs(session: Session, referral_ids: Sequence[int]) -> list[Referral | None]:
    """The leg to which each was redirected."""
    rows = await session.fetch(query("referral", "find_next_legs"), referral_ids=list(referral_ids))
    return by_key(referral_ids, ((r.previous_referral_id or 0, r) for r in read(Referral, rows)))


async def list_legs(session: Session, first_ids: Sequence[int]) -> list[Referral]:
    """All legs of some chains, named by their first legs."""
    return read(Referral, await session.fetch(query("referral", "list_legs"), first_ids=list(first_ids)))


async def list_events(session: Session, referral_ids: Sequence[int]) -> list[list[ReferralEvent]]:
    """The history of each referral, as far as the caller may see it."""
    rows = await session.fetch(query("referral", "list_referral_events"), referral_ids=list(referral_ids))
    return grouped(referral_ids, ((event.referral_id, event) for event in read(ReferralEvent, rows)))


async def list_purposes(session: Session, today: date) -> list[ReferralPurpose]:
    """The purposes in force, in the order of their codes."""
    return read(ReferralPurpose, await session.fetch(query("referral", "list_purposes"), today=today))


async def find_purposes(session: Session, keys: Sequence[tuple[str, int]]) -> list[ReferralPurpose | None]:
    """The purpose of each code and version."""
    rows = await session.fetch(
        query("referral", "find_purposes"), purpose_codes=[key[0] for key in keys], versions=[key[1] for key in keys]
    )
    return by_key(keys, (((p.purpose_code, p.version), p) for p in read(ReferralPurpose, rows)))


async def _page(
    session: Session, name: str, wanted: ReferralFilter, after_id: int, first: int, **where: str
) -> list[Referral]:
    rows = await session.fetch(
        query("referral", name),
        **where,
        status=wanted.status,
        party_code=wanted.party_code,
        overdue_at=wanted.overdue_at,
        after_id=after_id,
        first=first,
    )
    return read(Referral, rows)


def _deadline(at_risk_at: datetime | None, due_at: datetime | None) -> Deadline | None:
    return None if at_risk_at is None or due_at is None else Deadline(at_risk_at, due_at)
