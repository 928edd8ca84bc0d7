"""Referrals go to a district and come back over a bad line, both sides are killed at any moment: both end with the same."""

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from hub.domain.referrals import OPEN
from tests.faults.sides import ALL, PATIENCE, Modules, Sides, both_sides

REFERRING = Modules("tests.faults.referring_hub_side", "tests.faults.referring_district_side", "ReferralUpdate")


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_end_in_the_same_state_and_each_step_is_in_effect_once(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    async with both_sides(database_url, tmp_path, seed, ALL, REFERRING) as sides, asyncio.timeout(PATIENCE):
        await sides.storm(5, 12)
        await _all_happened(sides)
        await sides.drain()
        world = await read_world(sides)
        assert problems(world) == []
        assert len(world.updates) > 50, "the storm was too small to tell anything"
        assert min(sides.killed["hub"], sides.killed["district"]) > 0
        assert {"lost", "answer lost", "twice"} <= {fault for fault, count in sides.line.happened.items() if count}


async def test_a_district_that_forgets_versions_is_caught_by_the_same_test(database_url: str, tmp_path: Path) -> None:
    faults = ("twice", "old again")
    async with both_sides(database_url, tmp_path, 3, faults, REFERRING, "naive") as sides, asyncio.timeout(PATIENCE):
        await sides.reach(60)
        await sides.drain()
        found = problems(await read_world(sides))
    assert any(" here and " in problem for problem in found)


async def _all_happened(sides: Sides) -> None:
    """The storm goes on until referrals ended in each way, and a district's officer moved what the hub's had ended meanwhile."""
    ways = "select array_agg(distinct to_status) @> array['CLOSED', 'REDIRECTED', 'COMPLETED'] from referral_event"
    late = "select exists (select from case_event where outcome = 'REFUSED')"
    connection = await asyncpg.connect(sides.url)
    try:
        while not (await connection.fetchval(late) and await connection.fetchval(ways)):
            await asyncio.sleep(0.2)
    finally:
        await connection.close()


class World:
    """What both sides hold in the end."""

    def __init__(self, there: dict[str, tuple[int, str]], updates: dict[str, dict[str, Any]]) -> None:
        self.there = there
        self.updates = updates
        self.referrals: list[Any] = []
        self.events: list[Any] = []
        self.lines: list[Any] = []
        self.cases: list[Any] = []
        self.keys: list[Any] = []
        self.messages: list[Any] = []


async def read_world(sides: Sides) -> World:
    with closing(sqlite3.connect(sides.folder / "district.sqlite")) as db:
        there = {
            reference: (version, standing) for reference, version, standing in db.execute("select * from referral")
        }
        rows = db.execute("select id, body from record where kind = 'ReferralUpdate'").fetchall()
    world = World(there, {id_: json.loads(body) for id_, body in rows})
    connection = await asyncpg.connect(sides.url)
    try:
        world.referrals = await connection.fetch("select * from referral order by referral_id")
        world.events = await connection.fetch("select * from referral_event order by referral_id, version")
        world.lines = await connection.fetch("select * from case_event order by case_file_id, event_no")
        world.cases = await connection.fetch("select * from case_file")
        world.keys = await connection.fetch("select operation, key from idempotency_key where client_id = 'sender'")
        world.messages = await connection.fetch("select key, status from outbox_message")
    finally:
        await connection.close()
    return world


def problems(world: World) -> list[str]:
    """In what both sides differ, and what was not in effect exactly once."""
    found = [f"{row['key']} is {row['status']}" for row in world.messages if row["status"] != "DELIVERED"]
    found += _state_problems(world) + _history_problems(world)
    return found + _update_problems(world) + _case_problems(world) + _key_problems(world)


def _state_problems(world: World) -> list[str]:
    """The district knows all that was sent to it, each as the hub has it."""
    here = {
        row["reference"]: row["status"] if row["status"] != "DELIVERED" else ""
        for row in world.referrals
        if row["to_party"] == "35.10" and row["sent_at"] is not None
    }
    found = [f"{reference} is on one side only" for reference in here.keys() ^ world.there.keys()]
    return found + [
        f"{reference} is {here[reference]!r} here and {world.there[reference][1]!r} there"
        for reference in here.keys() & world.there.keys()
        if here[reference] != world.there[reference][1]
    ]


def _history_problems(world: World) -> list[str]:
    """Each referral came step by step to where it stands, and its history is that of its versions."""
    found = []
    for row in world.referrals:
        own = [event for event in world.events if event["referral_id"] == row["referral_id"]]
        steps = [(event["version"], event["from_status"]) for event in own]
        wanted = [(number + 1, own[number - 1]["to_status"] if number else None) for number in range(row["version"])]
        if steps != wanted or own[-1]["to_status"] != row["status"]:
            found.append(f"{row['reference']}: history {steps} is not that of version {row['version']}")
    return found


def _update_problems(world: World) -> list[str]:
    """Each move of the district's officers was made once, or refused once in the history of the case file."""
    references = {row["referral_id"]: row["reference"] for row in world.referrals}
    made = Counter((references[event["referral_id"]], event["key"], event["to_status"]) for event in world.events)
    refused = Counter((line["item"], line["event_key"]) for line in world.lines if line["outcome"] == "REFUSED")
    found = []
    for id_, update in world.updates.items():
        reference, key = update["reference"], f"district:35.10:{id_}"
        times = made[reference, key, update["move"]] + refused[reference, f"referral:{reference}:{key}"]
        if times != 1:
            found.append(f"{reference}: {update['move']} of the district is in effect {times} times")
    told = sum(count for (_, key, _), count in made.items() if key.startswith("district:"))
    if told + sum(refused.values()) != len(world.updates):
        found.append(f"{told} moves and {sum(refused.values())} refusals of {len(world.updates)} updates")
    return found


def _case_problems(world: World) -> list[str]:
    """A case file is REFERRED while something of it is open, and its history tells of each change of that once."""
    found = []
    for case in world.cases:
        number = case["case_file_id"]
        own = [row for row in world.referrals if row["case_file_id"] == number]
        wanted = "REFERRED" if any(row["status"] in OPEN for row in own) else "IN_PROGRESS"
        moves = [
            (line["from_value"], line["to_value"])
            for line in world.lines
            if line["case_file_id"] == number and line["field_group"] == "STATUS"
        ]
        way = [("IN_PROGRESS", "REFERRED"), ("REFERRED", "IN_PROGRESS")]
        if case["status"] != wanted or moves != [way[at % 2] for at in range(len(moves))]:
            found.append(f"{case['number']} is {case['status']} and not {wanted}, by {moves}")
        if case["status_version"] != len(moves) + 1:
            found.append(f"{case['number']}: {len(moves)} moves and version {case['status_version']}")
    return found


def _key_problems(world: World) -> list[str]:
    """What an officer of the hub asked for under a key was done once."""
    done = Counter(event["key"] for event in world.events if event["key"].startswith("sender:"))
    asked = {f"sender:{row['operation']}:{row['key']}" for row in world.keys}
    return [f"{key} is done {done[key]} times" for key in asked | done.keys() if done[key] != 1 or key not in asked]
