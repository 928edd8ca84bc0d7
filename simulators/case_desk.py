"""Case files that both sides write: the district decides on every change, its people's and the hub's, one after the other."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from simulators.calls import Call, Recorder
from simulators.records import CaseAssignment, CaseFile, CaseUpdate, CaseValues

_WORKING = frozenset({"ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY", "REFERRED"})
_CLOSING = frozenset({"CLOSED", "DUPLICATE", "REJECTED"})
_MOVES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "RECEIVED": frozenset({"TRIAGED", "DUPLICATE", "REJECTED"}),
        "TRIAGED": frozenset({"ASSIGNED", "DUPLICATE", "REJECTED"}),
        **{status: (_WORKING - {status}) | {"RESOLVED", "DUPLICATE", "REJECTED"} for status in _WORKING},
        "RESOLVED": frozenset({"CLOSED", "REOPENED"}),
        "CLOSED": frozenset({"REOPENED"}),
        "REJECTED": frozenset({"REOPENED"}),
        "REOPENED": frozenset({"ASSIGNED", "IN_PROGRESS", "RESOLVED"}),
    }
)
_ASSIGNMENT_MOVES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ASSIGNED": frozenset({"ACKNOWLEDGED", "DECLINED", "HANDED_OVER", "WITHDRAWN"}),
        "ACKNOWLEDGED": frozenset({"COMPLETED", "HANDED_OVER", "WITHDRAWN"}),
    }
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it was asked for, by the hub or by the district's people."""

    key: str
    field_group: str
    values: CaseValues
    actor: str
    actor_role: str
    happened_at: datetime
    case_file_id: str | None = None
    hub_reference: str | None = None
    item: str = ""
    base_version: int | None = None
    agency_code: str | None = None
    reason: str | None = None


class CaseUpdatesDelivered(Call, frozen=True, tag="case_updates"):
    """A call with changes that were made in the hub."""

    district: str
    updates: Sequence[Asked]


class CaseChanged(Call, frozen=True, tag="case_change"):
    """A change that the district's own people made."""

    district: str
    update: Asked


class Decision(NamedTuple):
    """The answer to a change."""

    key: str
    is_accepted: bool
    refusal: str | None
    version: int | None
    case_file_id: str | None


class Refused(Exception):
    """The change is not made; the text is a word of the contract."""


class Records(Protocol):
    """What the desk needs of its district."""

    code: str
    case_files: dict[str, CaseFile]
    recorder: Recorder

    @property
    def next_revision(self) -> int:
        """The revision of the next change."""
        ...

    def put_case_file(self, case_file: CaseFile) -> None:
        """Record a case file as it is now."""
        ...

    def put_case_update(self, update: CaseUpdate) -> None:
        """Put a decision into the feed."""
        ...


class CaseDesk:
    """Keeps each decision by the key of its change; in the feed the case file comes after it."""

    def __init__(self, district: Records, now: datetime) -> None:
        self.updates: dict[str, CaseUpdate] = {}
        self._district = district
        self._now = now
        self._own: dict[tuple[str, str], int] = {}
        """Versions of a case file's group after the last change that the district's own people made."""
        self._opened: dict[str, str] = {}

    def deliver(self, updates: Sequence[Asked]) -> list[Decision]:
        """Decide on changes of the hub in their order; what is known by its key is answered as before."""
        if any(update.key not in self.updates for update in updates):
            self._district.recorder(CaseUpdatesDelivered(self._district.code, updates))
        return [_answer(self.updates.get(update.key) or self._decide(update)) for update in updates]

    def change(self, update: Asked) -> CaseUpdate:
        """A change by the district's own people, at the newest version. Raises Refused; then nothing is written."""
        if update.key in self.updates:
            return self.updates[update.key]
        changed, version = _changed(self._find(update), update, 0)
        self._district.recorder(CaseChanged(self._district.code, update))
        if version is not None:
            self._own[changed.id, update.field_group] = version
        return self._write(update, changed, version, None)

    def _decide(self, update: Asked) -> CaseUpdate:
        case = self._find(update)
        try:
            if update.field_group == "OPENING":
                return self._write(update, case or self._open(update), None, None)
            own_version = self._own.get((case.id if case else "", update.field_group), 1)
            changed, version = _changed(case, update, own_version)
        except Refused as refusal:
            return self._write(update, case, None, str(refusal))
        return self._write(update, changed, version, None)

    def _find(self, update: Asked) -> CaseFile | None:
        id_ = update.case_file_id or self._opened.get(update.hub_reference or "", "")
        return self._district.case_files.get(id_)

    def _open(self, update: Asked) -> CaseFile:
        """A case file that was opened in the hub: the district's from now on, under an id of its own."""
        values, code = update.values, self._district.code
        number, type_, category, channel = values.number, values.type, values.category, values.channel
        region_code, received_at = values.region_code, values.received_at
        if not (number and type_ and category and channel and region_code and received_at and update.hub_reference):
            raise Refused("INCOMPLETE")
        if not f"{region_code}.".startswith(f"{code}."):
            raise Refused("INCOMPLETE")
        id_ = f"H{len(self._opened) + 1:06}"
        self._opened[update.hub_reference] = id_
        return CaseFile(
            id=id_,
            revision=0,
            observed_at=self._now,
            number=number,
            type=type_,
            category=category,
            channel=channel,
            region_code=region_code,
            household_id=values.household_id,
            status="RECEIVED",
            summary=values.summary,
            received_at=received_at,
            closed_at=None,
            hub_reference=update.hub_reference,
            is_sensitive=values.is_sensitive,
            resolution_class=values.resolution_class,
            person_id=values.person_id,
        )

    def _write(self, update: Asked, case: CaseFile | None, version: int | None, refusal: str | None) -> CaseUpdate:
        asked = msgspec.structs.asdict(update)
        of_case = {} if case is None else {"case_file_id": case.id, "hub_reference": case.hub_reference}
        decided = CaseUpdate(
            **asked | {name: value for name, value in of_case.items() if value is not None},
            revision=self._district.next_revision,
            observed_at=self._now,
            decision="APPLIED" if refusal is None else "REFUSED",
            version=version,
            refusal=refusal,
        )
        self.updates[update.key] = decided
        self._district.put_case_update(decided)
        if case is not None:
            self._district.put_case_file(replace(case, revision=self._district.next_revision))
        return decided


def _answer(update: CaseUpdate) -> Decision:
    return Decision(update.key, update.decision == "APPLIED", update.refusal, update.version, update.case_file_id)


def _changed(case: CaseFile | None, update: Asked, own_version: int) -> tuple[CaseFile, int | None]:
    """The case file with the change, and the version of what changed; Refused when it may not."""
    if case is None:
        raise Refused("CASE_UNKNOWN")
    rule = _RULES.get(update.field_group)
    return (case, None) if rule is None else rule(case, update, own_version)


def _describe(case: CaseFile, update: Asked, own_version: int) -> tuple[CaseFile, int]:
    values, version = update.values, case.description_version + 1
    if values.type is None or values.category is None:
        raise Refused("INCOMPLETE")
    _require_fresh(update, own_version)
    changed = replace(
        case,
        type=values.type,
        category=values.category,
        resolution_class=values.resolution_class,
        summary=values.summary,
        is_sensitive=values.is_sensitive,
        description_version=version,
    )
    return changed, version


def _concern(case: CaseFile, update: Asked, own_version: int) -> tuple[CaseFile, int]:
    _require_fresh(update, own_version)
    values, version = update.values, case.subject_version + 1
    return replace(case, household_id=values.household_id, person_id=values.person_id, subject_version=version), version


def _require_fresh(update: Asked, own_version: int) -> None:
    if (update.base_version or 1) < own_version:
        raise Refused("STALE_BASE")


def _move(case: CaseFile, update: Asked, _: int) -> tuple[CaseFile, int]:
    status, version = update.values.status or "", case.status_version + 1
    if status not in _MOVES.get(case.status, frozenset()):
        raise Refused("MOVE_NOT_ALLOWED")
    closed_at = update.happened_at if status in _CLOSING else None
    moved = replace(
        case, status=status, resolution=update.values.resolution, closed_at=closed_at, status_version=version
    )
    return moved, version


def _assign(case: CaseFile, update: Asked, _: int) -> tuple[CaseFile, int]:
    values = update.values
    others = [one for one in case.assignments if one.agency_code != update.item]
    before = next((one for one in case.assignments if one.agency_code == update.item), None)
    if not (update.item and values.assignment_role and values.assignment_status and values.assigned_at):
        raise Refused("INCOMPLETE")
    after = _assigned(before, others, update) if values.assignment_status == "ASSIGNED" else _moved(before, update)
    return replace(case, assignments=(*others, after)), after.version


def _assigned(before: CaseAssignment | None, others: Sequence[CaseAssignment], update: Asked) -> CaseAssignment:
    if before is not None and before.ended_at is None:
        raise Refused("ALREADY_ASSIGNED")
    role = update.values.assignment_role or "SUPPORT"
    if role == "LEAD" and any(one.role == "LEAD" and one.ended_at is None for one in others):
        raise Refused("LEAD_TAKEN")
    version = 1 if before is None else before.version + 1
    at = update.values.assigned_at or update.happened_at
    return CaseAssignment(agency_code=update.item, role=role, status="ASSIGNED", version=version, assigned_at=at)


def _moved(before: CaseAssignment | None, update: Asked) -> CaseAssignment:
    values, at = update.values, update.happened_at
    if before is None or before.assigned_at != values.assigned_at:
        raise Refused("NOT_ASSIGNED")
    status = values.assignment_status or ""
    if status not in _ASSIGNMENT_MOVES.get(before.status, frozenset()):
        raise Refused("MOVE_NOT_ALLOWED")
    moved = replace(before, status=status, version=before.version + 1, result=values.result)
    return replace(moved, acknowledged_at=at) if status == "ACKNOWLEDGED" else replace(moved, ended_at=at)


_RULES: Mapping[str, Callable[[CaseFile, Asked, int], tuple[CaseFile, int]]] = MappingProxyType(
    {"DESCRIPTION": _describe, "SUBJECT": _concern, "STATUS": _move, "ASSIGNMENT": _assign}
)
