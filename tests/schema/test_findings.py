"""Findings over GraphQL: read with their evidence, counted, and decided by a person."""

from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, OWN

DECIDE = """mutation ($input: FindingDecideInput!) { %s(input: $input) {
    finding { status decidedBy reasonCode } userErrors { code message } } }"""


async def test_a_finding_shows_what_speaks_for_it(client: Client) -> None:
    data = await client.ask(
        """{ findings(kind: HOLDER_DUPLICATE, status: OPEN, programmeCode: "KIS_PBI") { nodes { kind status value
        programme { code } region { code } household { region { code } } person { name }
        evidence { system record fact value } } } findingCounts { region { code } kind open confirmed value } }"""
    )
    [found] = data["findings"]["nodes"]
    assert found == {
        "kind": "HOLDER_DUPLICATE",
        "status": "OPEN",
        "value": None,
        "programme": {"code": "KIS_PBI"},
        "region": {"code": OWN},
        "household": {"region": {"code": f"{OWN}.01.2001"}},
        "person": {"name": "Slamet 5"},
        "evidence": [
            {"system": "KIS", "record": f"kis-{OWN}-twice", "fact": "ROSTER_STATUS", "value": "ACTIVE"},
            {"system": "KIS", "record": f"kis-{OWN}-5", "fact": "OTHER_ACTIVE_LINE", "value": "ACTIVE"},
        ],
    }
    counted = {"region": {"code": OWN}, "kind": "HOLDER_DUPLICATE", "open": 1, "confirmed": 0, "value": 0}
    assert data["findingCounts"] == [counted]


async def test_the_ministry_counts_by_regency(client: Client) -> None:
    data = await client.ask('{ findingCounts(regionCode: "35") { region { code } open } }', "analyst")
    assert data["findingCounts"] == [{"region": {"code": code}, "open": 1} for code in sorted((OWN, FOREIGN))]


async def test_an_officer_confirms_and_takes_it_back_and_the_same_word_twice_changes_nothing(writer: Client) -> None:
    [node] = (await writer.ask("{ findings { nodes { id } } }"))["findings"]["nodes"]
    given = node | {"reasonCode": "CARD_SEEN"}
    confirmed = (await writer.ask(DECIDE % "findingConfirm", input=given))["findingConfirm"]
    assert confirmed == {
        "finding": {"status": "CONFIRMED", "decidedBy": "officer", "reasonCode": "CARD_SEEN"},
        "userErrors": [],
    }
    again = (await writer.ask(DECIDE % "findingConfirm", "analyst", input=node))["findingConfirm"]
    assert again == confirmed
    dismissed = (await writer.ask(DECIDE % "findingDismiss", "analyst", input=node))["findingDismiss"]
    assert dismissed["finding"] == {"status": "DISMISSED", "decidedBy": "analyst", "reasonCode": None}


async def test_a_system_does_not_decide(writer: Client) -> None:
    [node] = (await writer.ask("{ findings { nodes { id } } }"))["findings"]["nodes"]
    [error] = await writer.refused(DECIDE % "findingConfirm", "system", input=node)
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "decided by a person" in error["message"]


async def test_a_region_below_a_regency_or_unknown_is_named(client: Client) -> None:
    for region, words in ((f"{OWN}.01", "lies below a regency"), ("35.99", "there is no region")):
        [error] = await client.refused(f'{{ findingCounts(regionCode: "{region}") {{ open }} }}', "analyst")
        assert words in error["message"]


async def test_a_run_tells_its_policy_fairness_and_shares(client: Client) -> None:
    query = """{ allocationRuns(programmeCode: "PKH") { nodes { policy onePerUnit ruleVersions programmes { code }
        fairness { state isChosen served servedAlone minimumCoverage minimumRegion { code } gini }
        shares { region { code } held candidates byPriority byFloors coverageBefore coverageByPriority coverageByFloors }
        movedCandidates { nodes { rank } } candidates(first: 1) { nodes { waitingSince byPriority byFloors } } } } }"""
    [run] = (await client.ask(query, "analyst"))["allocationRuns"]["nodes"]
    assert (run["policy"], run["onePerUnit"], run["ruleVersions"]) == ("STRICT_PRIORITY", False, [1])
    assert [row["state"] for row in run["fairness"]] == ["BEFORE", "STRICT_PRIORITY", "REGIONAL_FLOORS"]
    assert [row["served"] for row in run["fairness"]] == [0, 22, 22]
    assert {share["region"]["code"]: share["byPriority"] for share in run["shares"]} == {OWN: 20, FOREIGN: 2}
    assert run["movedCandidates"]["nodes"] == []
    assert run["candidates"]["nodes"] == [{"waitingSince": None, "byPriority": True, "byFloors": True}]
