"""Allocation runs: simulated, approved by somebody else, executed in batches that can be resumed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from hub.domain.errors import InternalError
from hub.matching.allocation import Candidate, Placement, Pool
from hub.store.database import Row, Session
from hub.store.queries import query

_COLUMNS = (
    "run_id",
    "rank",
    "household_id",
    "person_id",
    "regency_code",
    "pool_id",
    "decile",
    "vulnerability",
)


@dataclass(frozen=True, slots=True)
class Run:
    """One allocation run as it stands."""

    run_id: int
    programme_code: str
    rule_version: int
    period: str
    seed: int
    status: str
    input_digest: str | None
    candidates: int | None
    placed: int | None
    executed_rank: int
    created_by: str
    created_at: datetime
    simulated_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    executed_at: datetime | None


def run_of(row: Row) -> Run:
    """A run from a row of allocation_run."""
    return Run(**{name: row[name] for name in Run.__slots__})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new run is about, and who made it."""

    programme_code: str
    rule_version: int
    period: str
    seed: int
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a simulation found, in units."""

    input_digest: str
    candidates: int
    placed: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ranks after one, up to and with another."""

    after_rank: int
    last_rank: int


async def create_run(session: Session, draft: Draft) -> Run:
    """A new run."""
    row = await session.fetch_row(query("match", "create_run"), **asdict(draft))
    return _run(row)


async def lock_run(session: Session, run_id: int) -> Run | None:
    """The run, held until the transaction ends."""
    row = await session.fetch_row(query("match", "lock_run"), run_id=run_id)
    return None if row is None else run_of(row)


async def note_simulation(session: Session, run_id: int, found: Simulation, now: datetime) -> Run:
    """The run is simulated."""
    row = await session.fetch_row(query("match", "note_simulation"), run_id=run_id, simulated_at=now, **asdict(found))
    return _run(row)


async def approve_run(session: Session, run_id: int, approved_by: str, now: datetime) -> Run:
    """The run is approved; the database refuses its creator."""
    row = await session.fetch_row(
        query("match", "approve_run"), run_id=run_id, approved_by=approved_by, approved_at=now
    )
    return _run(row)


async def note_execution(session: Session, run_id: int, executed_rank: int, now: datetime) -> Run:
    """Execution came up to this rank."""
    await session.execute(query("match", "begin_execution"), run_id=run_id)
    row = await session.fetch_row(
        query("match", "note_execution"), run_id=run_id, executed_rank=executed_rank, executed_at=now
    )
    return _run(row)


def _run(row: Row | None) -> Run:
    if row is None:
        raise InternalError("an allocation run vanished while it was locked")
    return run_of(row)


async def list_candidates(session: Session, programme_code: str, as_of: date) -> list[Candidate]:
    """Eligible, unserved units with what their rank depends on."""
    rows = await session.fetch(query("match", "list_candidates"), programme_code=programme_code, as_of=as_of)
    return [Candidate(*row) for row in rows]


async def list_free_pools(session: Session, programme_code: str, period: str) -> list[Pool]:
    """Pools with what they have left."""
    rows = await session.fetch(query("match", "list_free_pools"), programme_code=programme_code, period=period)
    return [Pool(row["pool_id"], row["region_code"], row["available"]) for row in rows]


async def keep_placements(session: Session, run_id: int, placements: Sequence[Placement]) -> None:
    """Replace the candidates of a run."""
    await session.execute(query("match", "clear_candidates"), run_id=run_id)
    rows = [
        (
            run_id,
            placement.rank,
            placement.candidate.household_id,
            placement.candidate.person_id,
            placement.candidate.regency_code,
            placement.pool_id,
            placement.candidate.decile,
            placement.candidate.vulnerability,
        )
        for placement in placements
    ]
    await session.copy("allocation_candidate", _COLUMNS, rows)


async def next_stretch(session: Session, run: Run, placed: int) -> Stretch:
    """The ranks after those that were executed, with so many placed candidates among them."""
    end: int = await session.fetch_value(
        query("match", "find_stretch_end"), run_id=run.run_id, after_rank=run.executed_rank, placed=placed
    )
    return Stretch(run.executed_rank, end)


async def propose_and_reserve(session: Session, run_id: int, stretch: Stretch, *, actor: str, now: datetime) -> int:
    """Make the matches of a stretch of ranks and give them slots; returns how many got one."""
    await session.execute(query("match", "propose"), run_id=run_id, actor=actor, now=now, **asdict(stretch))
    reserved: int = await session.fetch_value(query("match", "reserve"), run_id=run_id, actor=actor, now=now)
    return reserved


async def reserve_proposed(session: Session, *, actor: str, now: datetime) -> int:
    """Give slots that came back to matches that were proposed and found none; returns how many got one."""
    reserved = 0
    for row in await session.fetch(query("match", "list_proposed_runs")):
        reserved += await session.fetch_value(query("match", "reserve"), run_id=row["run_id"], actor=actor, now=now)
    return reserved


async def place_waiting(session: Session) -> list[tuple[int, Stretch]]:
    """Give slots that came back to the next in rank of the last run; returns the stretches of ranks to propose."""
    rows = await session.fetch(query("match", "place_waiting"))
    return [(row["run_id"], Stretch(row["after_rank"], row["last_rank"])) for row in rows]


async def find_unfinished(session: Session, programme_code: str, period: str) -> Run | None:
    """The last run of a programme and period that was not executed to its end."""
    row = await session.fetch_row(query("match", "find_unfinished_run"), programme_code=programme_code, period=period)
    return None if row is None else run_of(row)


async def list_runs_of_status(session: Session, statuses: Sequence[str]) -> list[Run]:
    """Runs that stand at one of these, oldest first, at most 100."""
    rows = await session.fetch(query("match", "list_runs_of_status"), statuses=list(statuses))
    return [run_of(row) for row in rows]
