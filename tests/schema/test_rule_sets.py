"""Rules over GraphQL: from a draft to its publication, what it would change, and what an evaluation changed."""

from typing import Any

import msgspec
import pytest

from tests.schema.happenings import with_deciles
from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, HOUSEHOLDS, OWN

FIELDS = "code status revision effectiveFrom draftedBy approvedBy simulation { status regenciesDone units inputDigest }"


def _mutation(name: str, type_: str) -> str:
    chosen = "ruleSimulation { id status units inputDigest }" if name == "ruleSimulate" else f"ruleSet {{ {FIELDS} }}"
    return f"mutation ($input: {type_}!) {{ {name}(input: $input) {{ {chosen} userErrors {{ code message path }} }} }}"


async def _do(client: Client, name: str, caller: str = "analyst", type_: str = "RuleSetInput", **more: Any) -> Any:
    given = {"idempotencyKey": name, "programmeCode": "KIS_PBI", "version": 2, "reason": "a test"} | more
    return (await client.ask(_mutation(name, type_), caller, input=given))[name]


def _document(deciles: list[int]) -> str:
    return msgspec.json.encode({"rule": with_deciles("KIS_PBI", deciles)}).decode()


async def test_a_rule_goes_from_draft_to_publication(writer: Client) -> None:
    drafted = await _do(writer, "ruleDraft", type_="RuleDraftInput", version=None, document=_document([1, 3]))
    assert drafted["ruleSet"] == {
        "code": "KIS_PBI/2",
        "status": "DRAFT",
        "revision": 1,
        "effectiveFrom": None,
        "draftedBy": "analyst",
        "approvedBy": None,
        "simulation": None,
    }
    assert (await _do(writer, "ruleValidate"))["ruleSet"]["status"] == "VALIDATED"
    simulated = (await _do(writer, "ruleSimulate"))["ruleSimulation"]
    assert (simulated["status"], simulated["units"]) == ("DONE", 2 * (HOUSEHOLDS + 6))
    errors = await writer.refused(
        _mutation("ruleApprove", "RuleSetInput"),
        "analyst",
        input={"idempotencyKey": "own", "programmeCode": "KIS_PBI", "version": 2, "reason": "mine"},
    )
    assert errors[0]["extensions"]["code"] == "FORBIDDEN"
    assert (await _do(writer, "ruleApprove", "approver"))["ruleSet"]["approvedBy"] == "approver"
    late = await _do(writer, "rulePublish", type_="RulePublishInput", effectiveFrom="2026-02-28")
    assert late["ruleSet"] is None
    assert [(error["code"], error["path"]) for error in late["userErrors"]] == [("INVALID", ["input", "effectiveFrom"])]
    published = await _do(
        writer, "rulePublish", type_="RulePublishInput", effectiveFrom="2026-03-01", idempotencyKey="p"
    )
    assert published["ruleSet"]["status"] == "PUBLISHED"
    assert published["ruleSet"]["simulation"] == {
        "status": "DONE",
        "regenciesDone": 2,
        "units": 2 * (HOUSEHOLDS + 6),
        "inputDigest": simulated["inputDigest"],
    }
    rule = (await writer.ask('{ programme(code: "KIS_PBI") { rule { version effectiveFrom } } }'))["programme"]["rule"]
    assert rule == {"version": 2, "effectiveFrom": "2026-03-01"}
    query = """{ ruleSet(programmeCode: "KIS_PBI", version: 2) { id document simulations { status }
      history { fromStatus toStatus actor reason isWritten } } }"""
    found = (await writer.ask(query, "analyst"))["ruleSet"]
    assert msgspec.json.decode(found["document"])["rule"]["requirements"][0]["expression"]["value"] == [1, 3]
    assert [(move["toStatus"], move["actor"], move["isWritten"]) for move in found["history"]] == [
        ("DRAFT", "analyst", True),
        ("VALIDATED", "analyst", False),
        ("SIMULATED", "analyst", False),
        ("APPROVED", "approver", False),
        ("PUBLISHED", "analyst", False),
    ]
    node = await writer.ask("query ($id: ID!) { node(id: $id) { ... on RuleSet { code } } }", "analyst", id=found["id"])
    assert node == {"node": {"code": "KIS_PBI/2"}}
    ended = await _do(writer, "ruleRetire", type_="RuleRetireInput", effectiveTo="2026-04-01")
    assert ended["ruleSet"]["status"] == "PUBLISHED"


@pytest.mark.parametrize(
    ("name", "type_", "more", "code"),
    [
        ("ruleDraft", "RuleDraftInput", {"document": "{", "version": None}, "INVALID"),
        (
            "ruleDraft",
            "RuleDraftInput",
            {"document": '{"rule": {}}', "programmeCode": "BLT", "version": None},
            "NOT_FOUND",
        ),
        ("ruleValidate", "RuleSetInput", {"version": 9}, "NOT_FOUND"),
        ("ruleApprove", "RuleSetInput", {"version": 1}, "CONFLICT"),
        ("ruleSimulate", "RuleSetInput", {"version": 1}, "CONFLICT"),
        ("ruleValidate", "RuleSetInput", {"programmeCode": "PKH", "reason": ""}, "INVALID"),
        ("ruleValidate", "RuleSetInput", {"programmeCode": "PKH", "idempotencyKey": ""}, "INVALID"),
    ],
)
async def test_what_cannot_be_done_is_told_as_a_user_error(
    client: Client, name: str, type_: str, more: dict[str, Any], code: str
) -> None:
    payload = await _do(client, name, type_=type_, **more)
    assert [error["code"] for error in payload["userErrors"]] == [code]


async def test_the_ministry_reads_what_a_rule_would_change_down_to_the_regency(client: Client) -> None:
    query = """query ($in: String) { ruleImpact(programmeCode: "PKH", version: 2, regionCode: $in) {
      version baselineVersion asOf region { code } effects { dimension value units losers costBefore costAfter }
      below { region { code } units losers } overlaps { programme { code } enrolledBefore }
      slots { region { code } available wantedAfter } } }"""
    nation = (await client.ask(query, "analyst"))["ruleImpact"]
    assert (nation["version"], nation["baselineVersion"], nation["asOf"], nation["region"]) == (
        2,
        1,
        "2026-03-01",
        None,
    )
    poor = sum(number % 3 != 0 and number % 4 == 3 for count in (HOUSEHOLDS, 6) for number in range(1, count + 1))
    total = nation["effects"][0]
    assert (total["dimension"], total["units"], total["losers"]) == ("ALL", HOUSEHOLDS + 6, poor)
    assert total["costBefore"] - total["costAfter"] == poor * 3_000_000
    assert [(row["region"]["code"], row["losers"]) for row in nation["below"]] == [("35", poor)]
    assert nation["slots"][0] == {"region": None, "available": 0, "wantedAfter": nation["slots"][0]["wantedAfter"]}
    java = (await client.ask(query, "analyst", **{"in": "35"}))["ruleImpact"]
    assert [(row["region"]["code"], row["units"]) for row in java["below"]] == [(FOREIGN, 6), (OWN, HOUSEHOLDS)]
    by_decile = {row["value"]: row["losers"] for row in java["effects"] if row["dimension"] == "DECILE"}
    assert by_decile == {"1": 0, "2": 0, "3": 0, "4": poor, "UNKNOWN": 0}
    foreign = (await client.ask(query, "analyst", **{"in": FOREIGN}))["ruleImpact"]
    assert (foreign["effects"][0]["units"], foreign["below"]) == (6, [])


async def test_a_region_of_no_report_is_named(client: Client) -> None:
    query = 'query ($in: String) { ruleImpact(programmeCode: "PKH", regionCode: $in) { version } }'
    for region, code in (("35.10.01", "CONFLICT"), ("99", "INVALID")):
        errors = await client.refused(query, "analyst", **{"in": region})
        assert [error["extensions"]["code"] for error in errors] == [code]


async def test_lists_of_rules_and_evaluations_go_by_pages(client: Client) -> None:
    rules = "query ($after: String) { ruleSets(first: 4, after: $after) { nodes { code } pageInfo { endCursor hasNextPage } } }"
    first = (await client.ask(rules, "analyst"))["ruleSets"]
    rest = (await client.ask(rules, "analyst", after=first["pageInfo"]["endCursor"]))["ruleSets"]
    assert [node["code"] for node in first["nodes"] + rest["nodes"]] == [
        "KIS_PBI/1",
        "PIP/1",
        "PKH/2",
        "PKH/1",
        "SEMBAKO/2",
        "SEMBAKO/1",
    ]
    query = (
        "{ evaluations { nodes { startedBy finishedAt welfarePeriods programmes { programme { code } changed } } } }"
    )
    nodes = (await client.ask(query, "analyst"))["evaluations"]["nodes"]
    assert [[row["changed"] for row in node["programmes"]] for node in nodes][1] == [232, 232, 116, 116]
    assert nodes[0]["welfarePeriods"] == ["2026-1"]
