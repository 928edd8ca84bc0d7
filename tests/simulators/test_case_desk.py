"""A simulated district decides on changes of case files, its people's and the hub's, and remembers it over a restart."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from simulators.case_desk import Asked
from simulators.journal import Journal
from simulators.world import World

Ask = Callable[..., Awaitable[dict[str, Any]]]

DELIVER = """
mutation Deliver($updates: [CaseUpdateInput!]!) {
  caseUpdatesDeliver(updates: $updates) { key isAccepted refusal version caseFileId }
}
"""
REPORT = "mutation ($update: CaseUpdateInput!) { caseUpdateReport(update: $update) { key version decision } }"
CHANGES = """
query ($after: String!) {
  changes(after: $after) {
    nodes { entity {
      ... on CaseUpdate { key decision refusal }
      ... on CaseFile { id status statusVersion hubReference assignments { agencyCode status version } }
    } }
  }
}
"""
OPENING = {
    "number": "HUB-1",
    "type": "NEED",
    "category": "HEALTH",
    "channel": "HUB",
    "regionCode": "35.10.01.2001",
    "receivedAt": "2026-07-01T00:00:00Z",
}


def update(key: str, group: str, item: str = "", **values: Any) -> dict[str, Any]:
    known = {"key": key, "hubReference": "ref", "fieldGroup": group, "item": item, "values": values}
    return known | {"actor": "analyst", "actorRole": "MINISTRY_ANALYST", "happenedAt": "2026-07-01T08:00:00Z"}


UPDATES = [
    update("1", "OPENING", **OPENING),
    update("2", "STATUS", status="TRIAGED"),
    update("3", "STATUS", status="CLOSED"),
    update(
        "4",
        "ASSIGNMENT",
        "35.10/DINAS_SOSIAL",
        assignmentRole="LEAD",
        assignmentStatus="ASSIGNED",
        assignedAt="2026-07-01T08:00:00Z",
    ),
]


async def test_changes_are_decided_on_once_and_told_in_the_feed_with_the_case_file_after_them(
    ask: Ask, world: World
) -> None:
    feed = world.districts["35.10"].feed
    start = feed.cursor(feed.position)
    first = (await ask(DELIVER, updates=UPDATES))["data"]["caseUpdatesDeliver"]
    assert [(one["isAccepted"], one["refusal"], one["version"]) for one in first] == [
        (True, None, None),
        (True, None, 2),
        (False, "MOVE_NOT_ALLOWED", None),
        (True, None, 1),
    ]
    assert (await ask(DELIVER, updates=UPDATES))["data"]["caseUpdatesDeliver"] == first
    nodes = [node["entity"] for node in (await ask(CHANGES, after=start))["data"]["changes"]["nodes"]]
    assert [(one["key"], one["decision"]) for one in nodes[:-1]] == [
        ("1", "APPLIED"),
        ("2", "APPLIED"),
        ("3", "REFUSED"),
        ("4", "APPLIED"),
    ]
    assert nodes[-1] == {
        "id": "H000001",
        "status": "TRIAGED",
        "statusVersion": 2,
        "hubReference": "ref",
        "assignments": [{"agencyCode": "35.10/DINAS_SOSIAL", "status": "ASSIGNED", "version": 1}],
    }


async def test_an_officer_changes_a_case_file_or_hears_why_not(ask: Ask) -> None:
    await ask(DELIVER, updates=UPDATES[:1])
    own = update("own", "STATUS", status="TRIAGED") | {"caseFileId": "H000001"}
    changed = (await ask(REPORT, update=own))["data"]["caseUpdateReport"]
    assert changed == {"key": "own", "version": 2, "decision": "APPLIED"}
    assert (await ask(REPORT, update=own))["data"]["caseUpdateReport"] == changed
    refused = await ask(REPORT, update=own | {"key": "again"})
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_decisions_outlive_the_process(ask: Ask, make_world: Callable[..., World], tmp_path: Path) -> None:
    world = make_world()
    with Journal(tmp_path / "journal", world.settings) as journal:
        journal.resume(world)
        desk = world.districts["35.10"].case_desk
        answers = desk.deliver([asked(one) for one in UPDATES])
        desk.change(asked(UPDATES[1] | {"key": "own", "caseFileId": "H000001", "values": {"status": "ASSIGNED"}}))
    again = make_world()
    with Journal(tmp_path / "journal", again.settings) as journal:
        journal.resume(again)
        district = again.districts["35.10"]
        assert district.case_files == world.districts["35.10"].case_files
        assert district.feed.position == world.districts["35.10"].feed.position
        assert district.case_desk.deliver([asked(one) for one in UPDATES]) == answers


def asked(given: dict[str, Any]) -> Any:
    names = {"hubReference": "hub_reference", "fieldGroup": "field_group", "actorRole": "actor_role"}
    names |= {"happenedAt": "happened_at", "caseFileId": "case_file_id"}
    values = {_snake(name): value for name, value in given["values"].items()}
    return msgspec.convert({names.get(k, k): v for k, v in given.items()} | {"values": values}, Asked)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
