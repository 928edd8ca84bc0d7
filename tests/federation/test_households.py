"""Households as their districts have them now: one call per district, masked as everywhere, the replica where one is silent."""

from typing import Any

import msgspec

from simulators.faults import FaultKind
from simulators.records import Household
from tests.federation.stage import HASTY, NOW, Stage

QUERY = """
query ($region: String, $ids: [ID!], $live: Boolean!, $first: Int! = 100, $after: String, $minimum: Float) {
  households(regionCode: $region, ids: $ids, live: $live, first: $first, after: $after, minimumCoverage: $minimum) {
    nodes { id address kkNumber kkStatus welfare { decile } sourceStamp { system recordId fetchedAt }
      members { id nik nikStatus name isHead sourceStamp { recordId fetchedAt } } }
    pageInfo { hasNextPage endCursor }
    completeness { asked answered inReplica missing unavailable { regencyCode reason asOf } rejects { code } }
  }
}
"""


async def ask(hub: Stage, caller: str = "analyst", **variables: Any) -> Any:
    answer = await hub.post(QUERY, caller, **({"live": True} | variables))
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["households"]


def change(stage: Stage, code: str, record_id: str, **values: Any) -> Household:
    system = stage.district(code)
    household = msgspec.structs.replace(system.households[record_id], revision=system.next_revision, **values)
    system.put(household)
    return household


async def first_of(hub: Stage, code: str) -> tuple[str, str]:
    """The opaque id and the record id of some household of a district."""
    node = (await ask(hub, region=code, live=False, first=1))["nodes"][0]
    return node["id"], node["sourceStamp"]["recordId"]


async def test_a_household_and_its_members_are_those_of_now(stage: Stage) -> None:
    async with stage.hub() as hub:
        object_id, record_id = await first_of(hub, "35.10")
        head = stage.district("35.10").households[record_id].members[0]
        moved = msgspec.structs.replace(head, name="Nama Baru", nik="3510017007900042")
        change(stage, "35.10", record_id, address="Alamat baru", decile=2, members=(moved,))

        held = await ask(hub, ids=[object_id], live=False)
        (now,) = (page := await ask(hub, ids=[object_id]))["nodes"]

        assert hub.federation.gather.counters.asked == {"householdLookup": 1}
        assert hub.asked == {"35.10"}
    assert held["completeness"] is None
    assert held["nodes"][0]["address"] != "Alamat baru"
    assert (now["id"], now["address"], now["welfare"]) == (object_id, "Alamat baru", {"decile": 2})
    assert now["sourceStamp"]["fetchedAt"] == NOW.isoformat()
    (member,) = now["members"]
    assert (member["name"], member["nik"], member["nikStatus"]) == ("Nama Baru", "3510017007900042", "VALID")
    assert member["sourceStamp"] == {"recordId": head.id, "fetchedAt": NOW.isoformat()}
    assert page["completeness"] == {
        "asked": 1, "answered": 1, "inReplica": 0, "missing": 0, "unavailable": [], "rejects": [],
    }  # fmt: skip


async def test_a_page_costs_one_call_per_district_and_equals_what_is_held_while_nothing_changes(stage: Stage) -> None:
    async with stage.hub() as hub:
        held = await ask(hub, live=False, region="35")
        live = await ask(hub, region="35")
        assert hub.federation.gather.counters.asked == {"householdLookup": len(_systems(live))}
    assert len(live["nodes"]) == 100
    assert live["pageInfo"] == held["pageInfo"]
    assert [_without_stamps(node) for node in live["nodes"]] == [_without_stamps(node) for node in held["nodes"]]


def _systems(page: Any) -> set[str]:
    return {node["sourceStamp"]["system"] for node in page["nodes"]}


def _without_stamps(node: Any) -> Any:
    members = [{key: value for key, value in member.items() if key != "sourceStamp"} for member in node["members"]]
    return {key: value for key, value in node.items() if key != "sourceStamp"} | {"members": members}


async def test_numbers_are_masked_live_as_everywhere(stage: Stage) -> None:
    async with stage.hub() as hub:
        whole = (await ask(hub, region="35.10", first=20))["nodes"]
        masked = (await ask(hub, "masked-officer", region="35.10", first=20))["nodes"]
        stage.switch_on("35.10", FaultKind.SERVER_ERROR)
        silent = (await ask(hub, "masked-officer", region="35.10", first=20))["nodes"]
    numbers = [member["nik"] for node in whole for member in node["members"] if member["nik"]]
    numbers += [node["kkNumber"] for node in whole if node["kkNumber"]]
    assert len(numbers) > 20
    assert all(number.isdigit() for number in numbers)
    for page in (masked, silent):
        text = str(page)
        assert [number for number in numbers if number in text] == []
        assert numbers[0][:4] + "**********" in text


async def test_a_silent_district_is_shown_as_it_was_and_the_others_as_they_are(stage: Stage) -> None:
    async with stage.hub(HASTY) as hub:
        gone_silent, silent_record = await first_of(hub, "35.09")
        awake, awake_record = await first_of(hub, "35.10")
        for code, record_id in (("35.09", silent_record), ("35.10", awake_record)):
            change(stage, code, record_id, address="Alamat baru")
        stage.switch_on("35.09", FaultKind.TIMEOUT)
        page = await ask(hub, ids=[gone_silent, awake])
    addresses = {node["id"]: node["address"] == "Alamat baru" for node in page["nodes"]}
    assert addresses == {gone_silent: False, awake: True}
    assert page["completeness"]["unavailable"] == [
        {"regencyCode": "35.09", "reason": "DEADLINE", "asOf": "2026-07-01T08:00:00+00:00"}
    ]
    assert (page["completeness"]["answered"], page["completeness"]["inReplica"]) == (1, 1)


async def test_a_household_that_is_gone_in_its_district_is_not_shown(stage: Stage) -> None:
    async with stage.hub() as hub:
        object_id, record_id = await first_of(hub, "35.10")
        before = await ask(hub, region="35.10", first=10)
        stage.district("35.10").remove(record_id)
        after = await ask(hub, region="35.10", first=10)
        assert (await ask(hub, ids=[object_id]))["nodes"] == []
    assert [node["id"] for node in after["nodes"]] == [n["id"] for n in before["nodes"] if n["id"] != object_id]
    assert after["pageInfo"] == before["pageInfo"] | {"endCursor": after["pageInfo"]["endCursor"]}
    assert after["pageInfo"]["hasNextPage"]


async def test_a_household_of_another_region_is_named_and_not_believed(stage: Stage) -> None:
    async with stage.hub() as hub:
        object_id, record_id = await first_of(hub, "35.10")
        change(stage, "35.10", record_id, region_code="35.09.01.2001")
        page = await ask(hub, ids=[object_id])
    assert page["nodes"] == []
    assert page["completeness"]["rejects"] == [{"code": "REGION_FOREIGN"}]


async def test_an_officer_reaches_no_household_of_another_regency(stage: Stage) -> None:
    async with stage.hub() as hub:
        foreign, _ = await first_of(hub, "35.09")
        page = await ask(hub, "officer", ids=[foreign])
        assert (page["nodes"], page["completeness"]["asked"]) == ([], 0)
        assert hub.federation.gather.counters.asked == {}


async def test_ids_stand_alone_and_are_not_too_many(stage: Stage) -> None:
    async with stage.hub() as hub:
        object_id, _ = await first_of(hub, "35.10")
        for variables, text in (
            ({"ids": [object_id], "region": "35.10"}, "leave regionCode, programmeCode, verdict and after out"),
            ({"ids": [object_id] * 101}, "ask for at most 100 at a time"),
            ({"ids": [object_id], "minimum": 0.5, "live": False}, "add live: true"),
        ):
            answer = await hub.post(QUERY, **({"live": True} | variables))
            assert text in answer["errors"][0]["message"]


async def test_the_counts_of_calls_stand_in_the_metrics(stage: Stage) -> None:
    stage.switch_on("35.09", FaultKind.HTML)
    async with stage.hub() as hub:
        await hub.list(region="35")
        lines = (await hub.http.get("/metrics")).text.splitlines()
    assert 'slrt_hub_live_asked_total{question="caseFileSearch"} 2.0' in lines
    assert 'slrt_hub_live_failed_total{reason="HTML"} 1.0' in lines
    assert 'slrt_hub_live_calls_total{kind="retried"} 2.0' in lines
