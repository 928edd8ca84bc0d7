"""What a district's feed tells of case files that both sides write: answers to the hub's changes, and its people's changes."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import msgspec

from hub.domain.case_updates import case_file_number, rebased
from hub.domain.ids import case_file_id
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.records import CaseFileRecord, CaseUpdate, CaseUpdateRecord, Record
from hub.ingest.attachments import keep_attachments
from hub.store import case_updates, outbox
from hub.store.case_history import NewCaseEvent, add_events
from hub.store.database import Session

NoteChanges: TypeAlias = Callable[[Session, Sequence[NewCaseEvent], datetime, str], Awaitable[None]]
"""Writes history and lets follow what depends on it: (session, events, now, code of the system that made the changes)."""


async def only_history(session: Session, events: Sequence[NewCaseEvent], now: datetime, _origin: str) -> None:
    """For those that have nothing that follows."""
    await add_events(session, events, now)


async def note_answers(session: Session, source_code: str, updates: Sequence[CaseUpdateRecord], now: datetime) -> None:
    """Settle the hub's own messages that the feed answers: before the case files come, which then show the owner's state."""
    answers = [outbox.Answer(u.update.key, _refusal(u)) for u in updates if u.update.hub_reference is not None]
    if answers:
        await outbox.note_answers(session, source_code, answers, now)


async def shown(session: Session, source_code: str, records: Sequence[Record]) -> list[Record]:
    """The records, each case file with the hub's own changes on it of which the feed has not told yet."""
    numbers = {at: _number_of(source_code, r) for at, r in enumerate(records) if isinstance(r, CaseFileRecord)}
    waiting: dict[int, list[CaseUpdate]] = {}
    if numbers:
        for number, payload in await outbox.list_unanswered(session, source_code, sorted(set(numbers.values()))):
            waiting.setdefault(number, []).append(msgspec.convert(payload, CaseUpdate))
    found = list(records)
    for at, number in numbers.items():
        record = found[at]
        if number in waiting and isinstance(record, CaseFileRecord):
            found[at] = rebased(record, waiting[number])
    return found


async def note_updates(
    session: Session, source_code: str, records: Sequence[Record], now: datetime, note_changes: NoteChanges
) -> int:
    """Write into history what is new of the updates of a batch, after its case files; returns how many are new.

    An update whose case file has not come waits for it.
    """
    updates = [record for record in records if isinstance(record, CaseUpdateRecord)]
    came = [record.source_record_id for record in records if isinstance(record, CaseFileRecord)]
    if came:
        updates += await case_updates.take_early(session, source_code, came)
    if not updates:
        return 0
    updates.sort(key=lambda record: record.revision)
    meant = await case_updates.hold_case_files(session, source_code, updates)
    early = [u for u, number in zip(updates, meant, strict=True) if number is None and u.update.case_file_record_id]
    if early:
        await case_updates.keep_early(session, source_code, early)
    events = list(_events(source_code, updates, meant))
    known = await case_updates.list_known_keys(session, [(event.case_file_id, event.event_key) for event in events])
    new = [event for event in events if (event.case_file_id, event.event_key) not in known]
    if new:
        await note_changes(session, await keep_attachments(session, source_code, new, now), now, source_code)
    return len(new)


def _events(
    source_code: str, updates: Sequence[CaseUpdateRecord], meant: Sequence[int | None]
) -> Iterator[NewCaseEvent]:
    seen: set[tuple[int, str]] = set()
    for record, number in zip(updates, meant, strict=True):
        if number is None:
            continue
        event = _event(source_code, record, number)
        if (number, event.event_key) not in seen:
            seen.add((number, event.event_key))
            yield event


def _event(source_code: str, record: CaseUpdateRecord, number: int) -> NewCaseEvent:
    """A line of history. What was made here has one already: its refusal is a line of its own."""
    update = record.update
    own = f"{opaque_id(Kind.CASE_FILE, number)}/"
    values = update.values
    event = NewCaseEvent(
        case_file_id=number,
        event_key=f"{source_code}/{update.key}",
        field_group=update.field_group,
        item=update.item,
        base_version=update.base_version,
        version=record.version,
        to_value=values.status or values.assignment_status or values.escalation_level,
        changes=msgspec.to_builtins(values),
        reason=update.reason,
        actor=update.actor,
        actor_role=update.actor_role,
        agency_code=update.agency_code,
        happened_at=update.happened_at,
    )
    if update.key.startswith(own):
        event = replace(event, event_key=update.key.removeprefix(own))
    refusal = _refusal(record)
    if refusal is None:
        return event
    return replace(
        event,
        event_key=f"{event.event_key}/refused",
        outcome="REFUSED",
        reason=refusal,
        actor=f"district:{source_code}",
        actor_role="DISTRICT_SYSTEM",
        happened_at=record.observed_at,
    )


def _refusal(record: CaseUpdateRecord) -> str | None:
    return None if record.outcome == "APPLIED" else record.refusal or "REFUSED"


def _number_of(source_code: str, record: CaseFileRecord) -> int:
    reference = None if record.hub_reference is None else case_file_number(record.hub_reference)
    return case_file_id(source_code, record.source_record_id) if reference is None else reference
