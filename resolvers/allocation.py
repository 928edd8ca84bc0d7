"""Allocation runs: create, simulate, approve (by somebody else), execute in batches that can be resumed, roll back."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.matches import MatchStatus
from hub.domain.principal import Scope
from hub.matching.allocation.allocate import allocate, digest_of_input
from hub.matching.allocation.fairness import shares_of
from hub.matching.allocation.placing import NOWHERE
from hub.matching.allocation.problem import Policy, groups_of
from hub.store import idempotency, matches, run_candidates, runs
from hub.store.database import Session
from hub.store.matches import Move, Mover
from hub.store.run_candidates import RuleOfRun
from hub.store.runs import Run
from resolvers.context import Context

EXECUTION_BATCH = 5_000
RUN_STATUSES = ("DRAFT", "SIMULATED", "APPROVED", "EXECUTING", "EXECUTED", "ROLLED_BACK")
ROLLED_BACK = "RUN_ROLLED_BACK"
"""The reason code of matches that a rolled back run releases."""
_LISTED = 100
Progress = Callable[[int], None]


def _silent(_count: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is to do. `programme_codes`: the preferred ones first. `one_per_unit`: a household or person gets at most
    one of them; else only what the rules exclude is kept apart.
    """

    programme_codes: tuple[str, ...]
    period: str
    seed: int
    policy: Policy = Policy.STRICT_PRIORITY
    one_per_unit: bool = False


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A run that was rolled back: how many matches were taken back, how many stay because they were issued, and the first
    of these.
    """

    run: Run
    released: int
    issued: int
    issued_match_ids: list[int] = field(default_factory=list)


async def create_run(ctx: Context, asked: Asked, key: str | None = None) -> Run:
    """A draft of a run over the pools of a period; the seed decides ties and is published with the run.

    The same `key` gives the same run again; with other values it raises Conflict. Raises Invalid where programmes cannot be
    allocated together, NotFound where one has no rule in force.
    """
    ctx.require(Scope.RUN_WRITE)
    now = ctx.clock()
    draft = await _draft(ctx, asked)
    if key is None:
        return await runs.create_run(ctx.jobs, draft)
    claim = idempotency.Claim(
        ctx.principal.client_id, "allocationRunCreate", key, sha256(repr(asked).encode()).digest()
    )
    async with ctx.jobs.transaction() as transaction:
        run_id = await idempotency.claim(transaction, claim, now)
        if run_id is not None:
            return await _locked(transaction, run_id, "found", RUN_STATUSES)
        run = await runs.create_run(transaction, draft)
        await idempotency.keep(transaction, claim, run.run_id)
    return run


async def _draft(ctx: Context, asked: Asked) -> runs.Draft:
    now = ctx.clock()
    exclusions = await run_candidates.list_exclusions(ctx.jobs, asked.programme_codes, now.date())
    groups = groups_of(asked.programme_codes, exclusions, one_per_unit=asked.one_per_unit)
    rules = await run_candidates.list_rules(ctx.jobs, asked.programme_codes, now.date())
    for group in groups:
        _require_one_unit([rule for bit, rule in enumerate(rules) if group >> bit & 1])
    return runs.Draft(
        programme_codes=asked.programme_codes,
        rule_versions=tuple(rule.version for rule in rules),
        groups=groups,
        one_per_unit=asked.one_per_unit,
        policy=asked.policy.value,
        period=asked.period,
        seed=asked.seed,
        created_by=ctx.principal.client_id,
        created_at=now,
    )


def _require_one_unit(rules: Sequence[RuleOfRun]) -> None:
    if len({rule.unit for rule in rules}) > 1:
        units = ", ".join(f"{rule.programme_code} to a {rule.unit}" for rule in rules)
        raise Invalid(
            f"programmes of which a unit gets at most one are given to units of one kind, not {units}: "
            "put those of persons and those of households into different runs",
            ("programmeCodes",),
        )


async def simulate_run(ctx: Context, run_id: int) -> Run:
    """Rank everybody who is eligible and unserved, place them in the pools as they are, and keep the result."""
    ctx.require(Scope.RUN_WRITE)
    async with ctx.jobs.transaction() as transaction:
        run = await _locked(transaction, run_id, "simulated", ("DRAFT", "SIMULATED"))
        now = ctx.clock()
        problem = await run_candidates.find_problem(transaction, run, now.date())
        allocation = await asyncio.to_thread(allocate, problem)
        await run_candidates.keep_allocation(transaction, run_id, problem, allocation)
        await run_candidates.keep_shares(transaction, run_id, shares_of(problem, allocation))
        found = runs.Simulation(
            input_digest=digest_of_input(problem, run.rule_versions),
            candidates=len(allocation.unit),
            placed=int((allocation.pool != NOWHERE).sum()),
        )
        return await runs.note_simulation(transaction, run_id, found, now)


async def approve_run(ctx: Context, run_id: int) -> Run:
    """Say yes to a simulated run; never the run that the caller created."""
    ctx.require(Scope.RUN_APPROVE)
    async with ctx.jobs.transaction() as transaction:
        run = await _locked(transaction, run_id, "approved", ("SIMULATED", "APPROVED"))
        if run.created_by == ctx.principal.client_id:
            raise Forbidden(f"allocation run {run_id} was created by you: somebody else has to approve it")
        if run.status == "APPROVED":
            return run
        return await runs.approve_run(transaction, run_id, ctx.principal.client_id, ctx.clock())


async def execute_run(ctx: Context, run_id: int, progress: Progress = _silent, batch: int | None = None) -> Run:
    """Reserve slots in rank order, `batch` in a transaction; what a killed execution left is taken up where it stopped."""
    ctx.require(Scope.RUN_WRITE)
    while True:
        async with ctx.jobs.transaction() as transaction:
            run = await _locked(transaction, run_id, "executed", ("APPROVED", "EXECUTING", "EXECUTED"))
            if run.status == "EXECUTED":
                return run
            stretch = await runs.next_stretch(transaction, run, batch or EXECUTION_BATCH)
            actor = ctx.principal.client_id
            reserved = await runs.propose_and_reserve(transaction, run_id, stretch, actor=actor, now=ctx.clock())
            await runs.note_execution(transaction, run_id, stretch.last_rank, ctx.clock())
        progress(reserved)


async def roll_back_run(
    ctx: Context, run_id: int, *, keep_issued: bool = False, progress: Progress = _silent
) -> RolledBack:
    """Take back all that a run gave and was not issued: every slot goes back to its pool, every match says why.

    What a national system issued is not the hub's to take back: with such matches it raises Conflict, unless
    `keep_issued`, which leaves and lists them. A roll-back that was killed is taken up by calling again.
    """
    ctx.require(Scope.RUN_APPROVE)
    async with ctx.jobs.transaction() as transaction:
        run = await _locked(transaction, run_id, "rolled back", ("APPROVED", "EXECUTING", "EXECUTED", "ROLLED_BACK"))
        issued, listed = await runs.list_issued(transaction, run_id, _LISTED)
        if issued and not keep_issued:
            raise Conflict(
                f"{issued} matches of allocation run {run_id} were issued by the national system (match {listed[0]} "
                "first): they stay with their households; say that they are to be kept, and the rest is rolled back"
            )
        if run.status != "ROLLED_BACK":
            run = await runs.note_roll_back(transaction, run_id, ctx.principal.client_id, ctx.clock())
    released = await _release(ctx, run_id, progress)
    issued, listed = await runs.list_issued(ctx.jobs, run_id, _LISTED)
    return RolledBack(run, released, issued, listed)


async def _release(ctx: Context, run_id: int, progress: Progress) -> int:
    mover = Mover(ctx.principal.client_id, ctx.clock())
    released = after_id = 0
    while held := await runs.list_held(ctx.jobs, run_id, after_id=after_id, first=EXECUTION_BATCH):
        moves = [Move(match_id, "roll-back", ROLLED_BACK) for match_id in held]
        moved = await matches.move_matches(ctx.jobs, MatchStatus.RELEASED, moves, mover)
        count = sum(answer.result == "MOVED" for answer in moved)
        released, after_id = released + count, held[-1]
        progress(count)
    return released


async def _locked(session: Session, run_id: int, verb: str, statuses: tuple[str, ...]) -> Run:
    run = await runs.lock_run(session, run_id)
    if run is None:
        raise NotFound(f"there is no allocation run {run_id}: ask for `allocationRuns` to see them")
    if run.status not in statuses:
        raise Conflict(
            f"allocation run {run_id} is {run.status} and cannot be {verb}: that takes {' or '.join(statuses)}"
        )
    return run
