"""What outside systems tell the hub, in the hub's own words: the input of ingest.

One struct per kind of record. Every record carries its source stamp: `source_record_id` (the sender's
own key), `revision` (the sender's order of changes; the greater wins, clocks are not compared) and
`observed_at`. A value that the sender does not know is None, never a default.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

Sex = Literal["MALE", "FEMALE"]
VitalStatus = Literal["ALIVE", "DECEASED", "MOVED_ABROAD"]
SchoolLevel = Literal["NONE", "SD", "SMP", "SMA", "HIGHER"]
Disability = Literal["NONE", "MILD", "SEVERE"]
OccupationClass = Literal[
    "NONE",
    "FARMER",
    "LABOURER",
    "TRADER",
    "EMPLOYEE",
    "CIVIL_SERVANT",
    "MILITARY",
    "POLICE",
    "OTHER",
]
EnrolmentStatus = Literal["ACTIVE", "INACTIVE", "DECEASED"]
MatchOutcome = Literal["ACCEPTED", "DECLINED"]
ReferralMoveKind = Literal["ACCEPTED", "DECLINED", "REDIRECTED", "IN_SERVICE", "COMPLETED", "FAILED"]
AssignmentRole = Literal["LEAD", "SUPPORT"]
AssignmentStatus = Literal["ASSIGNED", "ACKNOWLEDGED", "COMPLETED", "DECLINED", "HANDED_OVER", "WITHDRAWN"]
FieldGroup = Literal[
    "OPENING",
    "DESCRIPTION",
    "SUBJECT",
    "STATUS",
    "ASSIGNMENT",
    "ATTACHMENT",
    "NOTE",
    "ESCALATION",
]


class PersonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a household, as its district knows the person."""

    source_record_id: str
    nik: str | None = None
    name: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    birth_place: str | None = None
    is_head: bool = False
    vital_status: VitalStatus | None = None
    pregnancy_due_on: date | None = None
    is_pregnant: bool | None = None
    school_level: SchoolLevel | None = None
    is_enrolled_in_school: bool | None = None
    disability: Disability | None = None
    has_chronic_illness: bool | None = None
    occupation_class: OccupationClass | None = None
    assistance: tuple[str, ...] = ()
    """Codes of the programmes that the person draws now, as the district knows it."""


class HouseholdRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A household with all its members: one record is the whole truth of its sender at `revision`."""

    source_record_id: str
    revision: int
    observed_at: datetime
    region_code: str
    kk_number: str | None = None
    previous_kk_numbers: tuple[str, ...] = ()
    address: str | None = None
    decile: int | None = None
    welfare_source: str | None = None
    welfare_period: str | None = None
    assistance: tuple[str, ...] = ()
    members: tuple[PersonRecord, ...] = ()
    is_removed: bool = False


class AssignmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How an agency works on a case file: its latest assignment there, told by its moment of assigning."""

    agency_code: str
    role: AssignmentRole
    status: AssignmentStatus
    version: int
    assigned_at: datetime
    acknowledged_at: datetime | None = None
    ended_at: datetime | None = None
    result: str | None = None


class CaseFileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A case file [laporan] of the district. `hub_reference`: of the case file that was opened in the hub and became this one.

    Versions count the changes of a field group; None, as for all else, is what the district does not speak of.
    """

    source_record_id: str
    revision: int
    observed_at: datetime
    number: str
    type: str
    category: str
    channel: str
    region_code: str
    status: str
    received_at: datetime
    household_record_id: str | None = None
    summary: str | None = None
    closed_at: datetime | None = None
    hub_reference: str | None = None
    is_sensitive: bool | None = None
    resolution_class: str | None = None
    person_record_id: str | None = None
    resolution: str | None = None
    description_version: int | None = None
    subject_version: int | None = None
    status_version: int | None = None
    assignments: tuple[AssignmentRecord, ...] | None = None
    is_removed: bool = False


class CaseValues(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a case update sets, all of its field group; of other groups nothing. In an OPENING: also description and subject."""

    number: str | None = None
    channel: str | None = None
    region_code: str | None = None
    received_at: datetime | None = None
    type: str | None = None
    category: str | None = None
    resolution_class: str | None = None
    summary: str | None = None
    is_sensitive: bool | None = None
    household_record_id: str | None = None
    person_record_id: str | None = None
    status: str | None = None
    resolution: str | None = None
    assignment_role: str | None = None
    assignment_status: str | None = None
    assigned_at: datetime | None = None
    result: str | None = None
    note: str | None = None
    attachment_reference: str | None = None
    attachment_name: str | None = None
    media_type: str | None = None
    byte_size: int | None = None
    escalation_level: str | None = None


class CaseUpdate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of a case file, of one shape in both directions. Whoever makes it gives the `key`: it is in effect once.

    `case_file_record_id` is the district's; None as long as the hub does not know it, then `hub_reference` names the case file.
    `base_version`: the district's version of the group that the maker knew.
    """

    key: str
    field_group: FieldGroup
    values: CaseValues
    actor: str
    actor_role: str
    happened_at: datetime
    case_file_record_id: str | None = None
    hub_reference: str | None = None
    item: str = ""
    base_version: int | None = None
    agency_code: str | None = None
    reason: str | None = None


class CaseUpdateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An update as the district decided on it: its people's, which are applied, or the answer to one of the hub's.

    `version` is that of the group afterwards; `refusal` says why it is not applied.
    """

    source_record_id: str
    revision: int
    observed_at: datetime
    update: CaseUpdate
    outcome: Literal["APPLIED", "REFUSED"]
    version: int | None = None
    refusal: str | None = None


class VillageServiceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A service that a village gave or is giving, such as an SPM letter."""

    source_record_id: str
    revision: int
    observed_at: datetime
    region_code: str
    type: str
    status: str
    household_record_id: str | None = None
    person_record_id: str | None = None
    """Who died, or who moves alone; None in a move letter: the whole household moves."""
    event_on: date | None = None
    """Day of the birth, death or move."""
    other_region_code: str | None = None
    """Of a move: where to, or where from."""
    other_household_record_id: str | None = None
    """Of a move: the household in the other district, by that district's id."""
    other_kk_number: str | None = None
    requested_at: datetime | None = None
    completed_at: datetime | None = None
    is_removed: bool = False


class MatchOutcomeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a match that was delivered to the district; `match_reference` is the hub's."""

    source_record_id: str
    revision: int
    observed_at: datetime
    match_reference: str
    outcome: MatchOutcome
    reason: str | None = None


class ReferralUpdateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A move that a district made with a referral of the hub to it; `source_record_id` is the key of the move."""

    source_record_id: str
    revision: int
    observed_at: datetime
    reference: str
    move: ReferralMoveKind
    reason: str | None = None
    to_party: str | None = None


class RosterRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a national roster: a person (KIS) or a household (PKH) on a programme.

    `components` maps component code to count of members; `amount` is rupiah a year.
    """

    source_record_id: str
    revision: int
    observed_at: datetime
    programme_code: str
    status: EnrolmentStatus
    nik: str | None = None
    kk_number: str | None = None
    name: str | None = None
    birth_date: date | None = None
    sex: Sex | None = None
    region_code: str | None = None
    segment: str | None = None
    components: dict[str, int] = {}
    amount: int | None = None


class PoolRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Entitlements that a national system gives out: for one regency, or for the nation (None)."""

    programme_code: str
    region_code: str | None
    period: str
    total: int
    revision: int
    observed_at: datetime


Record = (
    HouseholdRecord
    | CaseFileRecord
    | CaseUpdateRecord
    | VillageServiceRecord
    | MatchOutcomeRecord
    | ReferralUpdateRecord
    | RosterRecord
)


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be taken in: what, which value, why.

    `severity` RECORD: the whole record stays out. FIELD: the value stays out, the record goes in without it.
    `field` is "" for the record as a whole. `value` is kept in quarantine for the person who mends it,
    and is never logged.
    """

    record_kind: str
    source_record_id: str
    field: str
    code: str
    value: str
    severity: Literal["RECORD", "FIELD"] = "RECORD"
