"""What the simulated systems hold and serve, one light object per record.

The same `Person` and `Household` stand for the truth and for what a district recorded: where a district
recorded the truth, it is the same object. Field names are those of the contracts, in snake case.
"""

from datetime import date, datetime

import msgspec


class Person(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A person, true or as recorded; `id` is the district's own, unique inside the district."""

    id: str
    nik: str | None
    name: str | None
    sex: str | None
    birth_date: date | None
    birth_place: str | None
    is_head: bool
    vital_status: str | None
    is_pregnant: bool | None
    pregnancy_due_on: date | None
    school_level: str | None
    is_enrolled_in_school: bool | None
    disability: str | None
    has_chronic_illness: bool | None
    occupation_class: str | None
    assistance: tuple[str, ...] = ()


class Household(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A household with its members, true or as recorded."""

    id: str
    revision: int
    observed_at: datetime
    region_code: str
    kk_number: str | None
    previous_kk_numbers: tuple[str, ...]
    address: str | None
    decile: int | None
    welfare_source: str | None
    welfare_period: str | None
    assistance: tuple[str, ...]
    members: tuple[Person, ...]


class CaseAssignment(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How an agency works on a case file: its latest assignment."""

    agency_code: str
    role: str
    status: str
    version: int
    assigned_at: datetime
    acknowledged_at: datetime | None = None
    ended_at: datetime | None = None
    result: str | None = None


class CaseFile(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A case file of a district."""

    id: str
    revision: int
    observed_at: datetime
    number: str
    type: str
    category: str
    channel: str
    region_code: str
    household_id: str | None
    status: str
    summary: str | None
    received_at: datetime
    closed_at: datetime | None
    hub_reference: str | None = None
    is_sensitive: bool | None = False
    resolution_class: str | None = "REGULAR"
    person_id: str | None = None
    resolution: str | None = None
    description_version: int = 1
    subject_version: int = 1
    status_version: int = 1
    assignments: tuple[CaseAssignment, ...] = ()


class CaseValues(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What an update of a case file sets: all values of its field group."""

    number: str | None = None
    channel: str | None = None
    region_code: str | None = None
    received_at: datetime | None = None
    type: str | None = None
    category: str | None = None
    resolution_class: str | None = None
    summary: str | None = None
    is_sensitive: bool | None = None
    household_id: str | None = None
    person_id: str | None = None
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


class CaseUpdate(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An update of a case file, and what the district decided."""

    key: str
    revision: int
    observed_at: datetime
    case_file_id: str | None
    hub_reference: str | None
    field_group: str
    item: str
    decision: str
    refusal: str | None
    base_version: int | None
    version: int | None
    values: CaseValues
    actor: str
    actor_role: str
    agency_code: str | None
    reason: str | None
    happened_at: datetime


class ReferralUpdate(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A move that the district made with a referral to it."""

    key: str
    revision: int
    observed_at: datetime
    reference: str
    move: str
    reason: str | None
    to_party: str | None


class VillageService(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A service of a village."""

    id: str
    revision: int
    observed_at: datetime
    region_code: str
    type: str
    status: str
    household_id: str | None
    requested_at: datetime | None
    completed_at: datetime | None
    person_id: str | None = None
    event_on: date | None = None
    other_region_code: str | None = None
    other_household_id: str | None = None
    other_kk_number: str | None = None


class MatchOutcome(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of a match that the hub delivered; `outcome` is ACCEPTED or DECLINED."""

    match_reference: str
    revision: int
    observed_at: datetime
    outcome: str
    reason: str | None


class Participant(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line of the KIS roster, as served."""

    id: str
    nik: str | None
    name: str
    birth_date: date
    sex: str
    region: str
    segment: str
    status: str
    revision: int
    observed_at: datetime


class Recipient(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line of the PKH roster, as served; `amount` is rupiah a year."""

    id: str
    kk_number: str | None
    head_nik: str | None
    head_name: str
    head_birth_date: date
    head_sex: str
    region: str
    status: str
    components: dict[str, int]
    amount: int
    revision: int
    observed_at: datetime


class Pool(msgspec.Struct, frozen=True):
    """Entitlements of a programme for a regency, or for the nation (None)."""

    programme: str
    region: str | None
    period: str
    total: int
    revision: int
    observed_at: datetime
