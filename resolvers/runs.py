"""Reads allocation runs; resolvers/allocation.py moves them."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.matching.allocation import fairness
from hub.matching.allocation.fairness import Fairness, RegencyShare
from hub.matching.allocation.problem import Policy
from hub.store import matches_read, run_candidates
from hub.store.matches_read import RunCandidate
from hub.store.programmes import Programme
from hub.store.runs import Run
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.programmes import programmes_of

_AFTER_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RunFairness:
    """Fairness at one state: BEFORE, or after under a policy. `served_alone`: how many this policy serves and the other not."""

    state: str
    is_chosen: bool
    served_alone: int
    fairness: Fairness

    @property
    def served(self) -> int:
        """Units that the run serves."""
        return self.fairness.served

    @property
    def minimum_coverage(self) -> float:
        """Coverage of the least covered regency."""
        return self.fairness.minimum

    @property
    def minimum_regency(self) -> str | None:
        """Its code."""
        return self.fairness.minimum_regency

    @property
    def gini(self) -> float:
        """Inequality of coverage among regencies."""
        return self.fairness.gini


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
    return await _candidates(ctx, run_ids, (first, after), "candidates")


async def moved_candidates_of(
    ctx: Context, run_ids: Sequence[int], *, first: int, after: str | None
) -> Sequence[Page[RunCandidate]]:
    """For each run a page of those who are served under one of the two policies alone."""
    return await _candidates(ctx, run_ids, (first, after), "movedCandidates")


async def _candidates(
    ctx: Context, run_ids: Sequence[int], part: tuple[int, str | None], which: str
) -> Sequence[Page[RunCandidate]]:
    windows = [window(*part, which, run_id) for run_id in run_ids]
    last = windows[0].after
    found = await matches_read.list_run_candidates(
        ctx.session,
        run_ids,
        after_rank=int(last[0]) if last else 0,
        first=windows[0].limit,
        only_moved=which == "movedCandidates",
    )
    return [asked.page(candidates, _rank) for asked, candidates in zip(windows, found, strict=True)]


async def programmes_of_runs(ctx: Context, codes: Sequence[tuple[str, ...]]) -> Sequence[list[Programme]]:
    """The programmes of each run, given by their codes."""
    wanted = list(dict.fromkeys(code for of_run in codes for code in of_run))
    found = {programme.code: programme for programme in await programmes_of(ctx, wanted) if programme is not None}
    return [[found[code] for code in of_run] for of_run in codes]


async def shares_of(ctx: Context, run_ids: Sequence[int]) -> Sequence[list[RegencyShare]]:
    """What each run does to the regencies."""
    return await run_candidates.list_shares(ctx.session, run_ids)


async def fairness_of(ctx: Context, run_ids: Sequence[int]) -> Sequence[list[RunFairness]]:
    """Fairness of each run before it and under both policies; empty before it is simulated."""
    shares = await run_candidates.list_shares(ctx.session, run_ids)
    moved = await run_candidates.count_moved(ctx.session, run_ids)
    found = await matches_read.find_runs(ctx.session, run_ids)
    return [
        report_fairness(of_run, run.policy, *counts) if run is not None and of_run else []
        for run, of_run, counts in zip(found, shares, moved, strict=True)
    ]


def report_fairness(
    shares: Sequence[RegencyShare], chosen: str, only_by_priority: int, only_by_floors: int
) -> list[RunFairness]:
    """Before the run, and under each policy."""
    alone = {Policy.STRICT_PRIORITY: only_by_priority, Policy.REGIONAL_FLOORS: only_by_floors}
    return [
        RunFairness("BEFORE", False, 0, fairness.fairness_of(shares, None)),
        *(
            RunFairness(policy.value, policy.value == chosen, alone[policy], fairness.fairness_of(shares, policy))
            for policy in Policy
        ),
    ]


def _run_key(run: Run) -> Key:
    return (run.run_id,)


def _rank(candidate: RunCandidate) -> Key:
    return (candidate.rank,)
