"""Allocation runs: simulated, approved by somebody else, executed in batches that can be resumed, rolled back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from hub.domain.errors import InternalError
from hub.store.database import Row, Session
from hub.store.queries import query


@dataclass(frozen=True, slots=True)
class Run:
    """One allocation run as it stands. Bit n of a mask in `groups` stands for programme n."""

    run_id: int
    programme_codes: tuple[str, ...]
    rule_versions: tuple[int, ...]
    groups: tuple[int, ...]
    one_per_unit: bool
    policy: str
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
    rolled_back_by: str | None
    rolled_back_at: datetime | None

    @property
    def title(self) -> str:
        """How a person names it."""
        return f"{' + '.join(self.programme_codes)} {self.period}"


def run_of(row: Row) -> Run:
    """A run from a row of allocation_run."""
    values: dict[str, Any] = {name: row[name] for name in Run.__slots__}
    for name in ("programme_codes", "rule_versions", "groups"):
        values[name] = tuple(values[name])
    return Run(**values)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new run is about, and who made it."""

    programme_codes: tuple[str, ...]
    rule_versions: tuple[int, ...]
    groups: tuple[int, ...]
    one_per_unit: bool
    policy: str
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
    row = await session.fetch_row(query("run", "create_run"), **asdict(draft))
    return _run(row)


async def lock_run(session: Session, run_id: int) -> Run | None:
    """The run, held until the transaction ends."""
    row = await session.fetch_row(query("run", "lock_run"), run_id=run_id)
    return None if row is None else run_of(row)


async def note_simulation(session: Session, run_id: int, found: Simulation, now: datetime) -> Run:
    """The run is simulated."""
    row = await session.fetch_row(query("run", "note_simulation"), run_id=run_id, simulated_at=now, **asdict(found))
    return _run(row)


async def approve_run(session: Session, run_id: int, approved_by: str, now: datetime) -> Run:
    """The run is approved; the database refuses its creator."""
    row = await session.fetch_row(query("run", "approve_run"), run_id=run_id, approved_by=approved_by, approved_at=now)
    return _run(row)


async def note_roll_back(session: Session, run_id: int, rolled_back_by: str, now: datetime) -> Run:
    """The run is rolled back."""
    row = await session.fetch_row(
        query("run", "note_roll_back"), run_id=run_id, rolled_back_by=rolled_back_by, rolled_back_at=now
    )
    return _run(row)


async def list_held(session: Session, run_id: int, *, after_id: int, first: int) -> list[int]:
    """Matches of a run that can be taken back."""
    rows = await session.fetch(query("run", "list_held_of_run"), run_id=run_id, after_id=after_id, first=first)
    return [row["match_id"] for row in rows]


async def list_issued(session: Session, run_id: int, first: int) -> tuple[int, list[int]]:
    """How many matches of a run were issued, and the first of them."""
    count: int = await session.fetch_value(query("run", "count_issued_of_run"), run_id=run_id)
    rows = await session.fetch(query("run", "list_issued_of_run"), run_id=run_id, first=first)
    return count, [row["match_id"] for row in rows]


async def note_execution(session: Session, run_id: int, executed_rank: int, now: datetime) -> Run:
    """Execution came up to this rank."""
    row = await session.fetch_row(
        query("run", "note_execution"), run_id=run_id, executed_rank=executed_rank, executed_at=now
    )
    return _run(row)


def _run(row: Row | None) -> Run:
    if row is None:
        raise InternalError("an allocation run vanished while it was locked")
    return run_of(row)


async def next_stretch(session: Session, run: Run, placed: int) -> Stretch:
    """The ranks after those that were executed, with so many placed candidates among them."""
    end: int = await session.fetch_value(
        query("run", "find_stretch_end"), run_id=run.run_id, after_rank=run.executed_rank, placed=placed
    )
    return Stretch(run.executed_rank, end)


async def propose_and_reserve(session: Session, run_id: int, stretch: Stretch, *, actor: str, now: datetime) -> int:
    """Make the matches of a stretch of ranks and give them slots; returns how many got one."""
    await session.execute(query("run", "propose"), run_id=run_id, actor=actor, now=now, **asdict(stretch))
    reserved: int = await session.fetch_value(query("run", "reserve"), run_id=run_id, actor=actor, now=now)
    return reserved


async def reserve_proposed(session: Session, *, actor: str, now: datetime) -> int:
    """Give slots that came back to matches that were proposed and found none; returns how many got one."""
    reserved = 0
    for row in await session.fetch(query("run", "list_proposed_runs")):
        reserved += await session.fetch_value(query("run", "reserve"), run_id=row["run_id"], actor=actor, now=now)
    return reserved


async def place_waiting(session: Session) -> list[tuple[int, Stretch]]:
    """Give slots that came back to the next in rank of the last run; returns the stretches of ranks to propose."""
    rows = await session.fetch(query("run", "place_waiting"))
    return [(row["run_id"], Stretch(row["after_rank"], row["last_rank"])) for row in rows]


async def find_unfinished(session: Session, programme_code: str, period: str) -> Run | None:
    """The last run of a programme and period that was not executed to its end."""
    row = await session.fetch_row(query("run", "find_unfinished_run"), programme_code=programme_code, period=period)
    return None if row is None else run_of(row)


async def list_runs_of_status(session: Session, statuses: Sequence[str]) -> list[Run]:
    """Runs that stand at one of these, oldest first, at most 100."""
    rows = await session.fetch(query("run", "list_runs_of_status"), statuses=list(statuses))
    return [run_of(row) for row in rows]
