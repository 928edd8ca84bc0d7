"""The process of a district whose officers answer referrals while it serves the contract: the example, on a file.

    python -m tests.faults.referring_district_side PORT DATABASE PHASE_FILE SEED [naive]

With `naive` it takes whatever comes as the newest word about a referral, and the fault test has to notice.
"""

import asyncio
import random
import secrets
import sys
from pathlib import Path
from typing import Any

import uvicorn

from connectors.district.client import load_contract
from tests.conformance_district.example import TOKEN, load_example

PAUSE = 0.04
ELSEWHERE = "35.11"


class Officers:
    """They move what they meet; now and then a screen sends a move twice."""

    def __init__(self, records: Any, seed: int) -> None:
        self._records = records
        self._desk = sys.modules["referrals"]
        self._rng = random.Random(seed)

    def move_something(self) -> None:
        rows = self._records.db.execute("select reference, standing from referral order by reference").fetchall()
        waiting = [(reference, standing) for reference, standing in rows if standing in self._desk.AFTER]
        if not waiting:
            return
        reference, standing = self._rng.choice(waiting)
        move = self._rng.choice(sorted(self._desk.AFTER[standing]))
        asked = {"reference": reference, "move": move, "reason": "because"}
        key = secrets.token_hex(8)
        for _ in range(self._rng.choice((1, 1, 2))):
            self._desk.move(self._records, key, asked | {"toParty": ELSEWHERE if move == "REDIRECTED" else None})


def forget_versions() -> None:
    """The naive district."""
    desk = sys.modules["referrals"]

    def deliver(records: Any, referrals: list[dict[str, Any]]) -> list[dict[str, Any]]:
        with records.together():
            for one in referrals:
                standing = "CLOSED" if one["status"] == "CLOSED" else ""
                row = (one["reference"], one["version"], standing)
                records.db.execute("insert or replace into referral values (?, ?, ?)", row)
        return [{"reference": one["reference"], "isAccepted": True, "reason": None} for one in referrals]

    desk.deliver = deliver


async def run(port: int, path: str, phase: Path, seed: int, *, is_naive: bool) -> None:
    example = load_example()
    records = example.Records("35.10", "Banyuwangi", path)
    if is_naive:
        forget_versions()
    officers = Officers(records, seed)
    app = example.make_app(records, load_contract(), TOKEN)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not serving.done():
        if phase.read_text() == "storm":
            officers.move_something()
        await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    _, at_port, at_path, phase_file, with_seed, *more = sys.argv
    asyncio.run(run(int(at_port), at_path, Path(phase_file), int(with_seed), is_naive="naive" in more))
