"""What followers are told: that a match, a case file or a referral changed."""

from datetime import datetime

import strawberry

from hub.domain.matches import MatchStatus
from hub.domain.principal import Scope
from hub.store import events as rows
from resolvers.case_files import case_files_by_id
from resolvers.matches import matches_by_id
from resolvers.referrals import referrals_by_id
from schema.fields import batched, plain
from schema.objects import shape
from schema.types.case_file import CaseFile
from schema.types.match import Match
from schema.types.referral import Referral


@strawberry.interface(
    description="Something that happened [kejadian], told to those who follow. Holds no personal data."
)
class Event:
    """What all events have."""

    id: strawberry.ID = plain(
        "Names the event for good: told twice, it has the same one. The `webhook-id` of the same event in a webhook."
    )
    cursor: str = plain("Subscribe with this as `after` to be told what follows, on any server of the hub.")
    kind: str = plain("What happened, such as match.offered or case.acknowledged.")
    occurred_at: datetime = plain("When, by the clock of whoever made the change; the order is that of telling.")
    regency_codes: list[str] = plain("The regencies that it concerns: one, or the two of a referral.")
    subject: strawberry.ID = plain("Opaque id of the match, case file or referral.")
    version: int = plain("Number of the change in the history of its subject, from 1.")


@shape(rows.Event, Scope.MATCH_READ, "A match [pencocokan] moved.")
class MatchChange(Event):
    """A match moved."""

    from_status: MatchStatus | None = plain("Status before; null: it was proposed.")
    to_status: MatchStatus = plain("Status after; the match itself may have moved on since.")
    reason_code: str | None = plain("Why, where a code says so.")
    match: Match | None = batched(matches_by_id, key="subject_id", description="The match as it is now.")


@shape(rows.Event, Scope.CASE_READ, "Something happened to a case file [laporan].")
class CaseFileChange(Event):
    """Something happened to a case file."""

    field_group: str = plain(
        "Which part of it: OPENING, DESCRIPTION, SUBJECT, STATUS, ASSIGNMENT, ESCALATION and so on."
    )
    from_status: str | None = plain("Status of the case file or of the assignment before, where one changed.")
    to_status: str | None = plain("Status after, or the level of an escalation.")
    agency_code: str | None = plain("The agency that it is about, or that did it, such as 35.10/DINAS_SOSIAL.")
    case_file: CaseFile | None = batched(
        case_files_by_id, key="subject_id", description="The case file as it is now; null when it is not yours to see."
    )


@shape(rows.Event, Scope.REFERRAL_READ, "A referral [rujukan] moved.")
class ReferralChange(Event):
    """A referral moved."""

    from_status: str | None = plain("Status before; null: it was drafted.")
    to_status: str = plain("Status after.")
    referral: Referral | None = batched(
        referrals_by_id, key="subject_id", description="The referral as it is now; null when it is not yours to see."
    )
