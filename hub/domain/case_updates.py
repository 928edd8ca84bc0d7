"""The conflict rule of case files that hub and district both write: a pure function for each field group.

A case file belongs to its district, which orders all changes: whatever is judged here against the owner's present state comes
to the same end wherever it is judged. Updates of the hub arrive in the hub's order, so the hub has seen its own earlier ones; a
base is stale when the owner's people changed the group after it. (docs/decisions/0027-both-sides-write.md)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from msgspec.structs import replace

from hub.domain.cases import CASE_CATEGORIES, CASE_STATUSES, CASE_TRANSITIONS, CASE_TYPES
from hub.domain.errors import Invalid
from hub.domain.opaque_id import Kind, number_of
from hub.domain.records import AssignmentRecord, CaseFileRecord, CaseUpdate

RESOLUTION_CLASSES = ("INFORMATION", "REGULAR", "OVERSIGHT")
CLOSING = frozenset({"CLOSED", "DUPLICATE", "REJECTED"})
OPEN_ASSIGNMENTS = frozenset({"ASSIGNED", "ACKNOWLEDGED"})
_INT_32 = 2**31
_ASSIGNMENT_MOVES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ASSIGNED": frozenset({"ACKNOWLEDGED", "DECLINED", "HANDED_OVER", "WITHDRAWN"}),
        "ACKNOWLEDGED": frozenset({"COMPLETED", "HANDED_OVER", "WITHDRAWN"}),
    }
)


class Refusal(StrEnum):
    """Why an update is not taken; the owner's state stands."""

    STALE_BASE = "STALE_BASE"
    MOVE_NOT_ALLOWED = "MOVE_NOT_ALLOWED"
    ALREADY_ASSIGNED = "ALREADY_ASSIGNED"
    LEAD_TAKEN = "LEAD_TAKEN"
    NOT_ASSIGNED = "NOT_ASSIGNED"
    INCOMPLETE = "INCOMPLETE"
    CASE_UNKNOWN = "CASE_UNKNOWN"


def case_file_number(hub_reference: str) -> int | None:
    """The hub's number of the case file that a district refers to; None when the reference was not made here."""
    try:
        return number_of(Kind.CASE_FILE, hub_reference)
    except Invalid:
        return None


def assignments_fault(assignments: Sequence[AssignmentRecord]) -> str | None:
    """What cannot be: two open leads, an agency twice, a count beyond what is held."""
    leads = sum(one.role == "LEAD" and one.status in OPEN_ASSIGNMENTS for one in assignments)
    agencies = {one.agency_code for one in assignments}
    is_sound = all((one.status in OPEN_ASSIGNMENTS) == (one.ended_at is None) for one in assignments)
    counts = all(0 < one.version < _INT_32 for one in assignments)
    return (
        None if leads <= 1 and len(agencies) == len(assignments) and is_sound and counts else "ASSIGNMENTS_CONTRADICT"
    )


Judgement = CaseFileRecord | Refusal


def judge(case: CaseFileRecord, update: CaseUpdate, own_version: int) -> Judgement:
    """The case file with the update, its group one version on; or why not.

    `own_version`: the group's version after the last change that the owner's own people made of it.
    """
    return _RULES[update.field_group](case, update, own_version)


def rebased(case: CaseFileRecord, waiting: Iterable[CaseUpdate]) -> CaseFileRecord:
    """What the hub shows: the owner's state, and on it the hub's own updates that it has not heard of, as they would be judged.

    Versions, the stamp and all else that the owner counts stay the owner's.
    """
    shown = case
    for update in waiting:
        if update.field_group == "ASSIGNMENT" and case.assignments is None:
            continue  # the owner does not speak of assignments: the hub's stay
        judged = judge(shown, update, _version_of(case, update.field_group))
        shown = shown if isinstance(judged, Refusal) else judged
    return replace(
        shown,
        description_version=case.description_version,
        subject_version=case.subject_version,
        status_version=case.status_version,
    )


def _version_of(case: CaseFileRecord, field_group: str) -> int:
    version: int | None = getattr(case, f"{field_group.lower()}_version", None)
    return version or 1


def _is_stale(update: CaseUpdate, own_version: int) -> bool:
    return (update.base_version or 1) < own_version


def _describe(case: CaseFileRecord, update: CaseUpdate, own_version: int) -> Judgement:
    values = update.values
    if values.type not in CASE_TYPES or values.category not in CASE_CATEGORIES:
        return Refusal.INCOMPLETE
    if _is_stale(update, own_version):
        return Refusal.STALE_BASE
    return replace(
        case,
        type=values.type,
        category=values.category,
        resolution_class=values.resolution_class,
        summary=values.summary,
        is_sensitive=values.is_sensitive,
        description_version=_version_of(case, "DESCRIPTION") + 1,
    )


def _concern(case: CaseFileRecord, update: CaseUpdate, own_version: int) -> Judgement:
    if _is_stale(update, own_version):
        return Refusal.STALE_BASE
    return replace(
        case,
        household_record_id=update.values.household_record_id,
        person_record_id=update.values.person_record_id,
        subject_version=_version_of(case, "SUBJECT") + 1,
    )


def _move(case: CaseFileRecord, update: CaseUpdate, _own_version: int) -> Judgement:
    """A stale base is taken when the move is still allowed from the present status: the base does not matter then."""
    status = update.values.status
    if status not in CASE_STATUSES:
        return Refusal.INCOMPLETE
    if status not in CASE_TRANSITIONS[case.status]:
        return Refusal.MOVE_NOT_ALLOWED
    return replace(
        case,
        status=status,
        resolution=update.values.resolution,
        closed_at=update.happened_at if status in CLOSING else None,
        status_version=_version_of(case, "STATUS") + 1,
    )


def _assign(case: CaseFileRecord, update: CaseUpdate, _own_version: int) -> Judgement:
    values, known = update.values, {one.agency_code: one for one in case.assignments or ()}
    role, status = values.assignment_role, values.assignment_status
    if not update.item or role not in {"LEAD", "SUPPORT"} or status is None or values.assigned_at is None:
        return Refusal.INCOMPLETE
    before = known.get(update.item)
    made = _begun(update, known) if status == "ASSIGNED" else _moved(update, before)
    if isinstance(made, Refusal):
        return made
    return replace(case, assignments=tuple((known | {update.item: made}).values()))


def _begun(update: CaseUpdate, known: Mapping[str, AssignmentRecord]) -> AssignmentRecord | Refusal:
    values, before = update.values, known.get(update.item)
    if before is not None and before.status in OPEN_ASSIGNMENTS:
        return Refusal.ALREADY_ASSIGNED
    if values.assignment_role == "LEAD" and any(
        one.role == "LEAD" and one.status in OPEN_ASSIGNMENTS for one in known.values()
    ):
        return Refusal.LEAD_TAKEN
    return AssignmentRecord(
        agency_code=update.item,
        role="LEAD" if values.assignment_role == "LEAD" else "SUPPORT",
        status="ASSIGNED",
        version=1 if before is None else before.version + 1,
        assigned_at=values.assigned_at or update.happened_at,
    )


def _moved(update: CaseUpdate, before: AssignmentRecord | None) -> AssignmentRecord | Refusal:
    values = update.values
    if before is None or before.assigned_at != values.assigned_at:
        return Refusal.NOT_ASSIGNED
    if values.assignment_status not in _ASSIGNMENT_MOVES.get(before.status, frozenset()):
        return Refusal.MOVE_NOT_ALLOWED
    is_open = values.assignment_status in OPEN_ASSIGNMENTS
    return replace(
        before,
        status=values.assignment_status,
        version=before.version + 1,
        acknowledged_at=update.happened_at if is_open else before.acknowledged_at,
        ended_at=None if is_open else update.happened_at,
        result=values.result,
    )


def _add(case: CaseFileRecord, _update: CaseUpdate, _own_version: int) -> Judgement:
    """Openings, attachments, notes and escalations are sets: whoever adds one, it is there, once by its key."""
    return case


_RULES: Mapping[str, Callable[[CaseFileRecord, CaseUpdate, int], Judgement]] = MappingProxyType(
    {
        "OPENING": _add,
        "DESCRIPTION": _describe,
        "SUBJECT": _concern,
        "STATUS": _move,
        "ASSIGNMENT": _assign,
        "ATTACHMENT": _add,
        "NOTE": _add,
        "ESCALATION": _add,
    }
)
