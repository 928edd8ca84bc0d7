"""Passes of the escalation job over a million open case files, and the work list of one agency.

    python -m benchmarks.escalation [--case-files 1000000] [--json]

Timed are whole passes of `slrt-hub work`: one a minute after everything had risen, one after the job was away for an hour, one
when nothing is due; each writes escalations and history. The target is that of the project: a pass under 5 s.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta

from benchmarks.escalation.dataset import open_copy
from benchmarks.report import Figure, print_figures
from hub.store import case_urgency
from hub.store.database import Database, open_database
from resolvers.escalation import escalate_due

RISEN_AT = datetime(2026, 7, 1, 3, tzinfo=UTC)
SECONDS = 5.0
_AGENCY = "35.10/DINAS_SOSIAL"
_AWAY = {
    "a minute later": timedelta(minutes=1),
    "after an hour away": timedelta(hours=1),
    "nothing due": timedelta(hours=1),
    "after a day away": timedelta(days=1),
}


async def measure(case_files: int) -> dict[str, Figure]:
    """Seconds and levels of each pass."""
    figures: dict[str, Figure] = {}
    async with open_copy(case_files) as url, open_database(url, connections=2) as database:
        for name, later in _AWAY.items():
            begun = time.perf_counter()
            told = await escalate_due(database.jobs, lambda later=later: RISEN_AT + later)  # type: ignore[misc]  # it is bound
            seconds = time.perf_counter() - begun
            target = None if "day" in name else SECONDS
            figures[f"pass {name}"] = Figure(seconds, "s", seconds, target, lower_is_better=True)
            figures[f"levels told {name}"] = Figure(told, "levels")
        figures["work list of an agency at risk"] = Figure(await _work_list(database) * 1000, "ms")
    return figures


async def _work_list(database: Database) -> float:
    begun = time.perf_counter()
    now = RISEN_AT + timedelta(days=1)
    wanted = case_urgency.AtRisk("RESOLUTION", now, None, 51)
    await case_urgency.list_at_risk_of_agency(database.jobs, _AGENCY, wanted)
    return time.perf_counter() - begun


def main() -> int:
    """Measure and print; the exit code is 1 when a pass that has a target misses it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.escalation", description=__doc__)
    parser.add_argument("--case-files", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.case_files))
    print_figures("Escalation", figures, is_json=options.json)
    missed = [f for f in figures.values() if f.target is not None and f.ratio is not None and f.ratio > f.target]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
