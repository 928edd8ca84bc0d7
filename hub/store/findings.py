"""What the hub found, in the keys of the systems that sent it, read in pages: to be held against other knowledge."""

from collections.abc import AsyncIterator
from typing import Literal

from hub.store.database import Session
from hub.store.queries import query

PAGE = 10_000
Link = tuple[str, str, str, str]
Unit = tuple[str, str, str | None]


async def links(session: Session) -> AsyncIterator[tuple[str, list[Link]]]:
    """Pages of (programme, links); a link is [district, person or household record, roster record, method]."""
    after: tuple[int, str, str, str] = (-1, "", "", "")
    while True:
        rows = await session.fetch(
            query("findings", "list_links"),
            after_household_id=after[0],
            after_programme_code=after[1],
            after_source_code=after[2],
            after_record_id=after[3],
            first=PAGE,
        )
        if not rows:
            return
        pages: dict[str, list[Link]] = {}
        for row in rows:
            unit = row["person_record_id"] or row["household_record_id"]
            link = (row["source_code"], unit, row["roster_record_id"], row["link_method"])
            pages.setdefault(row["programme_code"], []).append(link)
        for programme_code, page in pages.items():
            yield programme_code, page
        last = rows[-1]
        after = (last["household_id"], last["programme_code"], last["roster_source_code"], last["roster_record_id"])


async def units(
    session: Session, which: Literal["unserved", "matched"], programme_code: str
) -> AsyncIterator[list[Unit]]:
    """Pages of [district, household record, person record or None]."""
    after = (-1, -1)
    while True:
        rows = await session.fetch(
            query("findings", f"list_{which}"),
            programme_code=programme_code,
            after_household_id=after[0],
            after_person_id=after[1],
            first=PAGE,
        )
        if not rows:
            return
        yield [(row["source_code"], row["household_record_id"], row["person_record_id"]) for row in rows]
        after = (rows[-1]["household_id"], rows[-1]["person_id"])


async def remember(session: Session, name: str, value: str) -> str:
    """Keep a fact about this installation if none of that name is kept; returns what is kept."""
    await session.execute(query("findings", "remember"), name=name, value=value)
    kept: str = await session.fetch_value(query("findings", "recall"), name=name)
    return kept
