"""Clocks, policies, urgent case files and statistics as callers ask for them."""

from typing import Any

import pytest

from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, OWN

CLOCKS = """{ caseFiles(first: 2) { nodes { number clocks {
    kind state startedAt dueAt atRiskAt pausedSince endedAt policy { region { code } version firstResponseMinutes }
    escalations { level thresholdAt escalatedAt } } } } }"""
POLICY = {
    "idempotencyKey": "k1",
    "regencyCode": OWN,
    "firstResponseMinutes": 60,
    "firstResponseHours": "AROUND_THE_CLOCK",
    "informationDays": 3,
    "regularDays": 10,
    "oversightDays": 60,
    "reason": "promised by the regent",
}
SET = """mutation ($input: SlaPolicySetInput!) { slaPolicySet(input: $input) {
    slaPolicy { region { code } version validFrom firstResponseMinutes officeOpens officeCloses ministryPercent setBy }
    userErrors { code message path } } }"""


async def test_a_case_file_tells_its_clocks_and_who_was_told(client: Client) -> None:
    answer = await client.ask(CLOCKS)
    first, second = answer["caseFiles"]["nodes"]
    assert [clock["kind"] for clock in second["clocks"]] == ["FIRST_RESPONSE", "RESOLUTION"]
    assert first["clocks"][0] == {
        "kind": "FIRST_RESPONSE",
        "state": "BREACHED",
        "startedAt": "2026-02-26T08:00:00+00:00",
        "dueAt": "2026-02-26T12:00:00+00:00",
        "atRiskAt": "2026-02-26T11:00:00+00:00",
        "pausedSince": None,
        "endedAt": None,
        "policy": {"region": None, "version": 1, "firstResponseMinutes": 240},
        "escalations": [
            {
                "level": level,
                "thresholdAt": f"2026-02-26T{hour}:00:00+00:00",
                "escalatedAt": "2026-03-01T08:00:00+00:00",
            }
            for level, hour in (("REGENCY", 11), ("PROVINCE", 12), ("MINISTRY", 14))
        ],
    }
    assert (first["clocks"][1]["state"], first["clocks"][1]["escalations"]) == ("OK", [])


async def test_urgent_case_files_come_in_pages_by_the_moment_they_became_urgent(client: Client) -> None:
    query = """query ($after: String) { caseFilesAtRisk(kind: FIRST_RESPONSE, regionCode: "35.10", first: 1, after: $after) {
        nodes { number } pageInfo { hasNextPage endCursor } } }"""
    seen, after = list[str](), None
    while True:
        answer = await client.ask(query, after=after)
        page = answer["caseFilesAtRisk"]
        seen += [node["number"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sorted(seen) == ["35.10/1", "35.10/2"]


async def test_nothing_is_urgent_by_a_clock_that_has_time(client: Client) -> None:
    for where in ("", ', regionCode: "35.10"', ', agencyCode: "35.10/DINAS_SOSIAL"'):
        answer = await client.ask(f"{{ caseFilesAtRisk(kind: RESOLUTION{where}) {{ nodes {{ number }} }} }}", "analyst")
        assert answer["caseFilesAtRisk"]["nodes"] == []


async def test_policies_are_the_nations_and_the_own(client: Client) -> None:
    query = "{ slaPolicies { nodes { region { code } version firstResponseMinutes } } }"
    [nation, own] = (await client.ask(query))["slaPolicies"]["nodes"]
    assert nation == {"region": None, "version": 1, "firstResponseMinutes": 240}
    assert own == {"region": {"code": OWN}, "version": 1, "firstResponseMinutes": 120}
    everyone = (await client.ask(query, "analyst"))["slaPolicies"]["nodes"]
    assert [node["region"] and node["region"]["code"] for node in everyone] == [None, FOREIGN, OWN]


async def set_policy(client: Client, caller: str, **changes: Any) -> dict[str, Any]:
    answer = await client.ask(SET, caller, input=POLICY | changes)
    payload: dict[str, Any] = answer["slaPolicySet"]
    return payload


async def test_a_district_sets_a_stricter_policy_of_its_own_once_for_a_key(writer: Client) -> None:
    begins = {"validFrom": "2026-03-02T00:00:00+07:00"}
    for _ in range(2):
        answer = await set_policy(writer, "officer", **begins)
        assert answer == {
            "slaPolicy": {
                "region": {"code": OWN},
                "version": 2,
                "validFrom": "2026-03-01T17:00:00+00:00",
                "firstResponseMinutes": 60,
                "officeOpens": "08:00:00",
                "officeCloses": "16:00:00",
                "ministryPercent": 150,
                "setBy": "officer",
            },
            "userErrors": [],
        }


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (
            {"regularDays": 15},
            "INVALID",
            "a district's own policy may be stricter than the nation's, not looser: regular_days 14",
        ),
        (
            {"firstResponseHours": "OFFICE_HOURS"},
            "INVALID",
            "a district's own policy may be stricter than the nation's, not looser: first_response_hours AROUND_THE_CLOCK",
        ),
        (
            {"ministryPercent": None},
            "INVALID",
            "a district's own policy may be stricter than the nation's, not looser: ministry_percent 150",
        ),
        ({"informationDays": 0}, "INVALID", "information_days is 0: it has to be from 1 to 366"),
        ({"officeOpens": "morning"}, "INVALID", "'morning' is no time of a day: write it as 08:00"),
        ({"officeOpens": "17:00"}, "INVALID", "an office has to open before it closes"),
        (
            {"validFrom": "2026-02-01T00:00:00+07:00"},
            "INVALID",
            "validFrom is 2026-02-01T00:00:00+07:00: a policy cannot begin in the past",
        ),
        (
            {},
            "CONFLICT",
            "version 1 begins 2026-03-01T08:00:00+00:00: the next one has to begin after it",
        ),
    ],
)
async def test_a_policy_that_cannot_be_says_why(
    client: Client, change: dict[str, Any], code: str, message: str
) -> None:
    answer = await set_policy(
        client, "officer", **({"validFrom": "2026-03-02T00:00:00+07:00"} if change else {}) | change
    )
    payload = answer
    assert payload["slaPolicy"] is None
    assert [(error["code"], error["message"]) for error in payload["userErrors"]] == [(code, message)]


@pytest.mark.parametrize("regency", [None, FOREIGN])
async def test_a_district_sets_no_policy_of_others(client: Client, regency: str | None) -> None:
    errors = await client.refused(SET, "officer", input=POLICY | {"regencyCode": regency})
    assert errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_ministry_may_let_a_district_off(writer: Client) -> None:
    answer = await set_policy(
        writer, "analyst", firstResponseHours="OFFICE_HOURS", validFrom="2026-03-02T00:00:00+07:00"
    )
    assert answer["userErrors"] == []


STATISTICS = """query ($by: StatisticsGrouping!, $region: String) { caseStatistics(groupBy: $by, regionCode: $region,
    receivedFrom: "2026-02-01T00:00:00Z", receivedBefore: "2026-03-01T00:00:00Z") {
    code received answeredInTime responseBreached medianMinutesToResponse resolvedInTime resolutionBreached open atRisk
    escalatedToRegency escalatedToProvince escalatedToMinistry } }"""


async def test_statistics_count_what_was_received_in_the_period(client: Client) -> None:
    answer = await client.ask(STATISTICS, "analyst", by="DISTRICT", region=None)
    rows = answer["caseStatistics"]
    assert [row["code"] for row in rows] == [FOREIGN, OWN]
    received = 2
    assert rows[1] == {
        "code": OWN,
        "received": received,
        "answeredInTime": 0,
        "responseBreached": received,
        "medianMinutesToResponse": None,
        "resolvedInTime": 0,
        "resolutionBreached": 0,
        "open": received,
        "atRisk": 0,
        "escalatedToRegency": received,
        "escalatedToProvince": received,
        "escalatedToMinistry": received,
    }


async def test_statistics_of_agencies_need_a_regency(client: Client) -> None:
    errors = await client.refused(STATISTICS, "analyst", by="AGENCY", region="35")
    assert errors[0]["message"] == "agencies are counted within a regency: name one as regionCode"
    answer = await client.ask(STATISTICS, "analyst", by="AGENCY", region=OWN)
    assert [(row["code"], row["received"]) for row in answer["caseStatistics"]] == [(f"{OWN}/DINAS_SOSIAL", 1)]


async def test_a_district_sees_no_statistics_of_others_and_none_of_a_few(client: Client) -> None:
    errors = await client.refused(STATISTICS, "officer", by="DISTRICT", region=FOREIGN)
    assert errors[0]["extensions"]["code"] == "FORBIDDEN"
    answer = await client.ask(STATISTICS, "officer", by="DISTRICT", region=None)
    assert answer["caseStatistics"] == []
