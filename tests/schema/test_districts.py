"""The directory over GraphQL: what is shown of a district, and what the mutations answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.domain.directory import DistrictAccess, Extent, Finding, Inspection
from hub.domain.district import DistrictCapability
from hub.store.database import Database
from tests.schema.world import Client, client_of
from tests.schema.world_records import OWN

CODE = "35.11"
FINDING = Finding(
    check="contract.fits", path="Household.decile", asked="it", came="String", wanted="Int", mend="serve Int"
)
JOIN = """
mutation ($input: DistrictJoinInput!) {
  districtJoin(input: $input) {
    districtSystem { region { code } endpoint capabilities concurrency status contractVersion
      freshness { targetSeconds isStale } }
    userErrors { code message path }
  }
}
"""


class Inspector:
    """Finds what it is told to find."""

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()

    async def inspect(self, access: DistrictAccess, extent: Extent) -> Inspection:
        able = frozenset({DistrictCapability.CASE_FILES, DistrictCapability.CHANGES})
        return Inspection(
            extent=extent, has_answered=True, contract_version=1, capabilities=able, findings=self.findings
        )


@pytest.fixture
def inspector() -> Inspector:
    return Inspector()


@pytest.fixture
async def ministry(own_world: Database, inspector: Inspector) -> AsyncIterator[Client]:
    async with client_of(own_world, inspector=inspector) as client:
        yield client


def joining(**changes: Any) -> dict[str, Any]:
    values = {"endpoint": "https://d.example/graphql", "credential": "file:35.11.token", "reason": "ready"}
    return {"idempotencyKey": "k", "regencyCode": CODE, **values, **changes}


async def changed(ministry: Client, field: str, **given: Any) -> Any:
    type_ = "DistrictInput" if field == "districtCheck" else "DistrictChangeInput"
    shown = "status lastCheck { extent findings { check path came wanted mend } } history { action actor reason }"
    query = f"mutation ($input: {type_}!) {{ {field}(input: $input) {{ districtSystem {{ {shown} }} userErrors {{ code }} }} }}"
    answer = await ministry.ask(query, "analyst", input={"regencyCode": OWN, **given})
    return answer[field]


async def test_a_district_that_joined_is_shown_as_it_is_treated(ministry: Client) -> None:
    given = joining(concurrency=3, freshnessSeconds=3600)
    answer = (await ministry.ask(JOIN, "analyst", input=given))["districtJoin"]
    assert answer == {
        "districtSystem": {
            "region": {"code": CODE},
            "endpoint": "https://d.example/graphql",
            "capabilities": ["CASE_FILES", "CHANGES"],
            "concurrency": 3,
            "status": "ONLINE",
            "contractVersion": 1,
            "freshness": {"targetSeconds": 3600, "isStale": True},
        },
        "userErrors": [],
    }


async def test_one_that_does_not_fit_is_told_each_point(ministry: Client, inspector: Inspector) -> None:
    inspector.findings = (FINDING,)
    answer = (await ministry.ask(JOIN, "analyst", input=joining()))["districtJoin"]
    assert answer["districtSystem"] is None
    whole, point = answer["userErrors"]
    assert whole["message"].startswith(f"district {CODE} does not keep the contract: contract.fits Household.decile")
    assert point == {
        "code": "CONFLICT",
        "message": "contract.fits Household.decile: String; wanted: Int; serve Int",
        "path": [],
    }


async def test_a_value_that_does_not_fit_is_named_by_its_path(ministry: Client) -> None:
    answer = (await ministry.ask(JOIN, "analyst", input=joining(credential="a-secret-token")))["districtJoin"]
    assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [("INVALID", ["input", "credential"])]
    assert "a-secret-token" not in str(answer)


async def test_check_suspend_resume_and_leave_answer_with_the_district_as_it_stands(
    ministry: Client, inspector: Inspector
) -> None:
    inspector.findings = (FINDING,)
    checked = (await changed(ministry, "districtCheck"))["districtSystem"]
    finding = {
        "check": "contract.fits",
        "path": "Household.decile",
        "came": "String",
        "wanted": "Int",
        "mend": "serve Int",
    }
    assert (checked["status"], checked["lastCheck"]) == ("DEGRADED", {"extent": "FULL", "findings": [finding]})
    suspended = (await changed(ministry, "districtSuspend", idempotencyKey="k1", reason="moves"))["districtSystem"]
    assert suspended["status"] == "SUSPENDED"
    assert suspended["history"][0] == {"action": "SUSPENDED", "actor": "analyst", "reason": "moves"}
    again = await changed(ministry, "districtSuspend", idempotencyKey="k2", reason="moves")
    assert again == {"districtSystem": None, "userErrors": [{"code": "CONFLICT"}]}
    resumed = (await changed(ministry, "districtResume", idempotencyKey="k3", reason="moved"))["districtSystem"]
    assert resumed["status"] == "DEGRADED"
    assert await changed(ministry, "districtLeave", idempotencyKey="k4", reason="merged") == {
        "districtSystem": None,
        "userErrors": [],
    }
    gone = await changed(ministry, "districtLeave", idempotencyKey="k5", reason="merged")
    assert gone["userErrors"] == [{"code": "NOT_FOUND"}]


async def test_an_officer_sees_the_own_district_with_its_journal(ministry: Client) -> None:
    query = "{ districtSystems { nodes { region { code } status history { action } } } }"
    nodes = (await ministry.ask(query, "officer"))["districtSystems"]["nodes"]
    assert nodes == [{"region": {"code": OWN}, "status": "ONLINE", "history": [{"action": "JOINED"}]}]
