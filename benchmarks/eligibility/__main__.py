"""Judging many households by a rule in DuckDB, beside count(*) that reads the same columns of the same Parquet file.

    python -m benchmarks.eligibility [--households 25000000] [--rounds 5] [--memory 4GB] [--json]

The rule is that of PKH as shipped. Two things are measured: how many meet it, and how many households of each regency have
which reasons (the masks of failed and of unknown clauses). The figures are medians of interleaved rounds.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.eligibility.facts import make_facts
from benchmarks.eligibility.measure import Measured
from benchmarks.report import Figure, print_figures

COUNT_TARGET, MASKS_TARGET, MEMORY_TARGET = 3.0, 10.0, 8_000


def figures_of(measured: Measured, file: Path) -> dict[str, Figure]:
    """Seconds with their ratio to the baseline; memory with its share of what is allowed."""
    taken = {name: median(seconds) for name, seconds in measured.seconds.items()}
    return {
        "count(*), columns of the rule read": Figure(taken["read for the count"], "s"),
        "count by the rule": Figure(
            taken["count"], "s", taken["count"] / taken["read for the count"], COUNT_TARGET, lower_is_better=True
        ),
        "count(*), columns and regency read": Figure(taken["read for the masks"], "s"),
        "reasons by regency": Figure(
            taken["masks"], "s", taken["masks"] / taken["read for the masks"], MASKS_TARGET, lower_is_better=True
        ),
        "peak memory": Figure(measured.megabytes, "MB", measured.megabytes / MEMORY_TARGET, 1.0, lower_is_better=True),
        "households": Figure(measured.households, "households"),
        "eligible": Figure(measured.eligible, "households"),
        "regencies by reasons": Figure(measured.groups, "groups"),
        "size of the file": Figure(file.stat().st_size / 1e6, "MB"),
    }


def main(households: int, rounds: int, memory: str) -> dict[str, Figure]:
    """In a process of its own for the statements, so that its peak memory is theirs alone."""
    file = make_facts(households)
    command = [sys.executable, "-m", "benchmarks.eligibility.measure", str(file), str(rounds), memory]
    answer = subprocess.run(command, check=True, capture_output=True)
    return figures_of(msgspec.json.decode(answer.stdout, type=Measured), file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=25_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = main(given.households, given.rounds, given.memory)
    print_figures(f"Eligibility of {given.households:,} households", figures, is_json=given.json)
