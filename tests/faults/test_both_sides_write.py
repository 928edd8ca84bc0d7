"""Hub and district change the same case files over a bad line, both are killed at any moment: in the end both have the same."""

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from hub.domain.ids import household_id
from hub.domain.opaque_id import Kind, opaque_id
from tests.faults.sides import ALL, PATIENCE, Modules, Sides, both_sides

WRITING = Modules("tests.faults.hub_side", "tests.faults.district_side", "CaseUpdate")


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_end_in_the_same_state_and_each_change_is_in_effect_once(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    async with both_sides(database_url, tmp_path, seed, ALL, WRITING) as sides, asyncio.timeout(PATIENCE):
        await sides.storm(6, 60)
        await sides.drain()
        assert await problems(sides) == []
        assert refused(sides) > 5, "the storm met no conflicts"
        assert min(sides.killed["hub"], sides.killed["district"]) > 0
        assert {"lost", "answer lost", "twice"} <= {fault for fault, count in sides.line.happened.items() if count}


async def test_a_district_that_forgets_keys_is_caught_by_the_same_test(database_url: str, tmp_path: Path) -> None:
    async with both_sides(database_url, tmp_path, 3, ("twice",), WRITING, "naive") as sides, asyncio.timeout(PATIENCE):
        await sides.reach(120)
        await sides.drain()
        found = await problems(sides)
    assert any(problem.endswith("changes in effect and another version") for problem in found)


def refused(sides: Sides) -> int:
    """How many changes of the hub lost against those of the district."""
    with closing(sqlite3.connect(sides.folder / "district.sqlite")) as db:
        lost = "select count(*) from record where kind = 'CaseUpdate' and json_extract(body, '$.decision') = 'REFUSED'"
        return int(db.execute(lost).fetchone()[0])


async def problems(sides: Sides) -> list[str]:
    """In what both sides differ, and what was not in effect exactly once."""
    with closing(sqlite3.connect(sides.folder / "district.sqlite")) as db:
        rows = db.execute("select kind, id, body from record where kind in ('CaseFile', 'CaseUpdate')").fetchall()
    cases = {id_: json.loads(body) for kind, id_, body in rows if kind == "CaseFile"}
    decided = {id_: json.loads(body) for kind, id_, body in rows if kind == "CaseUpdate"}
    connection = await asyncpg.connect(sides.url)
    try:
        held = {row["source_record_id"]: row for row in await connection.fetch("select * from case_file")}
        assigned = await connection.fetch("select * from case_assignment")
        lines = await connection.fetch("select case_file_id, event_key, outcome from case_event")
        messages = await connection.fetch("select key, status from outbox_message")
    finally:
        await connection.close()
    assert len(decided) > 100, "the storm was too small to tell anything"
    found = [f"{id_} is on one side only" for id_ in cases.keys() ^ held.keys()]
    for id_ in cases.keys() & held.keys():
        own = [row for row in assigned if row["case_file_id"] == held[id_]["case_file_id"]]
        found += _case_problems(id_, cases[id_], held[id_], own)
    found += _effect_problems(cases, decided)
    return found + _history_problems(held, decided, lines, messages)


def _case_problems(id_: str, there: dict[str, Any], here: Any, assigned: list[Any]) -> list[str]:
    household = there.get("householdId")
    pairs = {
        **{name: (there.get(name), here[name]) for name in ("status", "resolution", "type", "category", "summary")},
        "household": (None if household is None else household_id("35.10", household), here["household_id"]),
        "closed": (_moment(there.get("closedAt")), here["closed_at"]),
        **{
            f"{group} version": (there.get(f"{group}Version") or 1, here[f"{group}_version"])
            for group in ("description", "subject", "status")
        },
    }
    found = [f"{id_}: {name} is {a} there and {b} here" for name, (a, b) in pairs.items() if a != b]
    theirs = {
        (one["agencyCode"], _moment(one["assignedAt"])): (
            *(one["role"], one["status"], one["version"], _moment(one["acknowledgedAt"]), _moment(one["endedAt"])),
        )
        for one in there.get("assignments") or ()
    }
    ours = {
        (row["agency_code"], row["assigned_at"]): (
            *(row["role"], row["status"], row["version"], row["acknowledged_at"], row["ended_at"]),
        )
        for row in assigned
    }
    found += [
        f"{id_}: {key[0]} is {one} there and {ours.get(key)} here"
        for key, one in theirs.items()
        if ours.get(key) != one
    ]
    extra = [key[0] for key, one in ours.items() if key not in theirs and one[4] is None]
    return found + [f"{id_}: {agency} works on it here only" for agency in extra]


def _effect_problems(cases: dict[str, Any], decided: dict[str, Any]) -> list[str]:
    applied = Counter(
        (one["caseFileId"], one["fieldGroup"]) for one in decided.values() if one["decision"] == "APPLIED"
    )
    return [
        f"{id_}: {applied[id_, group]} {group} changes in effect and another version"
        for id_, case in cases.items()
        for group in ("DESCRIPTION", "SUBJECT", "STATUS")
        if (case.get(f"{group.lower()}Version") or 1) - 1 != applied[id_, group]
    ]


def _history_problems(
    held: dict[str, Any], decided: dict[str, Any], lines: list[Any], messages: list[Any]
) -> list[str]:
    wanted = set()
    for key, one in decided.items():
        number = held[one["caseFileId"]]["case_file_id"]
        own = f"{opaque_id(Kind.CASE_FILE, number)}/"
        name = key.removeprefix(own) if key.startswith(own) else f"35.10/{key}"
        wanted.add((number, name, "APPLIED"))
        if one["decision"] == "REFUSED":
            wanted.add((number, f"{name}/refused", "REFUSED"))
    there = {(row["case_file_id"], row["event_key"], row["outcome"]) for row in lines}
    found = [f"history: {line} is missing" for line in wanted - there]
    found += [f"history: {line} is too much" for line in there - wanted]
    words = {"APPLIED": "DELIVERED", "REFUSED": "REFUSED"}
    told = {row["key"]: row["status"] for row in messages}
    found += [f"{key} is {status}" for key, status in told.items() if words[decided[key]["decision"]] != status]
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
