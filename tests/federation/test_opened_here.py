"""A case file that was opened in the hub has the same id in every list, and no district can give it to another one."""

from datetime import UTC, datetime

import pytest

from hub.domain.ids import case_file_id
from hub.domain.opaque_id import Kind, opaque_id
from tests.federation.stage import Stage

AT = datetime(2026, 6, 1, tzinfo=UTC)
OPENED_HERE = 4_711
IDS = """query ($number: String!) {
  caseFiles(regionCode: "35.10", live: true, filter: { number: $number }) { nodes { id } } }"""
ROW = (
    "insert into case_file (case_file_id, source_code, source_record_id, source_revision, owner_revision, observed_at,"
    " fetched_at, regency_code, region_code, number, type, category, channel, status, received_at)"
    " values ($1, $2, 'M1', 1, 1, $3, $3, $2, $2 || '.01.2001', 'HUB-1', 'NEED', 'HEALTH', 'HUB', 'RECEIVED', $3)"
)


@pytest.mark.parametrize(
    ("holder", "expected"), [("35.10", OPENED_HERE), ("35.09", case_file_id("35.10", "M1"))], ids=["own", "forged"]
)
async def test_a_case_file_that_was_opened_here_keeps_its_id_when_its_district_is_asked_live(
    stage: Stage, holder: str, expected: int
) -> None:
    async with stage.database.jobs.connection() as connection:
        await connection.execute(ROW, OPENED_HERE, holder, AT)
    reference = opaque_id(Kind.CASE_FILE, OPENED_HERE)
    stage.open_case("35.10", id="M1", number="HUB-1", received_at=AT, hub_reference=reference)
    async with stage.hub() as hub:
        answer = await hub.post(IDS, number="HUB-1")
    async with stage.database.jobs.connection() as connection:  # the others share the database
        await connection.execute("delete from case_file where case_file_id = $1", OPENED_HERE)
    assert answer["data"]["caseFiles"]["nodes"] == [{"id": opaque_id(Kind.CASE_FILE, expected)}]
