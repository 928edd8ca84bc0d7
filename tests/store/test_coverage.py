"""Coverage counts units by verdict and match, rolled up from the village to the province."""

from datetime import UTC, datetime

from hub.domain.records import HouseholdRecord, PersonRecord
from hub.store.batches import Batch, merge_batch
from hub.store.coverage_job import refresh_coverage
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)


async def test_every_region_above_a_village_counts_its_units_and_matches(desk):
    elsewhere = [
        HouseholdRecord(
            source_record_id=f"E{n}",
            revision=1,
            observed_at=NOW,
            region_code="35.10.02.2001",
            members=(PersonRecord(source_record_id=f"Q{n}"), PersonRecord(source_record_id=f"R{n}")),
            is_removed=n == 3,
        )
        for n in range(1, 4)
    ]
    await join_districts(desk.session, {"35.10": "http://district.invalid/graphql"}, NOW)
    async with desk.session.transaction() as transaction:
        await merge_batch(transaction, Batch("35.10", "35.10", "PULL", elsewhere, [], NOW))
    verdict = "update verdict set status = $2, failed = $3, missing = $4 where household_id = $1"
    await desk.execute(verdict, desk.home(10), "UNKNOWN", 0, 1)
    await desk.execute(verdict, desk.home(9), "ALREADY_ENROLLED", 0, 0)
    await desk.execute(verdict, desk.home(8), "ALREADY_ENROLLED", 1, 0)
    await desk.execute(verdict, desk.home(7), "NOT_ELIGIBLE", 1, 0)
    await refresh_coverage(desk.session, NOW)
    rows = await desk.fetch(
        "select region_code, households, persons, eligible, undetermined, enrolled, unserved, matched, issued, refused"
        " from coverage where programme_code = 'PKH' order by length(region_code), region_code"
    )
    here, there = (10, 10, 7, 1, 2, 6, 4, 0, 0), (2, 4, 0, 0, 0, 0, 0, 0, 0)
    both = tuple(a + b for a, b in zip(here, there, strict=True))
    assert rows == [
        ("35", *both),
        ("35.10", *both),
        ("35.10.01", *here),
        ("35.10.02", *there),
        ("35.10.01.2001", *here),
        ("35.10.02.2001", *there),
    ]
