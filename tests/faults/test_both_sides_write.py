"""Hub and district change the same case files over a bad line, both are killed at any moment: in the end both have the same.

Real processes, a real PostgreSQL on one side and a file of SQLite on the other, sockets between them; kill is SIGKILL.
"""

import asyncio
import json
import random
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from hub.domain.ids import household_id
from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import open_database
from simulators.serving import served
from tests.districts import join_districts
from tests.faults.proxy import Line, open_line

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALL = ("lost", "answer lost", "late", "twice", "old again")
PATIENCE = 240.0


@dataclass
class Sides:
    """Both processes, the line between them, and what they write to."""

    url: str
    folder: Path
    line: Line
    district_port: int
    rng: random.Random
    naive: tuple[str, ...] = ()
    hub: asyncio.subprocess.Process | None = None
    district: asyncio.subprocess.Process | None = None
    killed: Counter[str] = field(default_factory=Counter)

    @property
    def phase(self) -> Path:
        return self.folder / "phase"

    async def start_hub(self) -> None:
        at = f"http://127.0.0.1:{self.line.port}/graphql"
        self.hub = await _module("tests.faults.hub_side", self.url, at, self.phase, self.rng.randrange(10**6))

    async def start_district(self) -> None:
        arguments = (self.district_port, self.folder / "district.sqlite", self.phase, self.rng.randrange(10**6))
        self.district = await _module("tests.faults.district_side", *arguments, *self.naive)

    async def kill(self, name: str) -> None:
        process = getattr(self, name)
        assert process.returncode is None, f"{name} ended by itself"
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.killed[name] += 1
        await getattr(self, f"start_{name}")()

    async def decisions(self) -> int:
        """How many changes the district decided on so far."""
        path = self.folder / "district.sqlite"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(path, timeout=10)) as db:
            try:
                return int(db.execute("select count(*) from record where kind = 'CaseUpdate'").fetchone()[0])
            except sqlite3.OperationalError:
                return 0

    async def reach(self, decisions: int) -> None:
        """Wait until the district has decided on so many changes."""
        while await self.decisions() < decisions:
            await asyncio.sleep(0.1)

    async def drain(self) -> None:
        """No more changes, a good line: the hub ends by itself when all is told and read."""
        self.phase.write_text("drain")
        await self.line.settle()
        assert self.hub is not None
        await asyncio.wait_for(self.hub.wait(), PATIENCE)
        assert self.hub.returncode == 0


async def _module(name: str, *arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", name, *map(str, arguments))


@asynccontextmanager
async def both_sides(url: str, folder: Path, seed: int, faults: tuple[str, ...], *naive: str) -> AsyncIterator[Sides]:
    async with served(_nobody) as port:
        pass  # a port that was free a moment ago
    async with open_database(url, connections=1) as database:
        await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    async with open_line(port, seed, 0.4, faults) as line:
        sides = Sides(url, folder, line, port, random.Random(seed), naive)
        sides.phase.write_text("storm")
        await sides.start_district()
        await sides.start_hub()
        try:
            yield sides
        finally:
            for process in (sides.hub, sides.district):
                if process is not None and process.returncode is None:
                    process.kill()
                    await process.wait()


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    return


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_end_in_the_same_state_and_each_change_is_in_effect_once(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    async with both_sides(database_url, tmp_path, seed, ALL) as sides, asyncio.timeout(PATIENCE):
        for step in range(1, 7):
            await sides.reach(step * 60)
            await sides.kill(sides.rng.choice(("hub", "district")) if step > 2 else ("hub", "district")[step - 1])
            if step == 4:
                sides.line.is_cut = True
                await asyncio.sleep(2)
                sides.line.is_cut = False
        await sides.drain()
        assert await problems(sides) == []
        assert min(sides.killed["hub"], sides.killed["district"]) > 0
        assert {"lost", "answer lost", "twice"} <= {fault for fault, count in sides.line.happened.items() if count}


async def test_a_district_that_forgets_keys_is_caught_by_the_same_test(database_url: str, tmp_path: Path) -> None:
    async with both_sides(database_url, tmp_path, 3, ("twice",), "naive") as sides, asyncio.timeout(PATIENCE):
        await sides.reach(120)
        await sides.drain()
        found = await problems(sides)
    assert any(problem.endswith("changes in effect and another version") for problem in found)


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
    refusals = {one["refusal"] for one in decided.values()}
    assert {None, "STALE_BASE", "MOVE_NOT_ALLOWED"} <= refusals, "the storm met no conflicts"
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
