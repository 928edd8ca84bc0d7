"""What the demo says of fairness and of unused entitlements: for a person as tables, for a program as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from hub.store.runs import Run
from resolvers.runs import RunFairness
from server.demo.world import UnusedScore
from server.run_tables import fairness_table

RunReport = tuple[Run, Sequence[RunFairness]]


def unused_table(unused: Mapping[str, UnusedScore]) -> Table:
    """Slots of the rosters that lie unused, beside the truth."""
    table = Table(title="Roster lines that lie unused, and what the truth says")
    table.add_column("Finding")
    for column in ("Truly unused", "Found", "Missed", "Wrong"):
        table.add_column(column, justify="right")
    for kind, score in unused.items():
        figures = (score.unused, score.found, score.missed, score.wrong)
        table.add_row(kind, *(f"{figure:,}" for figure in figures))
    return table


def fairness_tables(reports: Sequence[RunReport]) -> list[Table]:
    """One for each run: before it and under both policies."""
    return [fairness_table(f"Fairness of run {run.run_id}: {run.title}", rows) for run, rows in reports]


def unused_summary(unused: Mapping[str, UnusedScore]) -> dict[str, Any]:
    """By kind of finding, in roster lines."""
    return {
        kind: {"unused": s.unused, "found": s.found, "missed": s.missed, "wrong": s.wrong} for kind, s in unused.items()
    }


def fairness_summary(reports: Sequence[RunReport]) -> list[dict[str, Any]]:
    """By run; coverage as shares, served in units."""
    return [
        {
            "programmes": list(run.programme_codes),
            "policy": run.policy,
            "states": {
                row.state: {
                    "served": row.served,
                    "served_alone": row.served_alone,
                    "minimum_coverage": round(row.minimum_coverage, 4),
                    "gini": round(row.gini, 4),
                }
                for row in rows
            },
        }
        for run, rows in reports
    ]
