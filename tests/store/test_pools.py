"""Pools of a programme or region that nobody knows go into quarantine, and come out when the report is mended."""

from datetime import UTC, datetime

from hub.domain.records import PoolRecord
from hub.store import sources
from hub.store.database import Session

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def pool(programme: str, region: str | None, revision: int = 1) -> PoolRecord:
    return PoolRecord(
        programme_code=programme, region_code=region, period="2026", total=3, revision=revision, observed_at=NOW
    )


async def rejects(session: Session) -> list[tuple[str, ...]]:
    async with session.connection() as connection:
        rows = await connection.fetch(
            "select r.source_record_id, r.field, r.code, r.value, b.received::text, b.rejected::text"
            " from reject r join ingest_batch b using (batch_id) where r.record_kind = 'POOL' order by 1, 2"
        )
    return [tuple(row) for row in rows]


async def test_an_unknown_programme_or_region_is_in_quarantine_and_the_others_are_taken(session: Session) -> None:
    reported = [pool("PKH", "35.10"), pool("PKH", "99.99"), pool("BLT", None), pool("BLT", "99.98")]
    assert await sources.merge_pools(session, "PKH", reported, NOW) == 1
    assert await rejects(session) == [
        ("BLT/2026", "programmeCode", "PROGRAMME_UNKNOWN", "BLT", "4", "4"),
        ("BLT/99.98/2026", "programmeCode", "PROGRAMME_UNKNOWN", "BLT", "4", "4"),
        ("BLT/99.98/2026", "regionCode", "REGION_UNKNOWN", "99.98", "4", "4"),
        ("PKH/99.99/2026", "regionCode", "REGION_UNKNOWN", "99.99", "4", "4"),
    ]


async def test_a_report_that_is_mended_leaves_nothing_in_quarantine(session: Session) -> None:
    await sources.merge_pools(session, "PKH", [pool("PKH", "99.99")], NOW)
    assert len(await rejects(session)) == 1
    await sources.merge_pools(session, "PKH", [pool("PKH", "35.10")], NOW)
    assert await rejects(session) == []
