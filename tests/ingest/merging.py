"""One batch into the registry, and what is there afterwards."""

from datetime import UTC, datetime

from hub.store.batches import Batch, BatchResult, merge_batch

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DISTRICT = "35.10"
NIK = "3510010101800001"
KK = "3510010101100001"


async def merge(session, *records, rejects=(), source=DISTRICT, at=NOW) -> BatchResult:
    regency = source if source == DISTRICT else None
    async with session.transaction() as transaction:
        result = await merge_batch(transaction, Batch(source, regency, "PULL", records, rejects, at))
    async with session.connection() as connection:  # a commit would empty the stages
        await connection.execute(
            "truncate stage_household, stage_person, stage_case_file, stage_village_service, stage_roster, stage_elsewhere,"
            " stage_reject"
        )
    return result


async def rows(session, statement, *values):
    async with session.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement, *values)]


async def addresses(session):
    return dict(await rows(session, "select source_record_id, address from household"))


async def quarantine(session):
    return set(await rows(session, "select record_kind, source_record_id, field, code from reject"))


async def members(session):
    """Who lives where now."""
    found = await rows(
        session,
        "select p.source_record_id, h.source_record_id from person p join household h using (household_id)"
        " where p.left_at is null",
    )
    return dict(found)
