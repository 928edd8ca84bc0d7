"""The federation benchmark over a few districts, without the gateways that npm brings."""

import pytest

from benchmarks.federation.districts import districts
from benchmarks.federation.joining import joining
from benchmarks.federation.measure import Hub, WrongAnswer, measure


async def test_a_few_districts_are_measured_and_a_lost_row_is_told() -> None:
    async with districts(["11.01", "35.09", "35.10", "35.71"], 30, 7, 2) as found:
        hub = Hub(found)
        try:
            figures = await measure(hub, rounds=2) | await joining(hub)
            found[0].case_files.append(("2000-01-01T00:00:00+00:00", "C999999", "RECEIVED"))
            with pytest.raises(WrongAnswer, match="1 rows are lost, 0 are too many"):
                await measure(hub, rounds=1)
        finally:
            await hub.districts.aclose()
    assert [district.code for district in found] == ["11.01", "35.09", "35.10", "35.71"]
    assert {name: figures[name].value for name in ("districts", "asked for a key", "asked for province 35")} == {
        "districts": 4, "asked for a key": 1, "asked for province 35": 3,
    }  # fmt: skip
    assert figures["national list p50"].value > 0
    assert figures["first answer with its rows after"].value >= figures["seen in the directory after"].value > 0
