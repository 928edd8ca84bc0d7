"""The history [riwayat] of case files, in pages."""

from collections.abc import Sequence

from hub.store import casework
from hub.store.case_history import CaseEvent
from resolvers.context import Context
from resolvers.paging import Page, window


async def history_of(
    ctx: Context, case_file_ids: Sequence[int], *, first: int, after: str | None
) -> Sequence[Page[CaseEvent]]:
    """For each case file a page of its history, in order. A cursor fits only a single case file."""
    windows = [window(first, after, "history", case_file_id) for case_file_id in case_file_ids]
    last = windows[0].after
    found = await casework.list_history(ctx.session, case_file_ids, int(last[0]) if last else 0, windows[0].limit)
    return [asked.page(events, lambda event: (event.event_no,)) for asked, events in zip(windows, found, strict=True)]
