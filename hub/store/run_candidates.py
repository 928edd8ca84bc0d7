"""What a run is simulated with, and what the simulation leaves: ranked candidates and the shares of the regencies."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from hub.domain.errors import NotFound
from hub.matching.allocation.allocate import Allocation
from hub.matching.allocation.fairness import RegencyShare
from hub.matching.allocation.problem import NOT_WAITING, Candidate, Candidates, Policy, Pool, Problem
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped
from hub.store.runs import Run

_COLUMNS = (
    "run_id",
    "rank",
    "household_id",
    "person_id",
    "regency_code",
    "decile",
    "vulnerability",
    "waiting_since",
    "mask",
    "pool_id",
    "by_priority",
    "by_floors",
)
_SHARE = ("run_id", "regency_code", "held", "candidates", "by_priority", "by_floors")
_EPOCH = date(1970, 1, 1)


async def find_problem(session: Session, run: Run, as_of: date) -> Problem:
    """Who is eligible and unserved on a day, and what the pools have left."""
    programmes = {"programme_codes": list(run.programme_codes), "group_masks": _group_masks(run)}
    rows = await session.fetch(query("run", "list_candidates"), **programmes, as_of=as_of)
    held = await session.fetch(query("run", "count_held"), **programmes)
    pools = await session.fetch(
        query("run", "list_free_pools"), programme_codes=list(run.programme_codes), period=run.period
    )
    return Problem(
        run.programme_codes,
        run.groups,
        Candidates.of(Candidate(*row) for row in rows),
        [Pool(row["pool_id"], row["region_code"], row["available"], row["programme"]) for row in pools],
        run.seed,
        Policy(run.policy),
        {row["regency_code"]: row["units"] for row in held},
    )


class RuleOfRun(NamedTuple):
    """The rule in force of a programme, and whether it is given to persons or households."""

    programme_code: str
    version: int
    unit: str


async def list_rules(session: Session, programme_codes: Sequence[str], day: date) -> list[RuleOfRun]:
    """The rules of some programmes in force on a day, in the order of the codes; NotFound names a programme without one."""
    rows = await session.fetch(query("run", "list_rules"), programme_codes=list(programme_codes), day=day)
    found = {row["programme_code"]: RuleOfRun(*row) for row in rows}
    for code in programme_codes:
        if code not in found:
            raise NotFound(f"no programme {code!r} with a rule in force on {day}: ask for `programmes` to see them")
    return [found[code] for code in programme_codes]


async def list_exclusions(session: Session, programme_codes: Sequence[str], day: date) -> list[tuple[str, str]]:
    """Pairs of programmes of which the rule of one, in force on a day, excludes the other."""
    rows = await session.fetch(query("run", "list_exclusions"), programme_codes=list(programme_codes), day=day)
    return [(row["programme_code"], row["excluded_code"]) for row in rows]


async def keep_allocation(session: Session, run_id: int, problem: Problem, allocation: Allocation) -> None:
    """Replace the candidates of a run."""
    await session.execute(query("run", "clear_candidates"), run_id=run_id)
    people, unit = problem.candidates, allocation.unit
    pool_ids = [*(pool.pool_id for pool in problem.pools), None]  # the last one is that of NOWHERE, -1
    columns = (
        range(1, len(unit) + 1),
        people.household_id[unit].tolist(),
        (person_id or None for person_id in people.person_id[unit].tolist()),
        (people.regency_codes[regency] for regency in people.regency[unit].tolist()),
        people.decile[unit].tolist(),
        people.vulnerability[unit].tolist(),
        (None if day == NOT_WAITING else _EPOCH + timedelta(day) for day in people.waiting_since[unit].tolist()),
        allocation.mask.tolist(),
        (pool_ids[pool] for pool in allocation.pool.tolist()),
        allocation.is_served[Policy.STRICT_PRIORITY].tolist(),
        allocation.is_served[Policy.REGIONAL_FLOORS].tolist(),
    )
    rows = ((run_id, *values) for values in zip(*columns, strict=True))
    await session.copy("allocation_candidate", _COLUMNS, rows)


async def keep_shares(session: Session, run_id: int, shares: Sequence[RegencyShare]) -> None:
    """Replace the shares of a run."""
    await session.execute(query("run", "clear_shares"), run_id=run_id)
    rows = [(run_id, s.regency_code, s.held, s.candidates, s.by_priority, s.by_floors) for s in shares]
    await session.copy("allocation_share", _SHARE, rows)


async def list_shares(session: Session, run_ids: Sequence[int]) -> list[list[RegencyShare]]:
    """For each run what it does to the regencies, in the order of their codes; empty before it is simulated."""
    rows = await session.fetch(query("matches_read", "list_shares"), run_ids=list(run_ids))
    return grouped(run_ids, ((row["run_id"], RegencyShare(*list(row.values())[1:])) for row in rows))


async def count_moved(session: Session, run_ids: Sequence[int]) -> list[tuple[int, int]]:
    """For each run how many strict priority alone serves, and how many regional floors alone."""
    rows = await session.fetch(query("matches_read", "count_moved"), run_ids=list(run_ids))
    found = {row["run_id"]: (row["only_by_priority"], row["only_by_floors"]) for row in rows}
    return [found.get(run_id, (0, 0)) for run_id in run_ids]


def _group_masks(run: Run) -> list[int]:
    """For each programme of a run the mask of its group."""
    return [next(mask for mask in run.groups if mask >> bit & 1) for bit in range(len(run.programme_codes))]
