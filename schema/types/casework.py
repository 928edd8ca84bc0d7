"""How a case file is worked: assignments of agencies, and its history."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.agencies import AgencyKind
from hub.domain.principal import Scope
from hub.matching.linkage import LinkOutcome
from hub.store import case_history, casework, needs, routing
from resolvers import subjects
from resolvers.case_files import case_files_by_id
from resolvers.registry import persons_of
from resolvers.subjects import person_lists_of
from schema.fields import batched, plain
from schema.objects import shape
from schema.types.casework_words import AssignmentRole, AssignmentStatus, CaseFieldGroup, ChangeOutcome
from schema.types.work_words import CaseCategory, CaseType

if TYPE_CHECKING:
    from schema.types.case_file import CaseFile
    from schema.types.registry import Person

_Person = Annotated["Person", strawberry.lazy("schema.types.registry")]

_CaseFile = Annotated["CaseFile", strawberry.lazy("schema.types.case_file")]


@shape(casework.Assignment, Scope.CASE_READ, "What one agency has to do with a case file [disposisi].")
class CaseAssignment:
    """What one agency has to do with a case file."""

    agency_code: str = plain("The agency: its region and kind, such as 35.10/DINAS_KESEHATAN.")
    role: AssignmentRole = plain("Lead or support.")
    status: AssignmentStatus = plain("Where it stands.")
    version: int = plain("Counts its moves, for expectedVersion.")
    assigned_at: datetime = plain("When it was given to the agency.")
    acknowledged_at: datetime | None = plain("When the agency took note.")
    ended_at: datetime | None = plain("When the agency was done with it.")
    result: str | None = plain("What the agency did, or why it does no more.")
    case_file: _CaseFile | None = batched(case_files_by_id, key="case_file_id", description="The case file.")


@strawberry.type(description="A value that a change gave.")
class CaseChange:
    """A value that a change gave."""

    name: str = plain("Of what, such as category or resolution.")
    value: str = plain("The new value as text.")


@shape(case_history.CaseEvent, Scope.CASE_READ, "A line of a case file's history [riwayat]: who, when, what, why.")
class CaseEvent:
    """A line of a case file's history."""

    event_no: int = plain("Its place in the history, from 1.")
    field_group: CaseFieldGroup = plain("What it is about.")
    item: str = plain("Which assignment (its agency), attachment or referral; empty for what there is one of.")
    outcome: ChangeOutcome = plain("What became of the change.")
    version: int | None = plain("Version of the field group after it.")
    from_value: str | None = plain("Status before.")
    to_value: str | None = plain("Status after.")
    changes: list[CaseChange] = strawberry.field(
        resolver=lambda root: _changes(root), description="What else changed: new values by name."
    )
    reason: str | None = plain("Why.")
    actor: str = plain("Client or system that made the change.")
    actor_role: str = plain("Role of the client.")
    agency_code: str | None = plain("The agency for which it was made.")
    happened_at: datetime = plain("When, by the clock of whoever made it.")
    recorded_at: datetime = plain("When the hub noted it.")


@shape(routing.RoutingRule, Scope.CASE_READ, "Which agencies work on which case files [aturan disposisi].")
class RoutingRule:
    """Which agencies work on which case files."""

    regency_code: str | None = plain("For this regency; null: for all.")
    category: CaseCategory | None = plain("For this category; null: for all.")
    type: CaseType | None = plain("For this type; null: for all.")
    lead_kind: AgencyKind | None = plain("The lead; null: no rule for exactly this.")
    support_kinds: list[AgencyKind] = plain("The supports.")
    valid_from: datetime = plain("Since when.")
    reason: str | None = plain("Why.")
    set_by: str = plain("Who set it.")


@shape(
    needs.NeedProgramme,
    Scope.REGION_READ,
    "Whether a programme covers needs of a category: it is then proposed for them.",
)
class NeedProgramme:
    """Whether a programme covers needs of a category."""

    category: CaseCategory = plain("Of this category.")
    programme_code: str = plain("The programme.")
    is_covered: bool = plain("False: since then it does not cover them any more.")
    valid_from: datetime = plain("Since when.")
    reason: str = plain("Why.")


@shape(subjects.CaseSubject, Scope.REGISTRY_READ, "Whom a case file would be about.")
class CaseSubject:
    """Whom a case file would be about."""

    outcome: LinkOutcome = plain("LINKED: certain; REVIEW: one of the candidates may be; NOT_LINKED: nobody is known.")
    person: _Person | None = batched(persons_of, key="person_id", description="The person, if it is certain.")
    candidates: list[_Person] = batched(
        person_lists_of, key="candidate_ids", description="Who it may be, the likeliest first, at most 10."
    )


def _changes(event: case_history.CaseEvent) -> list[CaseChange]:
    return [CaseChange(name=name, value=_text(value)) for name, value in event.changes.items()]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
