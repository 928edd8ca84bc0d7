"""Rows that do not fit the contract are left out one by one and named; the rest of their district goes on."""

from typing import Any

import pytest

from simulators.faults import FaultKind
from tests.federation.stage import Stage, complete, truth


async def test_fields_of_another_type_cost_their_rows_alone(stage: Stage) -> None:
    stage.switch_on("35.10", FaultKind.WRONG_TYPES, seed=3)
    async with stage.hub() as hub:
        found = await hub.list()
    rejects = found.completeness["rejects"]
    expected = truth(stage.simulation.world)
    missing = set(expected) - set(found.rows)
    assert {(reject["regencyCode"], reject["code"]) for reject in rejects} == {("35.10", "WRONG_TYPE")}
    assert found.rows == [row for row in expected if row not in missing]
    assert len(missing) == len(rejects) == 2
    assert {f"35.10/{reject['recordId']}" for reject in rejects} == missing
    assert found.completeness == complete() | {"isComplete": False, "rejectCount": 2, "rejects": rejects}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"region_code": "35.09.01.2001"}, "regionCode", "REGION_FOREIGN"),
        ({"region_code": "35.101.01"}, "regionCode", "REGION_FOREIGN"),
        ({"status": "ENLIGHTENED"}, "status", "VALUE_UNKNOWN"),
        ({"category": "MAGIC"}, "category", "VALUE_UNKNOWN"),
        ({"type": "SONG"}, "type", "VALUE_UNKNOWN"),
        ({"id": ""}, "id", "ID_MISSING"),
    ],
)
async def test_a_row_that_cannot_be_is_named_and_left_out(
    stage: Stage, values: dict[str, Any], field: str, code: str
) -> None:
    expected = truth(stage.simulation.world)
    stage.open_case("35.10", **({"id": "X1"} | values))
    async with stage.hub() as hub:
        found = await hub.list()
    assert found.rows == expected
    assert found.completeness == complete() | {
        "isComplete": False,
        "rejectCount": 1,
        "rejects": [{"regencyCode": "35.10", "recordId": values.get("id", "X1"), "field": field, "code": code}],
    }
