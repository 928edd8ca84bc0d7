"""Districts whose clocks are wrong: rows stand where their district says, and none is lost or doubled."""

from datetime import UTC, datetime, timedelta

from tests.federation.stage import NOW, Stage, complete, truth


async def test_rows_of_the_future_come_last_and_on_one_page_only(stage: Stage) -> None:
    for number in range(3):
        stage.open_case("34.01", id=f"F{number}", received_at=NOW + timedelta(hours=3, microseconds=number))
        stage.open_case("35.10", id=f"P{number}", received_at=datetime(1999, 12, 31, 23, 59, 59, 999_999, UTC))
    rows: list[str] = []
    after, has_more = None, True
    async with stage.hub() as hub:
        while has_more:
            page = await hub.list(first=10, after=after)
            assert page.completeness == complete()
            rows, after, has_more = rows + page.rows, page.end, page.has_more
    assert rows == truth(stage.simulation.world)
    assert rows[:3] == ["35.10/P0", "35.10/P1", "35.10/P2"]
    assert rows[-3:] == ["34.01/F0", "34.01/F1", "34.01/F2"]


async def test_a_moment_that_cannot_be_is_left_out_and_named(stage: Stage) -> None:
    expected = truth(stage.simulation.world)
    stage.open_case("35.10", id="Y9999", received_at=datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC))
    stage.open_case("35.10", id="Y0001", received_at=datetime(1, 1, 1, tzinfo=UTC))
    async with stage.hub() as hub:
        found = await hub.list()
    assert found.rows == expected
    assert found.completeness == complete() | {
        "isComplete": False,
        "rejectCount": 2,
        "rejects": [
            {"regencyCode": "35.10", "recordId": record_id, "field": "receivedAt", "code": "MOMENT_IMPOSSIBLE"}
            for record_id in ("Y0001", "Y9999")
        ],
    }
