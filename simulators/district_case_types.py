"""The types of schema/district.graphql for case files that both sides write, under Strawberry."""

from datetime import datetime
from enum import Enum

import strawberry


@strawberry.enum
class CaseAssignmentRole(Enum):
    LEAD = "LEAD"
    SUPPORT = "SUPPORT"


@strawberry.enum
class CaseAssignmentStatus(Enum):
    ASSIGNED = "ASSIGNED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"
    HANDED_OVER = "HANDED_OVER"
    WITHDRAWN = "WITHDRAWN"


@strawberry.enum
class CaseFieldGroup(Enum):
    OPENING = "OPENING"
    DESCRIPTION = "DESCRIPTION"
    SUBJECT = "SUBJECT"
    STATUS = "STATUS"
    ASSIGNMENT = "ASSIGNMENT"
    ATTACHMENT = "ATTACHMENT"
    NOTE = "NOTE"
    ESCALATION = "ESCALATION"


@strawberry.enum
class CaseUpdateDecision(Enum):
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"


@strawberry.type
class CaseAssignment:
    agency_code: str
    role: CaseAssignmentRole
    status: CaseAssignmentStatus
    version: int
    assigned_at: datetime
    acknowledged_at: datetime | None
    ended_at: datetime | None
    result: str | None


@strawberry.type
class CaseValues:
    number: str | None
    channel: str | None
    region_code: str | None
    received_at: datetime | None
    type: str | None
    category: str | None
    resolution_class: str | None
    summary: str | None
    is_sensitive: bool | None
    household_id: strawberry.ID | None
    person_id: strawberry.ID | None
    status: str | None
    resolution: str | None
    assignment_role: CaseAssignmentRole | None
    assignment_status: CaseAssignmentStatus | None
    assigned_at: datetime | None
    result: str | None
    note: str | None
    attachment_reference: str | None
    attachment_name: str | None
    media_type: str | None
    byte_size: int | None
    escalation_level: str | None


@strawberry.type
class CaseUpdateResult:
    key: strawberry.ID
    is_accepted: bool
    refusal: str | None
    version: int | None
    case_file_id: strawberry.ID | None


@strawberry.input
class CaseValuesInput:
    number: str | None = strawberry.UNSET
    channel: str | None = strawberry.UNSET
    region_code: str | None = strawberry.UNSET
    received_at: datetime | None = strawberry.UNSET
    type: str | None = strawberry.UNSET
    category: str | None = strawberry.UNSET
    resolution_class: str | None = strawberry.UNSET
    summary: str | None = strawberry.UNSET
    is_sensitive: bool | None = strawberry.UNSET
    household_id: strawberry.ID | None = strawberry.UNSET
    person_id: strawberry.ID | None = strawberry.UNSET
    status: str | None = strawberry.UNSET
    resolution: str | None = strawberry.UNSET
    assignment_role: CaseAssignmentRole | None = strawberry.UNSET
    assignment_status: CaseAssignmentStatus | None = strawberry.UNSET
    assigned_at: datetime | None = strawberry.UNSET
    result: str | None = strawberry.UNSET
    note: str | None = strawberry.UNSET
    attachment_reference: str | None = strawberry.UNSET
    attachment_name: str | None = strawberry.UNSET
    media_type: str | None = strawberry.UNSET
    byte_size: int | None = strawberry.UNSET
    escalation_level: str | None = strawberry.UNSET


@strawberry.input
class CaseUpdateInput:
    key: strawberry.ID
    case_file_id: strawberry.ID | None = strawberry.UNSET
    hub_reference: strawberry.ID | None = strawberry.UNSET
    field_group: CaseFieldGroup
    item: str = ""
    base_version: int | None = strawberry.UNSET
    values: CaseValuesInput
    actor: str
    actor_role: str
    agency_code: str | None = strawberry.UNSET
    reason: str | None = strawberry.UNSET
    happened_at: datetime
