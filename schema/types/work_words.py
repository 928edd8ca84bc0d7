"""Enums of case files, districts, ingest and allocation runs, with the Indonesian terms."""

from enum import StrEnum

from hub.domain.district import DistrictCapability, DistrictStatus
from schema.objects import words


@words(
    "Type of a case file [jenis laporan].",
    QUESTION="Question [pertanyaan].",
    SUGGESTION="Suggestion [saran].",
    COMPLAINT="Complaint [pengaduan].",
    NEED="Need [kebutuhan].",
    OBJECTION="Objection [sanggah].",
    PROPOSAL="Proposal [usul].",
    OUTREACH_FINDING="Finding of outreach [temuan penjangkauan].",
)
class CaseType(StrEnum):
    """Type of a case file."""

    QUESTION = "QUESTION"
    SUGGESTION = "SUGGESTION"
    COMPLAINT = "COMPLAINT"
    NEED = "NEED"
    OBJECTION = "OBJECTION"
    PROPOSAL = "PROPOSAL"
    OUTREACH_FINDING = "OUTREACH_FINDING"


@words(
    "Category of a case file [bidang].",
    HEALTH="Health [kesehatan].",
    EDUCATION="Education [pendidikan].",
    SOCIAL_ECONOMIC="Social and economic [sosial ekonomi].",
    FOOD="Food [pangan].",
    ENERGY="Energy [energi].",
    AGRICULTURE="Agriculture [pertanian].",
    FISHERIES="Fisheries [perikanan].",
    HOUSING="Housing [perumahan].",
    CIVIL_REGISTRATION="Civil registration [adminduk].",
)
class CaseCategory(StrEnum):
    """Category of a case file."""

    HEALTH = "HEALTH"
    EDUCATION = "EDUCATION"
    SOCIAL_ECONOMIC = "SOCIAL_ECONOMIC"
    FOOD = "FOOD"
    ENERGY = "ENERGY"
    AGRICULTURE = "AGRICULTURE"
    FISHERIES = "FISHERIES"
    HOUSING = "HOUSING"
    CIVIL_REGISTRATION = "CIVIL_REGISTRATION"


@words(
    "Status of a case file.",
    RECEIVED="Received [diterima].",
    TRIAGED="Triaged [diverifikasi].",
    ASSIGNED="Assigned to an agency [didisposisikan].",
    IN_PROGRESS="In progress [diproses].",
    WAITING_CITIZEN="Waiting for the citizen.",
    WAITING_AGENCY="Waiting for an agency.",
    REFERRED="Referred to another system [dirujuk].",
    RESOLVED="Resolved [selesai].",
    CLOSED="Closed [ditutup].",
    REOPENED="Opened again.",
    DUPLICATE="The same as another case file.",
    REJECTED="Rejected [ditolak].",
)
class CaseStatus(StrEnum):
    """Status of a case file."""

    RECEIVED = "RECEIVED"
    TRIAGED = "TRIAGED"
    ASSIGNED = "ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING_CITIZEN = "WAITING_CITIZEN"
    WAITING_AGENCY = "WAITING_AGENCY"
    REFERRED = "REFERRED"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"


words(
    "How a district stands. What is first in this order counts: SUSPENDED, OFFLINE, DEGRADED, STALE, ONLINE.",
    ONLINE="It answers, keeps the contract, and its data is fresh.",
    DEGRADED="A check or an answer did not keep the contract; `lastCheck` names the fields.",
    STALE="Its feed was not read to the end for longer than its target.",
    OFFLINE="Calls to it have failed for longer than it is given.",
    SUSPENDED="The hub leaves it alone: somebody decided so.",
)(DistrictStatus)

words(
    "What a district system can do. What is absent it cannot.",
    HOUSEHOLDS="Gives households.",
    PERSONS="Gives persons.",
    CASE_FILES="Gives and searches case files.",
    VILLAGE_SERVICES="Gives village services.",
    VILLAGE_PROFILES="Gives indicators and budgets of villages, and poverty figures.",
    CHANGES="Has a feed of changes, from which the hub holds a replica.",
    MATCH_DELIVERY="Takes matches, and says what became of them.",
    CASE_UPDATES="Takes changes of its case files that were made in the hub, and decides on them.",
    REFERRALS="Takes referrals, and says what became of them.",
)(DistrictCapability)


@words(
    "How much a check of a district asks.",
    CONTRACT="Who it is, and whether its schema fits.",
    FULL="All of the conformance suite that only reads.",
)
class CheckExtent(StrEnum):
    """How much a check of a district asks."""

    CONTRACT = "CONTRACT"
    FULL = "FULL"


@words(
    "What was changed of a district in the directory.",
    JOINED="It takes part.",
    CHANGED="It is reached or treated otherwise.",
    SUSPENDED="The hub leaves it alone.",
    RESUMED="The hub asks it again.",
    LEFT="It takes part no longer.",
    DEGRADED="A check or an answer did not keep the contract.",
    MENDED="It keeps the contract again.",
)
class DistrictAction(StrEnum):
    """What was changed of a district in the directory."""

    JOINED = "JOINED"
    CHANGED = "CHANGED"
    SUSPENDED = "SUSPENDED"
    RESUMED = "RESUMED"
    LEFT = "LEFT"
    DEGRADED = "DEGRADED"
    MENDED = "MENDED"


@words("How a batch came in.", PULL="Read from the sender's feed.", PUSH="Submitted by the sender.")
class IngestChannel(StrEnum):
    """How a batch came in."""

    PULL = "PULL"
    PUSH = "PUSH"


@words(
    "How much of a record stays out.",
    RECORD="The whole record.",
    FIELD="The value; the record went in without it.",
)
class RejectSeverity(StrEnum):
    """How much of a record stays out."""

    RECORD = "RECORD"
    FIELD = "FIELD"


@words(
    "Where an allocation run stands.",
    DRAFT="Created.",
    SIMULATED="Simulated: candidates are ranked and placed.",
    APPROVED="Approved by somebody else than its creator.",
    EXECUTING="Slots are being reserved.",
    EXECUTED="Done.",
    ROLLED_BACK="Rolled back.",
)
class RunStatus(StrEnum):
    """Where an allocation run stands."""

    DRAFT = "DRAFT"
    SIMULATED = "SIMULATED"
    APPROVED = "APPROVED"
    EXECUTING = "EXECUTING"
    EXECUTED = "EXECUTED"
    ROLLED_BACK = "ROLLED_BACK"
