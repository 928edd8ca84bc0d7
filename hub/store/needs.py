"""Needs in case files that a programme covers: matches are proposed for them, and get slots that no ranking waits for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from hub.domain.cases import OPEN
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import grouped, read


@dataclass(frozen=True, slots=True)
class Proposed:
    """A match that was proposed for the need in a case file."""

    case_file_id: int
    match_id: int
    programme_code: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was proposed for a need that is none any more. `line_no`: of the history that told of it.

    `kept_for`: another case file for whose need it goes on; None: it was withdrawn.
    """

    case_file_id: int
    line_no: int
    match_id: int
    programme_code: str
    kept_for: int | None


@dataclass(frozen=True, slots=True)
class NewNeedProgramme:
    """Whether a programme covers a need, to be set."""

    category: str
    programme_code: str
    is_covered: bool
    valid_from: datetime
    reason: str
    set_by: str


@dataclass(frozen=True, slots=True)
class NeedProgramme:
    """Whether a programme covers a need, as it was set."""

    rule_no: int
    category: str
    programme_code: str
    is_covered: bool
    valid_from: datetime
    reason: str
    set_by: str
    set_at: datetime


async def propose_for_needs(
    session: Session, case_file_ids: Sequence[int], actor: str, now: datetime
) -> list[Proposed]:
    """Propose matches for the needs in some case files, at most one active for each unit and programme."""
    rows = await session.fetch(
        query("need", "propose_for_needs"),
        case_file_ids=list(case_file_ids),
        open_statuses=sorted(OPEN),
        actor=actor,
        now=now,
    )
    return [Proposed(*row) for row in rows]


async def withdraw_for_needs(
    session: Session, case_file_ids: Sequence[int], actor: str, now: datetime
) -> list[Withdrawn]:
    """Withdraw what waits for needs of case files that were rejected or joined, or let it go on for other case files."""
    rows = await session.fetch(
        query("need", "withdraw_for_needs"),
        case_file_ids=list(case_file_ids),
        open_statuses=sorted(OPEN),
        actor=actor,
        now=now,
    )
    return [Withdrawn(*row) for row in rows]


async def list_ended_needs(session: Session, after_id: int, first: int) -> list[int]:
    """Case files that were rejected or joined while something waits for their needs, after a case file."""
    rows = await session.fetch(query("need", "list_ended_needs"), after_id=after_id, first=first)
    return [row["case_file_id"] for row in rows]


async def list_need_programmes(session: Session, now: datetime) -> list[NeedProgramme]:
    """Of each category and programme what holds at a moment."""
    return read(NeedProgramme, await session.fetch(query("need", "list_need_programmes"), now=now))


async def set_need_programme(session: Session, new: NewNeedProgramme, now: datetime) -> int:
    """Set whether a programme covers a need; earlier rows stay as they were. Returns its number."""
    number: int = await session.fetch_value(query("need", "set_need_programme"), now=now, **asdict(new))
    return number


async def find_need_programme(session: Session, rule_no: int) -> NeedProgramme | None:
    """What was set, by its number."""
    row = await session.fetch_row(query("need", "find_need_programme"), rule_no=rule_no)
    return None if row is None else NeedProgramme(*row)


async def list_needs(session: Session, after_id: int, first: int) -> list[int]:
    """Open case files with a need of a household, after a case file."""
    rows = await session.fetch(query("need", "list_needs"), after_id=after_id, first=first)
    return [row["case_file_id"] for row in rows]


async def hold_case_files(session: Session, case_file_ids: Sequence[int]) -> None:
    """Hold case files until the transaction ends."""
    await session.fetch(query("need", "hold_case_files"), case_file_ids=list(case_file_ids))


async def list_matches_of_needs(session: Session, case_file_ids: Sequence[int]) -> list[list[int]]:
    """The ids of the matches that are to meet the need in each case file."""
    rows = await session.fetch(query("need", "list_matches_of_needs"), case_file_ids=list(case_file_ids))
    return grouped(case_file_ids, ((row["case_file_id"], row["match_id"]) for row in rows))


async def reserve_for_needs(session: Session, *, actor: str, now: datetime) -> int:
    """Give slots that no ranking waits for to matches proposed for needs; returns how many got one."""
    reserved: int = await session.fetch_value(query("need", "reserve_for_needs"), actor=actor, now=now)
    return reserved
