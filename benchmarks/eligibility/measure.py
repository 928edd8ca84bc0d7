"""Times the statements over one file, round by round, in a process of its own: its peak memory is theirs.

    python -m benchmarks.eligibility.measure FILE ROUNDS MEMORY

Writes one JSON object: seconds of every statement in every round, peak memory in MB, and what was counted.
"""

import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from benchmarks.eligibility.facts import FIELDS, rule_of_pkh, text_of
from hub.store import judging

_IS_READ_BY = {"is_pkh_roster_read": "count_if({})", "regency_code": "count(nullif({}, ''))"}
"""These two are never null, and DuckDB would count them from the file's statistics."""


class Measured(msgspec.Struct):
    """What the process found. `seconds`: of each statement, one for each round."""

    seconds: dict[str, list[float]]
    megabytes: float
    households: int
    eligible: int
    groups: int


def baseline(file: Path, columns: list[str]) -> judging.Statement:
    """Counts rows while reading columns."""
    read = ", ".join(_IS_READ_BY.get(column, "count({})").format(column) for column in columns)
    return judging.Statement(text_of("baseline.sql").format(columns=read, file=file), {})


def statements(file: Path) -> Mapping[str, judging.Statement]:
    """Each judging statement after the baseline that reads the same columns."""
    _, compiled = rule_of_pkh()
    columns = [*FIELDS, *(f"m{n}" for n in range(len(compiled.members)))]
    facts = f"from '{file}'"
    return {
        "read for the count": baseline(file, columns),
        "count": judging.count_eligible(compiled, facts),
        "read for the masks": baseline(file, [*columns, "regency_code"]),
        "masks": judging.count_masks(compiled, facts),
    }


def measure(file: Path, rounds: int, memory: str) -> Measured:
    """Interleaved: every round runs all statements; a round before the first is not counted."""
    seconds: dict[str, list[float]] = {}
    found: dict[str, list[Any]] = {}
    with duckdb.connect(config={"memory_limit": memory}) as connection:
        for round_number in range(rounds + 1):
            for name, statement in statements(file).items():
                begun = time.perf_counter()
                found[name] = connection.execute(statement.sql, dict(statement.parameters)).fetchall()
                if round_number:
                    seconds.setdefault(name, []).append(time.perf_counter() - begun)
    masks = found["masks"]
    eligible: int = found["count"][0][0]
    of_masks = sum(units for _, failed, missing, units in masks if failed == missing == 0)
    if of_masks != eligible:
        raise AssertionError(f"the masks hold {of_masks} eligible households, and {eligible} were counted")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(seconds, megabytes, sum(row[3] for row in masks), eligible, len(masks))


if __name__ == "__main__":
    result = measure(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
