"""Links: roster lines and the persons or households that they are held to be, and the matches that a decision put to review."""

from datetime import date, datetime
from enum import StrEnum

from hub.domain.principal import Scope
from hub.store import link_review as rows
from resolvers.identity import CheckAnswer, CheckBasis, CheckPurpose, CoverageAnswer
from resolvers.link_review import link_events_of, links_by_id, roster_entries_of
from resolvers.matches import matches_by_id
from resolvers.programmes import programmes_of
from resolvers.regions import regions_of
from resolvers.registry import households_of, persons_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape, words
from schema.types.match import Match
from schema.types.programme import Programme
from schema.types.region import Region, SourceStamp
from schema.types.registry import Household, Person
from schema.types.words import EnrolmentStatus, LinkMethod, Sex


@words(
    "Where a link stands.",
    LINKED="Both are held to be one.",
    REVIEW="Somebody has to look at both.",
    REJECTED="Somebody said that they are two.",
    UNDONE="Somebody took the link back.",
)
class LinkStatus(StrEnum):
    """Where a link stands."""

    LINKED = "LINKED"
    REVIEW = "REVIEW"
    REJECTED = "REJECTED"
    UNDONE = "UNDONE"


@words("Order of the review queue.", OLDEST="The oldest first.", SUREST="Those first for which most speaks.")
class LinkOrder(StrEnum):
    """Order of the review queue."""

    OLDEST = "OLDEST"
    SUREST = "SUREST"


@words("What a person says of a pair.", LINK="Both records are one.", REJECT="They are two.")
class LinkDecision(StrEnum):
    """What a person says of a pair."""

    LINK = "LINK"
    REJECT = "REJECT"


@words("What put a match to review.", LINK_MADE="A roster line was linked.", LINK_UNDONE="A link was undone.")
class ReviewCause(StrEnum):
    """What put a match to review."""

    LINK_MADE = "LINK_MADE"
    LINK_UNDONE = "LINK_UNDONE"


@words(
    "What becomes of a match in review.", KEEP="It stands.", GIVE_BACK="It ends, and its slot goes back to the pool."
)
class ReviewResolution(StrEnum):
    """What becomes of a match in review."""

    KEEP = "KEEP"
    GIVE_BACK = "GIVE_BACK"


words(
    "Whether a person is covered.",
    COVERED="The person is on the programme now.",
    NOT_COVERED="The person is not, as of the last reading of the roster.",
    UNKNOWN="It is not certain who is meant, or the roster was not read.",
)(CheckAnswer)
words(
    "What an answer is needed for [tujuan].",
    TREATMENT="Treatment of the person.",
    SCHOOLING="Schooling of the person.",
    SOCIAL_CARE="Social care for the person.",
    ADMINISTRATION="Keeping the registers in order.",
)(CheckPurpose)
words(
    "What allows a question about a person [dasar pemrosesan].",
    CONSENT="The person's consent.",
    LEGAL_DUTY="A duty by law.",
)(CheckBasis)


@shape(
    rows.RosterEntry,
    Scope.LINK_READ,
    "A line of a national roster that is, or may be, somebody of the caller's regions.",
)
class RosterEntry:
    """A line of a national roster."""

    status: EnrolmentStatus = plain("Status there.")
    name: str | None = plain("Name; of a household its head's.")
    sex: Sex | None = plain("Sex.")
    birth_date: date | None = plain("Date of birth.")
    nik: str | None = plain("NIK, masked as 3510**********01 unless the token has identity:read.")
    kk_number: str | None = plain("Family card number, masked likewise.")
    region: Region | None = batched(regions_of, key="region_code", description="Where the roster has it.")
    segment: str | None = plain("Segment of the programme.")
    source_stamp: SourceStamp = plain("Where this comes from.")


@shape(rows.Comparison, Scope.LINK_READ, "What one comparison of the two records found.")
class LinkComparison:
    """What one comparison found."""

    comparison: str = plain(
        "What was compared: name, birth_date, nik, kk_number, place, sex; prior is what holds before."
    )
    level: str = plain("How far it agrees, such as SAME or ONE_EDIT; VOID: not known, or said by another comparison.")
    bits: float = plain(
        "What it weighs, log2 of the odds: above zero it speaks for one person. All together are the weight."
    )


@shape(rows.LinkEvent, Scope.LINK_READ, "One change of a link.")
class LinkEvent:
    """One change of a link."""

    version: int = plain("Version after it.")
    from_status: LinkStatus | None = plain("Status before; null: it was found.")
    to_status: LinkStatus | None = plain("Status after; null: it was not found again.")
    method: LinkMethod = plain("How it was found.")
    weight: float | None = plain("What spoke for it then, in bits.")
    actor: str = plain("Client that decided, or hub.")
    reason: str | None = plain("Why, in the words of who decided.")
    moved_at: datetime = plain("When.")


@entity(
    rows.Link, Scope.LINK_READ, "A roster line and a household or person, held to be one or waiting for a decision."
)
class Link(Node):
    """A roster line and a household or person."""

    status: LinkStatus = plain("Where it stands.")
    method: LinkMethod = plain("How it is known.")
    weight: float | None = plain("Sum of the evidence in bits; null where a number says it.")
    weights_version: str | None = plain("Version of the weights.")
    comparisons: list[LinkComparison] = plain("What agrees and how much it weighs, the prior first.")
    programme: Programme | None = batched(programmes_of, key="programme_code", description="The roster's programme.")
    roster_entry: RosterEntry | None = batched(roster_entries_of, key="entry", description="One side: the roster line.")
    household: Household | None = batched(
        households_of, key="household_id", of="Household", description="The other side's household."
    )
    person: Person | None = batched(
        persons_of, key="person_id", description="The other side, for programmes of persons."
    )
    member: Person | None = batched(
        persons_of, key="member_id", description="Whose record was compared; null where a family card says it."
    )
    found_at: datetime = plain("When the pair was found.")
    decided_by: str | None = plain("Client that decided last.")
    decided_at: datetime | None = plain("When.")
    reason: str | None = plain("Why, in the words of who decided.")
    history: list[LinkEvent] = batched(link_events_of, key="link_id", description="Every change, in order.")


@entity(rows.MatchReview, Scope.MATCH_READ, "A match whose ground a decision about a link took away [perlu ditinjau].")
class MatchReview(Node):
    """A match that waits for a person on duty."""

    match: Match | None = batched(matches_by_id, key="match_id", description="The match.")
    link: Link | None = batched(links_by_id, key="link_id", description="The link that was decided about.")
    cause: ReviewCause = plain("What put it to review.")
    raised_by: str = plain("Client whose decision it was.")
    raised_at: datetime = plain("When.")
    resolution: ReviewResolution | None = plain("What became of it; null: it waits.")
    resolved_by: str | None = plain("Who said so.")
    resolved_at: datetime | None = plain("When.")
    reason: str | None = plain("Why.")


@shape(CoverageAnswer, Scope.COVERAGE_CHECK, "Whether a person is covered: as little as answers the question.")
class CoverageCheck:
    """Whether a person is covered."""

    status: CheckAnswer = plain("The answer.")
    programme_codes: list[str] | None = plain(
        "The programmes on which the person or household is now; null without registry:read, or when nobody is certain."
    )
