"""Tells the district of a case file what the hub changed of it: a message in the transaction of the change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.records import CaseUpdate, CaseValues
from hub.store import attachments, case_history, case_updates, outbox
from hub.store.attachments import Attachment
from hub.store.case_history import CaseEvent, NewCaseEvent
from hub.store.case_updates import LatestAssignment, ToldCaseFile
from hub.store.database import Session

KIND = "CASE_UPDATE"
_GROUPS = frozenset({"OPENING", "DESCRIPTION", "SUBJECT", "STATUS", "ASSIGNMENT", "ATTACHMENT", "NOTE", "ESCALATION"})

_IN_OPENING = frozenset({"DESCRIPTION", "SUBJECT"})
"""Groups that an opening tells as they are now."""

Latest = Mapping[tuple[int, str], LatestAssignment]
Told = NewCaseEvent | CaseEvent


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in tables of its own, by case file and item."""

    latest: Latest
    attached: Mapping[tuple[int, str], Attachment]


async def follow(session: Session, events: Sequence[NewCaseEvent], now: datetime) -> None:
    """Put a message for each change of a case file whose district takes changes. The case files are held."""
    told = [event for event in events if event.field_group in _GROUPS and event.outcome == "APPLIED"]
    found = await case_updates.list_told(session, sorted({event.case_file_id for event in told})) if told else []
    if not found:
        return
    case_files = {case.case_file_id: case for case in found}
    opened = {event.case_file_id for event in told if event.field_group == "OPENING"}
    wanted = [
        event
        for event in told
        if (case := case_files.get(event.case_file_id)) is not None and (case.is_known or event.case_file_id in opened)
    ]
    await _put(session, case_files, wanted, now)


async def tell_untold(session: Session, now: datetime, first: int) -> int:
    """Put messages for case files that were opened before their districts took changes; returns for how many.

    Each is told in one transaction, from its opening to where it stands, so it is either told or found again. What is told of
    it is its history, under the keys that its changes have: whatever comes twice is in effect once.
    """
    async with session.transaction() as transaction:
        untold = await case_updates.hold_untold(transaction, first)
        if not untold:
            return 0
        case_files = {case.case_file_id: case for case in await case_updates.list_told(transaction, untold)}
        histories = await case_history.list_events(transaction, sorted(case_files))
        await _put(transaction, case_files, [event for own in histories for event in _retold(own)], now)
    return len(case_files)


def _retold(history: Sequence[CaseEvent]) -> list[CaseEvent]:
    """What a case file is told by of its whole history: of the assignments of an agency the latest, which alone is kept there."""
    begun = {event.item: event.event_no for event in history if _assigns(event)}
    told = [
        event
        for event in history
        if event.field_group in _GROUPS - _IN_OPENING
        and event.outcome == "APPLIED"
        and (event.field_group != "ASSIGNMENT" or event.event_no >= begun.get(event.item, 0))
    ]
    return sorted(told, key=lambda event: event.field_group != "OPENING")


def _assigns(event: CaseEvent) -> bool:
    return event.field_group == "ASSIGNMENT" and event.to_value == "ASSIGNED" and event.outcome == "APPLIED"


async def _put(session: Session, case_files: Mapping[int, ToldCaseFile], events: Sequence[Told], now: datetime) -> None:
    beside = Beside(await _latest(session, events), await _attached(session, events))
    await outbox.put(session, [_message(case_files[event.case_file_id], event, beside) for event in events], now)


async def _latest(session: Session, events: Sequence[Told]) -> Latest:
    ids = sorted({event.case_file_id for event in events if event.field_group == "ASSIGNMENT"})
    rows = await case_updates.list_latest_assignments(session, ids) if ids else []
    return {(row.case_file_id, row.agency_code): row for row in rows}


async def _attached(session: Session, events: Sequence[Told]) -> Mapping[tuple[int, str], Attachment]:
    ids = sorted({event.case_file_id for event in events if event.field_group == "ATTACHMENT"})
    found = await attachments.list_attachments(session, ids) if ids else []
    return {(one.case_file_id, str(one.attachment_no)): one for own in found for one in own}


def _message(case: ToldCaseFile, event: Told, beside: Beside) -> outbox.NewMessage:
    reference = opaque_id(Kind.CASE_FILE, case.case_file_id)
    update = CaseUpdate(
        key=f"{reference}/{event.event_key}",
        case_file_record_id=case.source_record_id,
        hub_reference=reference,
        field_group=event.field_group,  # type: ignore[arg-type]  # one of _GROUPS
        item=event.item if event.field_group == "ASSIGNMENT" else "",
        base_version=_base(case, event),
        values=_values(case, event, beside),
        actor=event.actor,
        actor_role=event.actor_role,
        agency_code=event.agency_code,
        reason=event.reason,
        happened_at=event.happened_at,
    )
    return outbox.NewMessage(
        destination=case.destination,
        kind=KIND,
        subject_id=case.case_file_id,
        key=update.key,
        payload=msgspec.to_builtins(update),
        regency_code=case.regency_code,
    )


def _base(case: ToldCaseFile, event: Told) -> int | None:
    """The district's version of the group as last heard: what was changed here since then, the district hears before this."""
    versions = {
        "DESCRIPTION": case.owner_description_version,
        "SUBJECT": case.owner_subject_version,
        "STATUS": case.owner_status_version,
    }
    return versions.get(event.field_group)


def _values(case: ToldCaseFile, event: Told, beside: Beside) -> CaseValues:
    description: dict[str, Any] = {
        "type": case.type,
        "category": case.category,
        "resolution_class": case.resolution_class,
        "summary": case.summary,
        "is_sensitive": case.is_sensitive,
    }
    subject: dict[str, Any] = {
        "household_record_id": case.household_record_id,
        "person_record_id": case.person_record_id,
    }
    match event.field_group:
        case "OPENING":
            opening: dict[str, Any] = {
                name: getattr(case, name) for name in ("number", "channel", "region_code", "received_at")
            }
            return CaseValues(**opening, **description, **subject)
        case "DESCRIPTION":
            return CaseValues(**description)
        case "SUBJECT":
            return CaseValues(**subject)
        case "STATUS":
            return CaseValues(status=event.to_value, resolution=event.changes.get("resolution", case.resolution))
        case "ASSIGNMENT":
            return _assignment(event, beside.latest.get((case.case_file_id, event.item)))
        case "ATTACHMENT":
            return _attachment(beside.attached.get((case.case_file_id, event.item)))
        case "ESCALATION":
            return CaseValues(escalation_level=event.to_value)
    return CaseValues(note=event.changes.get("text"))


def _assignment(event: Told, held: LatestAssignment | None) -> CaseValues:
    if held is None:
        return CaseValues(assignment_status=event.to_value)
    status = event.to_value or held.status
    return CaseValues(
        assignment_role=held.role, assignment_status=status, assigned_at=held.assigned_at, result=held.result
    )


def _attachment(held: Attachment | None) -> CaseValues:
    if held is None:
        return CaseValues()
    return CaseValues(
        attachment_reference=held.uri,
        attachment_name=held.name,
        media_type=held.media_type,
        byte_size=held.size_bytes,
    )
