"""The types of schema/district.graphql under Strawberry; values come from simulators.records."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, NamedTuple, cast

import strawberry
from strawberry import federation

from simulators import records
from simulators.district import DistrictSystem
from simulators.district_case_types import CaseAssignment, CaseFieldGroup, CaseUpdateDecision, CaseValues
from simulators.district_referral_types import ReferralUpdate
from simulators.district_scalars import Info, Revision

CONTRACT_VERSION = 1


@strawberry.enum
class MatchOutcomeKind(Enum):
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


@strawberry.enum
class DistrictCapability(Enum):
    HOUSEHOLDS = "HOUSEHOLDS"
    PERSONS = "PERSONS"
    CASE_FILES = "CASE_FILES"
    VILLAGE_SERVICES = "VILLAGE_SERVICES"
    VILLAGE_PROFILES = "VILLAGE_PROFILES"
    CHANGES = "CHANGES"
    MATCH_DELIVERY = "MATCH_DELIVERY"
    CASE_UPDATES = "CASE_UPDATES"
    REFERRALS = "REFERRALS"


@strawberry.enum
class CaseFileOrder(Enum):
    OLDEST_FIRST = "OLDEST_FIRST"
    NEWEST_FIRST = "NEWEST_FIRST"


@strawberry.enum
class Sex(Enum):
    MALE = "MALE"
    FEMALE = "FEMALE"


@strawberry.enum
class VitalStatus(Enum):
    ALIVE = "ALIVE"
    DECEASED = "DECEASED"
    MOVED_ABROAD = "MOVED_ABROAD"


@strawberry.enum
class SchoolLevel(Enum):
    NONE = "NONE"
    SD = "SD"
    SMP = "SMP"
    SMA = "SMA"
    HIGHER = "HIGHER"


@strawberry.enum
class Disability(Enum):
    NONE = "NONE"
    MILD = "MILD"
    SEVERE = "SEVERE"


@strawberry.enum
class OccupationClass(Enum):
    NONE = "NONE"
    FARMER = "FARMER"
    LABOURER = "LABOURER"
    TRADER = "TRADER"
    EMPLOYEE = "EMPLOYEE"
    CIVIL_SERVANT = "CIVIL_SERVANT"
    MILITARY = "MILITARY"
    POLICE = "POLICE"
    OTHER = "OTHER"


@federation.type(keys=["regionCode"])
class District:
    region_code: strawberry.ID
    name: str
    contract_version: int
    capabilities: list[DistrictCapability]

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "District | None":
        return this_district(info.context) if key["regionCode"] == info.context.code else None


@federation.type(keys=["id"])
class Person:
    id: strawberry.ID
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
    assistance: list[str]

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, records.Person)

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "Person | None":
        return find_person(info.context, key["id"])


@federation.type(keys=["id"])
class Household:
    id: strawberry.ID
    revision: Revision
    observed_at: datetime
    region_code: str
    kk_number: str | None
    previous_kk_numbers: list[str]
    address: str | None
    decile: int | None
    welfare_source: str | None
    welfare_period: str | None
    assistance: list[str]
    members: list[Person]

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, records.Household)

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "Household | None":
        return cast("Household | None", info.context.households.get(key["id"]))


@federation.type(keys=["id"])
class CaseFile:
    id: strawberry.ID
    revision: Revision
    observed_at: datetime
    number: str
    type: str
    category: str
    channel: str
    region_code: str
    household_id: strawberry.ID | None
    status: str
    summary: str | None
    received_at: datetime
    closed_at: datetime | None
    hub_reference: strawberry.ID | None
    is_sensitive: bool | None
    resolution_class: str | None
    person_id: strawberry.ID | None
    resolution: str | None
    description_version: int | None
    subject_version: int | None
    status_version: int | None
    assignments: list[CaseAssignment] | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, records.CaseFile)

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "CaseFile | None":
        return cast("CaseFile | None", info.context.case_files.get(key["id"]))


@federation.type(keys=["key"])
class CaseUpdate:
    key: strawberry.ID
    revision: Revision
    observed_at: datetime
    case_file_id: strawberry.ID | None
    hub_reference: strawberry.ID | None
    field_group: CaseFieldGroup
    item: str
    decision: CaseUpdateDecision
    refusal: str | None
    base_version: int | None
    version: int | None
    values: CaseValues
    actor: str
    actor_role: str
    agency_code: str | None
    reason: str | None
    happened_at: datetime

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, records.CaseUpdate)

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "CaseUpdate | None":
        return cast("CaseUpdate | None", info.context.case_desk.updates.get(key["key"]))


@federation.type(keys=["id"])
class VillageService:
    id: strawberry.ID
    revision: Revision
    observed_at: datetime
    region_code: str
    type: str
    status: str
    household_id: strawberry.ID | None
    person_id: strawberry.ID | None
    event_on: date | None
    other_region_code: str | None
    other_household_id: strawberry.ID | None
    other_kk_number: str | None
    requested_at: datetime | None
    completed_at: datetime | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, records.VillageService)

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "VillageService | None":
        return cast("VillageService | None", info.context.village_services.get(key["id"]))


@federation.type(keys=["matchReference"])
class MatchOutcome:
    match_reference: strawberry.ID
    revision: Revision
    observed_at: datetime
    outcome: MatchOutcomeKind
    reason: str | None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, records.MatchOutcome)

    @classmethod
    def resolve_reference(cls, info: Info, **key: str) -> "MatchOutcome | None":
        return cast("MatchOutcome | None", info.context.outcomes.get(key["matchReference"]))


ChangedEntity = Annotated[
    Household | CaseFile | CaseUpdate | VillageService | MatchOutcome | ReferralUpdate,
    strawberry.union(name="ChangedEntity"),
]


@strawberry.type
class Change:
    revision: Revision
    is_removed: bool
    entity: ChangedEntity


@strawberry.type
class ChangePage:
    nodes: list[Change]
    cursor: str
    has_more: bool


@strawberry.type
class HouseholdPage:
    nodes: list[Household]
    cursor: str | None
    has_more: bool


@strawberry.type
class CaseFilePage:
    nodes: list[CaseFile]
    cursor: str | None
    has_more: bool


@strawberry.type
class CaseFileSearchPage:
    nodes: list[CaseFile]
    has_more: bool


@strawberry.input
class CaseFileFilter:
    region_code: str | None = strawberry.UNSET
    statuses: list[str] | None = strawberry.UNSET
    categories: list[str] | None = strawberry.UNSET
    received_from: datetime | None = strawberry.UNSET
    received_before: datetime | None = strawberry.UNSET
    number: str | None = strawberry.UNSET
    text: str | None = strawberry.UNSET
    is_sensitive: bool | None = strawberry.UNSET
    order: CaseFileOrder = CaseFileOrder.OLDEST_FIRST


@strawberry.input
class CaseFilePosition:
    received_at: datetime
    id: strawberry.ID | None = strawberry.UNSET


@strawberry.type
class VillageServicePage:
    nodes: list[VillageService]
    cursor: str | None
    has_more: bool


@strawberry.type
class MatchDeliveryResult:
    match_reference: strawberry.ID
    is_accepted: bool
    reason: str | None


@strawberry.input
class MatchDeliveryInput:
    match_reference: strawberry.ID
    household_id: strawberry.ID
    person_id: strawberry.ID | None = strawberry.UNSET
    programme_code: str
    status: str
    expires_at: datetime | None = strawberry.UNSET


class ChangeRow(NamedTuple):
    """A change as the default resolvers read it."""

    revision: int
    is_removed: bool
    entity: Any


class SearchRow(NamedTuple):
    """A page of a search as the default resolvers read it."""

    nodes: list[Any]
    has_more: bool


class PageRow(NamedTuple):
    """A page as the default resolvers read it."""

    nodes: list[Any]
    cursor: str | None
    has_more: bool


def this_district(system: DistrictSystem) -> District:
    """The district itself."""
    return District(
        region_code=strawberry.ID(system.code),
        name=system.name,
        contract_version=CONTRACT_VERSION,
        capabilities=[each for each in DistrictCapability if each.value in system.capabilities],
    )


def find_person(system: DistrictSystem, person_id: str) -> Person | None:
    """A recorded person by id."""
    household = system.household_of(person_id)
    members = household.members if household else ()
    return cast("Person | None", next((member for member in members if member.id == person_id), None))
