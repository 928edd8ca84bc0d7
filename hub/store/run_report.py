"""What runs left behind: everybody's result, and where one household stood."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

import msgspec

from hub.store.database import Row, Session
from hub.store.queries import query
from hub.store.rows import read

_PAGE = 20_000
_STANDINGS = 40


class Standing(msgspec.Struct, frozen=True):
    """Where a unit stood in one run. `placed_before`, `equal_before`: of all before it those who were placed, those of equal
    need. `waiting_before`, `last_placed`: in its regency, among those who may get the same: how many wait before it, and the
    last rank that was placed.
    """

    run_id: int
    programme_codes: list[str]
    period: str
    policy: str
    run_status: str
    rank: int
    person_id: int | None
    mask: int
    decile: int
    vulnerability: int
    waiting_since: date | None
    by_priority: bool
    by_floors: bool
    programme_code: str | None
    pool_region_code: str | None
    is_placed: bool
    match_id: int | None
    match_status: str | None
    reason_code: str | None
    placed_before: int
    equal_before: int
    waiting_before: int
    last_placed: int | None


async def find_household_of_match(session: Session, match_id: int) -> int | None:
    """The household of a match."""
    household_id: int | None = await session.fetch_value(
        query("run_report", "find_household_of_match"), match_id=match_id
    )
    return household_id


async def list_standings(session: Session, household_id: int) -> list[Standing]:
    """Where a household and its members stood in the last runs, the newest first."""
    rows = await session.fetch(query("run_report", "list_standings"), household_id=household_id, first=_STANDINGS)
    return read(Standing, rows)


async def list_results(session: Session, run_ids: Sequence[int]) -> AsyncIterator[list[Row]]:
    """Pages of everybody that some runs ranked, in rank order."""
    async for rows in session.pages(query("run_report", "list_results"), _PAGE, run_ids=list(run_ids)):
        yield rows
