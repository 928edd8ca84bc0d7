"""Counts what was found: coverage for every region, and the summary of the whole job."""

from dataclasses import dataclass
from datetime import datetime

from hub.store.database import Row, Session
from hub.store.queries import query


async def refresh_coverage(session: Session, counted_at: datetime) -> None:
    """Count coverage anew for all regions with households, in one transaction."""
    async with session.transaction() as transaction:
        await transaction.execute(query("coverage_job", "clear_coverage"))
        await transaction.execute(query("coverage_job", "count_coverage"), counted_at=counted_at)


async def count_open_reviews(session: Session) -> int:
    """How many pairs of a roster line and a unit wait for a person."""
    count: int = await session.fetch_value(query("link", "count_reviews"))
    return count


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole registry, as rows of the named queries."""

    registry: dict[str, int]
    rejects: dict[str, int]
    links: dict[str, int]
    reviews: int
    programmes: dict[str, dict[str, int]]
    pools: dict[str, dict[str, int]]
    regencies: list[dict[str, object]]


async def total(session: Session) -> Totals:
    """Everything that the summary of a job says."""
    registry = await session.fetch_row(query("coverage_job", "count_registry"))
    return Totals(
        registry=dict(registry or {}),
        rejects=_counts(await session.fetch(query("coverage_job", "count_rejects")), "code"),
        links=_counts(await session.fetch(query("link", "count_links")), "link_method"),
        reviews=await count_open_reviews(session),
        programmes=_by_programme(await session.fetch(query("coverage_job", "summarize"))),
        pools=_by_programme(await session.fetch(query("pool", "sum_pools"))),
        regencies=[dict(row) for row in await session.fetch(query("coverage_job", "summarize_regencies"))],
    )


def _counts(rows: list[Row], name: str) -> dict[str, int]:
    return {row[name]: row["count"] for row in rows}


def _by_programme(rows: list[Row]) -> dict[str, dict[str, int]]:
    return {
        row["programme_code"]: {name: value for name, value in row.items() if name != "programme_code"} for row in rows
    }
