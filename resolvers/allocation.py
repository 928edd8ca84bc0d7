"""Allocation runs: create, simulate, approve (by somebody else), execute in batches that can be resumed."""

from collections.abc import Callable
from hashlib import sha256

from hub.domain.errors import Conflict, Forbidden, NotFound
from hub.domain.principal import Scope
from hub.matching.allocation import allocate, digest_of_input
from hub.store import idempotency, runs
from hub.store.database import Session
from hub.store.eligibility import find_rule
from hub.store.runs import Run
from resolvers.context import Context

EXECUTION_BATCH = 5_000
RUN_STATUSES = ("DRAFT", "SIMULATED", "APPROVED", "EXECUTING", "EXECUTED", "ROLLED_BACK")
Progress = Callable[[int], None]


def _silent(_reserved: int) -> None:
    return


async def create_run(ctx: Context, programme_code: str, period: str, seed: int, key: str | None = None) -> Run:
    """A draft of a run for a programme's pools of a period; the seed decides ties and is published with the run.

    The same `key` gives the same run again; with other values it raises Conflict.
    """
    ctx.require(Scope.RUN_WRITE)
    now = ctx.clock()
    version = await find_rule(ctx.jobs, programme_code, now.date())
    draft = runs.Draft(programme_code, version.version, period, seed, ctx.principal.client_id, now)
    if key is None:
        return await runs.create_run(ctx.jobs, draft)
    asked = sha256(f"{programme_code}\x1f{period}\x1f{seed}".encode()).digest()
    claim = idempotency.Claim(ctx.principal.client_id, "allocationRunCreate", key, asked)
    async with ctx.jobs.transaction() as transaction:
        run_id = await idempotency.claim(transaction, claim, now)
        if run_id is not None:
            return await _locked(transaction, run_id, "found", RUN_STATUSES)
        run = await runs.create_run(transaction, draft)
        await idempotency.keep(transaction, claim, run.run_id)
    return run


async def simulate_run(ctx: Context, run_id: int) -> Run:
    """Rank everybody who is eligible and unserved, place them in the pools as they are, and keep the result."""
    ctx.require(Scope.RUN_WRITE)
    async with ctx.jobs.transaction() as transaction:
        run = await _locked(transaction, run_id, "simulated", ("DRAFT", "SIMULATED"))
        now = ctx.clock()
        candidates = await runs.list_candidates(transaction, run.programme_code, now.date())
        pools = await runs.list_free_pools(transaction, run.programme_code, run.period)
        placements = allocate(candidates, pools, run.seed)
        await runs.keep_placements(transaction, run_id, placements)
        rule = f"{run.programme_code}/{run.rule_version}"
        found = runs.Simulation(
            input_digest=digest_of_input(rule, run.seed, candidates, pools),
            candidates=len(placements),
            placed=sum(placement.pool_id is not None for placement in placements),
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


async def execute_run(ctx: Context, run_id: int, progress: Progress = _silent) -> Run:
    """Reserve slots in rank order, in batches; what a killed execution left is taken up where it stopped."""
    ctx.require(Scope.RUN_WRITE)
    while True:
        async with ctx.jobs.transaction() as transaction:
            run = await _locked(transaction, run_id, "executed", ("APPROVED", "EXECUTING", "EXECUTED"))
            if run.status == "EXECUTED":
                return run
            stretch = await runs.next_stretch(transaction, run, EXECUTION_BATCH)
            reserved = await runs.propose_and_reserve(
                transaction,
                run_id,
                stretch,
                actor=ctx.principal.client_id,
                now=ctx.clock(),
            )
            await runs.note_execution(transaction, run_id, stretch.last_rank, ctx.clock())
        progress(reserved)


async def _locked(session: Session, run_id: int, verb: str, statuses: tuple[str, ...]) -> Run:
    run = await runs.lock_run(session, run_id)
    if run is None:
        raise NotFound(f"there is no allocation run {run_id}: ask for `allocationRuns` to see them")
    if run.status not in statuses:
        raise Conflict(
            f"allocation run {run_id} is {run.status} and cannot be {verb}: that takes {' or '.join(statuses)}"
        )
    return run
