"""Attachments that a district tells of: kept with their case files, or named in history with what speaks against them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from hub.domain.attachments import ATTACHMENTS_MAX, NewAttachment, told_attachment
from hub.domain.errors import Invalid
from hub.domain.records import CaseValues
from hub.store import attachments
from hub.store.attachments import Attaching
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session

_FULL = f"the case file has {ATTACHMENTS_MAX} attachments, and none may have more"


async def keep_attachments(
    session: Session, source_code: str, events: Sequence[NewCaseEvent], now: datetime
) -> list[NewCaseEvent]:
    """Keep what new lines of history tell of; the lines, with the numbers of attachments. The case files are held.

    What the hub may not keep is REFUSED here, with the reason and without its name and address; the district has it all the same.
    """
    told = {at: _read(event) for at, event in enumerate(events) if _tells_of_attachment(event)}
    sound = {at: read for at, read in told.items() if isinstance(read, NewAttachment)}
    adding = [Attaching(events[at].case_file_id, new, f"district:{source_code}", now) for at, new in sound.items()]
    added = await attachments.add_attachments(session, adding) if adding else []
    lines = list(events)
    for (at, new), attached in zip(sound.items(), added, strict=True):
        lines[at] = _refused(events[at], _FULL) if attached is None else _kept(events[at], new, attached.attachment_no)
    for at, read in told.items():
        if isinstance(read, Invalid):
            lines[at] = _refused(events[at], read.message)
    return lines


def _tells_of_attachment(event: NewCaseEvent) -> bool:
    return event.field_group == "ATTACHMENT" and event.outcome == "APPLIED"


def _read(event: NewCaseEvent) -> NewAttachment | Invalid:
    try:
        return told_attachment(msgspec.convert(event.changes, CaseValues))
    except Invalid as error:
        return error


def _kept(event: NewCaseEvent, new: NewAttachment, attachment_no: int) -> NewCaseEvent:
    changes = {"name": new.name, "mediaType": new.media_type, "sizeBytes": new.size_bytes}
    return replace(event, item=str(attachment_no), changes=changes)


def _refused(event: NewCaseEvent, reason: str) -> NewCaseEvent:
    return replace(event, outcome="REFUSED", changes={}, reason=reason)
