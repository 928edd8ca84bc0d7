"""Attachments of case files: the hub keeps where they lie and what they are, and holds no content."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from hub.domain.casework import CaseAction
from hub.domain.errors import Conflict, Invalid
from hub.store import attachments
from hub.store.attachments import Attachment, NewAttachment
from hub.store.case_files import CaseFile
from resolvers.context import Context
from resolvers.held_case import HeldCase, Step, check_text, do_step

SIZE_MAX = 25 * 2**20
ATTACHMENTS_MAX = 20
MEDIA_TYPES = (
    "application/pdf",
    "audio/mpeg",
    "audio/ogg",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
)
_URI_MAX = 500
_NAME_MAX = 200
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{16}(?!\d)")


async def attachments_of(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[Attachment]]:
    """The attachments of each case file, at most 20, in the order in which they were added."""
    return await attachments.list_attachments(ctx.session, case_file_ids)


async def attach_to_case(ctx: Context, step: Step, new: NewAttachment) -> CaseFile:
    """Note an attachment; the same bytes again are no second one."""
    _check(new)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.ATTACH)
        there = (await attachments.list_attachments(held.session, [step.case_file_id]))[0]
        if len(there) >= ATTACHMENTS_MAX:
            raise Conflict(f"{held.name} has {len(there)} attachments: {ATTACHMENTS_MAX} are allowed")
        client_id = held.ctx.principal.client_id
        number = await attachments.add_attachment(held.session, step.case_file_id, new, client_id, held.now)
        if number is not None:
            changes = {"name": new.name, "mediaType": new.media_type, "sizeBytes": new.size_bytes, "sha256": new.sha256}
            held.tell("ATTACHMENT", item=str(number), changes=changes, reason=step.reason)

    return await do_step(ctx, "caseFileAttach", step, {"attachment": new}, work)


def _check(new: NewAttachment) -> None:
    check_text("name", new.name, longest=_NAME_MAX)
    if new.media_type not in MEDIA_TYPES:
        raise Invalid(f"{new.media_type[:60]!r} is not one of {', '.join(MEDIA_TYPES)}", ("mediaType",))
    if not 1 <= new.size_bytes <= SIZE_MAX:
        raise Invalid(f"sizeBytes is {new.size_bytes}: 1 to {SIZE_MAX} are allowed", ("sizeBytes",))
    if not _SHA256.fullmatch(new.sha256):
        raise Invalid("sha256 has 64 hexadecimal digits, in small letters", ("sha256",))
    for name, text in (("uri", new.uri), ("name", new.name)):
        if _IDENTITY_NUMBER.search(text):
            raise Invalid(f"{name} holds 16 digits, as NIK and KK number have: name it without personal data", (name,))
    _check_uri(new.uri)


def _check_uri(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        is_sound = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Invalid("uri is not one", ("uri",)) from None
    if not is_sound or parts.username is not None or len(uri) > _URI_MAX or not uri.isascii() or not uri.isprintable():
        raise Invalid(f"uri is an https address of at most {_URI_MAX} characters, without a user", ("uri",))
    if "?" in uri or "#" in uri:
        raise Invalid("uri has neither a query nor a fragment: keys and personal data stay out of it", ("uri",))
