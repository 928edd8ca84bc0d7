"""What the hub found, in the keys of the systems that sent it, in pages: to be held against other knowledge."""

from collections.abc import AsyncIterator
from typing import Literal

from hub.store.database import Session
from hub.store.queries import query

PAGE = 10_000
Finding = Literal["links", "reviews", "unserved", "matched"]


async def list_findings(
    session: Session, which: Finding, programme_code: str
) -> AsyncIterator[list[tuple[str | None, ...]]]:
    """Pages of links and reviews [district, person or household record, roster record, method] or of units [district, household
    record, person record or None].
    """
    columns = (
        ("source_code", "unit_record_id", "roster_record_id", "link_method")
        if which in ("links", "reviews")
        else ("source_code", "household_record_id", "person_record_id")
    )
    async for rows in session.pages(query("findings", f"list_{which}"), PAGE, programme_code=programme_code):
        yield [tuple(row[column] for column in columns) for row in rows]


async def remember(session: Session, name: str, value: str) -> str:
    """Keep a fact about this installation if none of that name is kept; returns what is kept."""
    await session.execute(query("findings", "remember"), name=name, value=value)
    kept: str = await session.fetch_value(query("findings", "recall"), name=name)
    return kept
