"""Attachments of case files: the hub keeps where they lie and what they are, and holds no content."""

from collections.abc import Sequence

from hub.domain.attachments import ATTACHMENTS_MAX, NewAttachment, check_attachment
from hub.domain.casework import CaseAction
from hub.domain.errors import Conflict
from hub.store import attachments
from hub.store.attachments import Attaching, Attachment
from hub.store.case_files import CaseFile
from resolvers.context import Context
from resolvers.held_case import HeldCase, Step, do_step


async def attachments_of(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[Attachment]]:
    """The attachments of each case file, at most 20, in the order in which they were added."""
    return await attachments.list_attachments(ctx.session, case_file_ids)


async def attach_to_case(ctx: Context, step: Step, new: NewAttachment) -> CaseFile:
    """Note an attachment; the same bytes again are no second one."""
    check_attachment(new)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.ATTACH)
        adding = Attaching(step.case_file_id, new, held.ctx.principal.client_id, held.now)
        [attached] = await attachments.add_attachments(held.session, [adding])
        if attached is None:
            raise Conflict(f"{held.name} has {ATTACHMENTS_MAX} attachments, and none may have more")
        if attached.is_new:
            changes = {"name": new.name, "mediaType": new.media_type, "sizeBytes": new.size_bytes, "sha256": new.sha256}
            held.tell("ATTACHMENT", item=str(attached.attachment_no), changes=changes, reason=step.reason)

    return await do_step(ctx, "caseFileAttach", step, {"attachment": new}, work)
