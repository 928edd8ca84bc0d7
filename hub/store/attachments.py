"""Attachments of case files, by reference: what they are and where they lie, never what is in them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped, read


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """An attachment to be."""

    uri: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment."""

    case_file_id: int
    attachment_no: int
    uri: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    added_by: str
    added_at: datetime


async def add_attachment(
    session: Session, case_file_id: int, new: NewAttachment, added_by: str, now: datetime
) -> int | None:
    """Add to a case file, which the caller holds; returns the attachment's number, None when it has these bytes already."""
    number: int | None = await session.fetch_value(
        query("attachment", "add_attachment"), case_file_id=case_file_id, added_by=added_by, now=now, **asdict(new)
    )
    return number


async def list_attachments(session: Session, case_file_ids: Sequence[int]) -> list[list[Attachment]]:
    """The attachments of each case file, in the order in which they were added."""
    rows = await session.fetch(query("attachment", "list_attachments"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((one.case_file_id, one) for one in read(Attachment, rows)))
