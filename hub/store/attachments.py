"""Attachments of case files, by reference: what they are and where they lie, never what is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.attachments import ATTACHMENTS_MAX, NewAttachment
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped, read


@dataclass(frozen=True, slots=True)
class Attaching:
    """An attachment that is added to a case file, which is held."""

    case_file_id: int
    new: NewAttachment
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of it: its number in the case file; `is_new` False: it was there before."""

    attachment_no: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment."""

    case_file_id: int
    attachment_no: int
    uri: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str | None
    added_by: str
    added_at: datetime


async def add_attachments(session: Session, adding: Sequence[Attaching]) -> list[Attached | None]:
    """Add attachments in their order; for each what became of it, None when its case file has as many as it may have.

    The same bytes in a case file are the same attachment; of bytes that are not known, the same address.
    """
    rows = await session.fetch(
        query("attachment", "add_attachments"),
        case_file_ids=[one.case_file_id for one in adding],
        uris=[one.new.uri for one in adding],
        names=[one.new.name for one in adding],
        media_types=[one.new.media_type for one in adding],
        sizes=[one.new.size_bytes for one in adding],
        sha256s=[one.new.sha256 for one in adding],
        added_bys=[one.added_by for one in adding],
        added_ats=[one.added_at for one in adding],
        most=ATTACHMENTS_MAX,
    )
    found = {row["position"]: Attached(row["attachment_no"], row["is_new"]) for row in rows}
    return [found.get(position) for position in range(1, len(adding) + 1)]


async def list_attachments(session: Session, case_file_ids: Sequence[int]) -> list[list[Attachment]]:
    """The attachments of each case file, in the order in which they were added."""
    rows = await session.fetch(query("attachment", "list_attachments"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((one.case_file_id, one) for one in read(Attachment, rows)))
