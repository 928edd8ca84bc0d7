"""Referrals with their package, clocks and history."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain import referral_clocks
from hub.domain.principal import Scope
from hub.store import referrals_read as rows
from resolvers import referrals
from resolvers.case_files import case_files_by_id
from resolvers.registry import households_of, persons_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.types.referral_words import ReferralClockState, ReferralOutcome, ReferralStatus, Side
from schema.types.registry import Household, Person

if TYPE_CHECKING:
    from schema.types.case_file import CaseFile

_CaseFile = Annotated["CaseFile", strawberry.lazy("schema.types.case_file")]


@shape(rows.ReferralPurpose, Scope.REGION_READ, "What a referral can be for [tujuan rujukan], in one version.")
class ReferralPurpose:
    """What a referral can be for."""

    purpose_code: str = plain("Code, such as HEALTH_TREATMENT.")
    version: int = plain("Version; a referral keeps the one that it was made by.")
    description_id: str = plain("What it is, in Indonesian.")
    description_en: str = plain("What it is, in English.")
    fields: list[str] = plain("All that a package of it holds.")
    receiver_kinds: list[str] = plain("Who can get it: DISTRICT, kinds of agencies, national systems.")
    is_about_person: bool = plain("Whether it has to name a person.")


@shape(referrals.PackageEntry, Scope.REFERRAL_READ, "One thing that the receiver gets to know.")
class ReferralField:
    """One thing that the receiver gets to know."""

    field: str = plain("Which one, such as birth_date.")
    label_id: str = plain("Its name in Indonesian.")
    label_en: str = plain("Its name in English.")
    value: str | None = plain("Its value as text, dates as 2026-01-31; null: nobody knows.")


@shape(
    referral_clocks.ReferralClock,
    Scope.REFERRAL_READ,
    "A clock of a referral, on the calendar of its receiver; both sides see it.",
)
class ReferralClock:
    """A clock of a referral."""

    started_at: datetime = plain("When it began to run.")
    at_risk_at: datetime = plain("From when it is at risk.")
    due_at: datetime = plain("Until when there is time.")
    settled_at: datetime | None = plain("When what it waits for happened; null: it runs.")
    state: ReferralClockState = plain("How it stands.")


@shape(referrals.ReferralClocks, Scope.REFERRAL_READ, "Both clocks of a referral.")
class ReferralClocks:
    """Both clocks of a referral."""

    acceptance: ReferralClock | None = plain(
        "For the receiver's answer, in hours as its first responses are counted; null before it was sent."
    )
    completion: ReferralClock | None = plain(
        "For the service, in working days of the receiver; null before it was accepted."
    )


@shape(rows.ReferralEvent, Scope.REFERRAL_READ, "One move of a referral.")
class ReferralEvent:
    """One move of a referral."""

    version: int = plain("Number of the move, from 1.")
    from_status: ReferralStatus | None = plain("Status before; null: it was made.")
    to_status: ReferralStatus = plain("Status after.")
    side: Side = plain("From which side.")
    actor: str = plain("Client or system that moved it.")
    reason: str | None = plain("Why, or what came of it.")
    moved_at: datetime = plain("When.")


@entity(
    rows.Referral,
    Scope.REFERRAL_READ,
    "A case file's need, handed to who can serve it [rujukan]: one leg, from a sender to one receiver.",
)
class Referral(Node):
    """A referral."""

    reference: str = plain("How the parties name it [nomor rujukan].")
    from_party: str = plain("Who refers, such as 35.10 or 35.10/DINAS_SOSIAL.")
    to_party: str = plain("To whom, such as 35.09, 35.10/DINAS_KESEHATAN, ID/KEMENSOS or KIS.")
    purpose: ReferralPurpose | None = batched(
        referrals.purposes_of, key="purpose_key", description="What it is for, in the version that it was made by."
    )
    package: list[ReferralField] = batched(
        referrals.packages_of,
        key="entries",
        description="What the receiver gets to know. Numbers are masked without the scope identity:read.",
    )
    status: ReferralStatus = plain("Where it stands.")
    version: int = plain("Counts its moves: give it as expectedVersion when you move it.")
    outcome: ReferralOutcome | None = plain("How it ended; null: it did not yet.")
    reason: str | None = plain("Why it ended so, or what came of it.")
    clocks: ReferralClocks = batched(referrals.clocks_of, key="times", description="Both clocks, as they stand now.")
    case_file: _CaseFile | None = batched(
        case_files_by_id, key="case_file_id", description="The sender's case file; null for who may not see it."
    )
    receiver_case_file: _CaseFile | None = batched(
        case_files_by_id,
        key="receiver_case_file_id",
        description="The one that the receiver opened; null for who may not see it.",
    )
    household: Household | None = batched(
        households_of,
        key="household_id",
        of="Household",
        description="Whom it is about; null for who may only see the package.",
    )
    person: Person | None = batched(
        persons_of, key="person_id", description="Whom it is about; null for who may only see the package."
    )
    leg_no: int = plain("Number of this leg: 1, and one more for each time that it was redirected.")
    redirected_to: str | None = plain("To whom this leg's receiver passed it on.")
    next_leg: "Referral | None" = batched(
        referrals.next_legs_of,
        key="referral_id",
        description="Where it went on; null for who is no party of that leg.",
    )
    history: list[ReferralEvent] = batched(
        referrals.referral_events_of, key="referral_id", description="Every move, in order."
    )
    created_at: datetime = plain("When the draft was made.")
    sent_at: datetime | None = plain("When it was sent.")
    delivered_at: datetime | None = plain("When it lay with the receiver.")
    accepted_at: datetime | None = plain("When the receiver took it on.")
    begun_at: datetime | None = plain("When the service began.")
    ended_at: datetime | None = plain("When its outcome was known.")
    closed_at: datetime | None = plain("When the sender closed it.")
