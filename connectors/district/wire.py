"""The entities of the districts' contract as they come over the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from connectors.wire import Moment, Revision
from hub.domain.records import (
    AssignmentRole,
    AssignmentStatus,
    Disability,
    FieldGroup,
    MatchOutcome,
    OccupationClass,
    ReferralMoveKind,
    SchoolLevel,
    Sex,
    VitalStatus,
)
from hub.domain.village_profiles import BudgetLine, PovertyOrigin, PovertyPoint


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names in camel case."""


class Person(_Wire, frozen=True, kw_only=True):
    """A member of a household."""

    id: str
    nik: str | None
    name: str | None
    sex: Sex | None
    birth_date: date | None
    birth_place: str | None
    is_head: bool
    vital_status: VitalStatus | None
    is_pregnant: bool | None
    pregnancy_due_on: date | None
    school_level: SchoolLevel | None
    is_enrolled_in_school: bool | None
    disability: Disability | None
    has_chronic_illness: bool | None
    occupation_class: OccupationClass | None
    assistance: tuple[str, ...]


class Entity(_Wire, frozen=True, kw_only=True, tag_field="__typename"):
    """What all entities carry."""

    revision: Revision
    observed_at: Moment


class Household(Entity, frozen=True, kw_only=True, tag="Household"):
    """A household with all its members."""

    id: str
    region_code: str
    kk_number: str | None
    previous_kk_numbers: tuple[str, ...]
    address: str | None
    decile: int | None
    welfare_source: str | None
    welfare_period: str | None
    assistance: tuple[str, ...]
    members: tuple[Person, ...]


class Assignment(_Wire, frozen=True, kw_only=True):
    """How an agency works on a case file."""

    agency_code: str
    role: AssignmentRole
    status: AssignmentStatus
    version: int
    assigned_at: Moment
    acknowledged_at: Moment | None
    ended_at: Moment | None
    result: str | None


class Values(_Wire, frozen=True, kw_only=True):
    """The values of a field group, of an update in either direction; what is absent is null."""

    number: str | None = None
    channel: str | None = None
    region_code: str | None = None
    received_at: Moment | None = None
    type: str | None = None
    category: str | None = None
    resolution_class: str | None = None
    summary: str | None = None
    is_sensitive: bool | None = None
    household_id: str | None = None
    person_id: str | None = None
    status: str | None = None
    resolution: str | None = None
    assignment_role: AssignmentRole | None = None
    assignment_status: AssignmentStatus | None = None
    assigned_at: Moment | None = None
    result: str | None = None
    note: str | None = None
    attachment_reference: str | None = None
    attachment_name: str | None = None
    media_type: str | None = None
    byte_size: int | None = None
    escalation_level: str | None = None


class CaseFile(Entity, frozen=True, kw_only=True, tag="CaseFile"):
    """A case file."""

    id: str
    number: str
    type: str
    category: str
    channel: str
    region_code: str
    household_id: str | None
    status: str
    summary: str | None
    received_at: Moment
    closed_at: Moment | None
    hub_reference: str | None
    is_sensitive: bool | None
    resolution_class: str | None
    person_id: str | None
    resolution: str | None
    description_version: int | None
    subject_version: int | None
    status_version: int | None
    assignments: tuple[Assignment, ...] | None


class CaseUpdateEntity(Entity, frozen=True, kw_only=True, tag="CaseUpdate"):
    """A change of a case file, and what the district decided."""

    key: str
    case_file_id: str | None
    hub_reference: str | None
    field_group: FieldGroup
    item: str
    decision: Literal["APPLIED", "REFUSED"]
    refusal: str | None
    base_version: int | None
    version: int | None
    values: Values
    actor: str
    actor_role: str
    agency_code: str | None
    reason: str | None
    happened_at: Moment


class VillageService(Entity, frozen=True, kw_only=True, tag="VillageService"):
    """A village service."""

    id: str
    region_code: str
    type: str
    status: str
    household_id: str | None
    person_id: str | None
    event_on: date | None
    other_region_code: str | None
    other_household_id: str | None
    other_kk_number: str | None
    requested_at: Moment | None
    completed_at: Moment | None


class Criterion(_Wire, frozen=True):
    """Whether a village meets a criterion."""

    criterion: str
    is_met: bool


class VillageProfile(Entity, frozen=True, kw_only=True, tag="VillageProfile"):
    """What a village reports of itself."""

    id: str
    region_code: str
    has_doctor: bool | None
    has_wifi: bool | None
    bandwidth_mbps: float | None
    smart_kampung: tuple[Criterion, ...]
    budget_lines: tuple[BudgetLine, ...]


class PovertySeries(Entity, frozen=True, kw_only=True, tag="PovertySeries"):
    """Poverty figures of one origin by one method."""

    id: str
    region_code: str
    origin: PovertyOrigin
    method: str
    points: tuple[PovertyPoint, ...]


class MatchOutcomeEntity(Entity, frozen=True, kw_only=True, tag="MatchOutcome"):
    """What became of a delivered match."""

    match_reference: str
    outcome: MatchOutcome
    reason: str | None


class ReferralUpdateEntity(Entity, frozen=True, kw_only=True, tag="ReferralUpdate"):
    """A move that the district made with a referral to it."""

    key: str
    reference: str
    move: ReferralMoveKind
    reason: str | None
    to_party: str | None


class Change(_Wire, frozen=True, kw_only=True):
    """One entry of the feed."""

    revision: Revision
    is_removed: bool
    entity: Household | CaseFile | CaseUpdateEntity | VillageService | MatchOutcomeEntity | ReferralUpdateEntity


class ChangePage(_Wire, frozen=True, kw_only=True):
    """A page of the feed; its entries are read one by one."""

    nodes: list[msgspec.Raw]
    cursor: str
    has_more: bool


class Changes(msgspec.Struct, frozen=True):
    """The data of the query for changes."""

    changes: ChangePage


class SearchPage(_Wire, frozen=True, kw_only=True):
    """A page of a search; its rows are read one by one."""

    nodes: list[msgspec.Raw]
    has_more: bool


class Search(_Wire, frozen=True):
    """The data of a search for case files."""

    case_file_search: SearchPage


class Count(_Wire, frozen=True):
    """The data of a count of case files."""

    case_file_count: Annotated[int, msgspec.Meta(ge=0)]


class Entities(msgspec.Struct, frozen=True):
    """The data of a look-up by keys: one entity, or null, for each representation."""

    entities: list[msgspec.Raw] = msgspec.field(name="_entities")


class ListPage(_Wire, frozen=True, kw_only=True):
    """A page of a list; its rows are read one by one."""

    nodes: list[msgspec.Raw]
    cursor: str | None
    has_more: bool


class Listed(msgspec.Struct, frozen=True):
    """The data of a list in the order of regions."""

    page: ListPage


class MomentPlace(_Wire, frozen=True, kw_only=True):
    """Where a row stands that goes by its moment, and of which the rest may not fit."""

    id: str
    received_at: Moment


class RegionPlace(_Wire, frozen=True, kw_only=True):
    """Where a row stands that goes by its region, and of which the rest may not fit."""

    id: str
    region_code: str


class Filter(_Wire, frozen=True, kw_only=True):
    """The input of a search."""

    region_code: str | None
    statuses: tuple[str, ...] | None
    categories: tuple[str, ...] | None
    received_from: datetime | None
    received_before: datetime | None
    number: str | None
    text: str | None
    is_sensitive: bool | None
    order: str


class After(_Wire, frozen=True, kw_only=True):
    """The position in a search after which its page begins."""

    received_at: datetime
    id: str | None


class Receipt(_Wire, frozen=True, kw_only=True):
    """Whether a delivery was taken."""

    match_reference: str
    is_accepted: bool
    reason: str | None = None


class Receipts(_Wire, frozen=True):
    """The data of a delivery."""

    matches_deliver: list[Receipt]


class Delivery(_Wire, frozen=True, kw_only=True):
    """The input of a delivery."""

    match_reference: str
    household_id: str
    person_id: str | None
    programme_code: str
    status: str
    expires_at: datetime | None


class CaseUpdateInput(_Wire, frozen=True, kw_only=True):
    """The input of a change of a case file."""

    key: str
    case_file_id: str | None
    hub_reference: str | None
    field_group: str
    item: str
    base_version: int | None
    values: Values
    actor: str
    actor_role: str
    agency_code: str | None
    reason: str | None
    happened_at: datetime


class CaseUpdateResult(_Wire, frozen=True, kw_only=True):
    """What the district made of it."""

    key: str
    is_accepted: bool
    refusal: str | None
    version: int | None
    case_file_id: str | None


class CaseUpdateResults(_Wire, frozen=True):
    """The data of a delivery of changes."""

    case_updates_deliver: list[CaseUpdateResult]


class Service(msgspec.Struct, frozen=True):
    """What a Federation subgraph says of itself."""

    sdl: str


class DistrictEntity(_Wire, frozen=True, kw_only=True):
    """Who the district says that it is."""

    region_code: str
    contract_version: int


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The data of the check."""

    service: Service = msgspec.field(name="_service")
    district: DistrictEntity
