"""The process of a district whose people change case files while it serves the contract: the example, on a file.

    python -m tests.faults.district_side PORT DATABASE PHASE_FILE SEED [naive]

With `naive` it decides on a change each time that it comes, and the fault test has to notice.
"""

import asyncio
import json
import random
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from connectors.district.client import load_contract
from tests.conformance_district.example import FOLDER, TOKEN, load_example

AGENCIES = ("35.10/DINAS_SOSIAL", "35.10/DINAS_KESEHATAN", "35.10.01/UPT")
PAUSE = 0.05


def open_records(path: str) -> Any:
    """The records of the example in a file: filled once."""
    records = load_example().Records("35.10", "Banyuwangi", path)
    if records.one("CaseFile", "c001") is None:
        for kind, id_, fields in json.loads((FOLDER / "records.json").read_text(encoding="utf-8")):
            if kind == "Household" or (kind == "CaseFile" and id_ <= "c006"):
                records.put(kind, id_, fields)
    return records


class People:
    """Officers who change what they meet."""

    def __init__(self, records: Any, seed: int) -> None:
        self._records = records
        self._casework = sys.modules["casework"]
        self._rng = random.Random(seed)

    def change_something(self) -> None:
        cases = self._records.rows("kind = 'CaseFile'", (), "order by id")
        case = self._casework.NEW | self._rng.choice(cases)
        group = self._rng.choice(("DESCRIPTION", "SUBJECT", "STATUS", "STATUS", "ASSIGNMENT", "ASSIGNMENT", "NOTE"))
        values, item = getattr(self, f"_{group.lower()}")(case)
        update = {
            "key": f"35.10-{secrets.token_hex(12)}",
            "caseFileId": case["id"],
            "fieldGroup": group,
            "item": item,
            "values": values,
            "actor": "officer",
            "actorRole": "DISTRICT_OFFICER",
            "happenedAt": datetime.now(UTC).isoformat(),  # noqa: TID251 -- a district has its own clock
        }
        try:
            self._casework.change(self._records, update)
        except self._casework.Refused:
            return

    def _description(self, case: Any) -> tuple[Any, str]:
        names = ("type", "category", "resolutionClass", "isSensitive")
        return {name: case.get(name) for name in names} | {"summary": f"district {self._rng.random()}"}, ""

    def _subject(self, _case: Any) -> tuple[Any, str]:
        return {"householdId": self._rng.choice((None, "h001", "h002", "h003"))}, ""

    def _status(self, case: Any) -> tuple[Any, str]:
        return {"status": self._rng.choice(sorted(self._casework.MOVES.get(case["status"], {"CLOSED"})))}, ""

    def _note(self, _case: Any) -> tuple[Any, str]:
        return {"note": "visited"}, ""

    def _assignment(self, case: Any) -> tuple[Any, str]:
        agency = self._rng.choice(AGENCIES)
        held = next((one for one in case["assignments"] if one["agencyCode"] == agency), None)
        if held is None or held["endedAt"] is not None:
            role = self._rng.choice(("LEAD", "SUPPORT"))
            at = datetime.now(UTC).isoformat()  # noqa: TID251 -- a district has its own clock
            return {"assignmentRole": role, "assignmentStatus": "ASSIGNED", "assignedAt": at}, agency
        status = self._rng.choice(sorted(self._casework.ASSIGNMENT_MOVES[held["status"]]))
        known = {"assignmentRole": held["role"], "assignedAt": held["assignedAt"]}
        return known | {"assignmentStatus": status, "result": None}, agency


def forget_keys() -> None:
    """The naive district."""
    casework = sys.modules["casework"]

    def decide(records: Any, update: Any) -> Any:
        with records.together():
            decided = casework._decide(records, update, is_own=False)
        names = ("refusal", "version", "caseFileId")
        accepted = decided["decision"] == "APPLIED"
        return {"key": update["key"], "isAccepted": accepted, **{name: decided.get(name) for name in names}}

    casework.decide = decide


async def run(port: int, path: str, phase: Path, seed: int, *, is_naive: bool) -> None:
    records = open_records(path)
    if is_naive:
        forget_keys()
    people = People(records, seed)
    app = load_example().make_app(records, load_contract(), TOKEN)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not serving.done():
        if phase.read_text() == "storm":
            people.change_something()
        await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    _, at_port, at_path, phase_file, with_seed, *more = sys.argv
    asyncio.run(run(int(at_port), at_path, Path(phase_file), int(with_seed), is_naive="naive" in more))
