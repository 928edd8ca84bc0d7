"""Reads allocation runs; resolvers/allocation.py moves them."""

from collections.abc import Sequence

from hub.store import matches_read
from hub.store.matches_read import RunCandidate
from hub.store.runs import Run
from resolvers.context import Context
from resolvers.paging import Key, Page, window

_AFTER_ALL = 2**63 - 1


async def runs_of(ctx: Context, run_ids: Sequence[int]) -> Sequence[Run | None]:
    """The run of each id."""
    return await matches_read.find_runs(ctx.session, run_ids)


async def list_runs(ctx: Context, programme_code: str | None, first: int, after: str | None) -> Page[Run]:
    """A page of runs, the newest first."""
    asked = window(first, after, "allocationRuns", programme_code)
    before_id = int(asked.after[0]) if asked.after else _AFTER_ALL
    found = await matches_read.list_runs(ctx.session, programme_code, before_id=before_id, first=asked.limit)
    return asked.page(found, _run_key)


async def candidates_of(
    ctx: Context, run_ids: Sequence[int], *, first: int, after: str | None
) -> Sequence[Page[RunCandidate]]:
    """For each run a page of its candidates in rank order. A cursor fits only a single run."""
    windows = [window(first, after, "candidates", run_id) for run_id in run_ids]
    last = windows[0].after
    found = await matches_read.list_run_candidates(
        ctx.session, run_ids, after_rank=int(last[0]) if last else 0, first=windows[0].limit
    )
    return [asked.page(candidates, _rank) for asked, candidates in zip(windows, found, strict=True)]


def _run_key(run: Run) -> Key:
    return (run.run_id,)


def _rank(candidate: RunCandidate) -> Key:
    return (candidate.rank,)
