"""What was measured: all runs, and the hub's ratio to the best peer."""

import sys
from collections import defaultdict
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.graphql.contestants import HUB, PEERS
from benchmarks.graphql.load import Load
from benchmarks.graphql.operations import TARGETS
from benchmarks.report import Figure, print_figures


class Results:
    """Runs by operation and contestant; a figure is the median of its rounds."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], list[Load]] = defaultdict(list)

    def add(self, operation: str, contestant: str, load: Load) -> None:
        """One more round."""
        self._runs[operation, contestant].append(load)

    @property
    def are_valid(self) -> bool:
        """Whether every request was answered, without errors."""
        return not self.failures()

    def failures(self) -> list[str]:
        """Who failed how often, in words."""
        return [
            f"{operation}: {contestant}: {run.requests} answers, {run.failed} of them failed, {run.broken} broken; {run.example}"
            for (operation, contestant), runs in self._runs.items()
            for run in runs
            if not run.is_valid
        ]

    def figures(self) -> dict[str, Figure]:
        """`item` is the hub with its ratio to the best peer, `item: mercurius` a peer; `... p50` and `... p99` are in ms."""
        figures: dict[str, Figure] = {}
        for (operation, contestant), runs in self._runs.items():
            key = operation if contestant == HUB else f"{operation}: {contestant}"
            rate = median(run.rate for run in runs)
            if contestant == HUB:
                best = max(self._rate(operation, peer) for peer in PEERS)
                figures[key] = Figure(rate, "requests/s", rate / best if best else None, TARGETS[operation])
            else:
                figures[key] = Figure(rate, "requests/s")
            figures[f"{key} p50"] = Figure(median(run.p50 for run in runs), "ms", lower_is_better=True)
            figures[f"{key} p99"] = Figure(median(run.p99 for run in runs), "ms", lower_is_better=True)
        return figures

    def _rate(self, operation: str, contestant: str) -> float:
        return median(run.rate for run in self._runs[operation, contestant])


def print_results(title: str, results: Results, *, is_json: bool) -> None:
    """Two tables on stderr; with `--json` all figures as an object on the last line of stdout."""
    figures = results.figures()
    table = Table(title=title)
    for column in ("Operation", "Requests/s", "p50 ms", "p99 ms"):
        table.add_column(column, justify="left" if column == "Operation" else "right")
    for key, figure in figures.items():
        if figure.unit == "requests/s":
            p50, p99 = (figures[f"{key} {which}"].value for which in ("p50", "p99"))
            table.add_row(key, f"{figure.value:,.1f}", f"{p50:,.1f}", f"{p99:,.1f}")
    Console(stderr=True).print(table)
    print_figures(
        "The hub beside the best peer", {name: figures[name] for name in TARGETS if name in figures}, is_json=False
    )
    for failure in results.failures():
        sys.stderr.write(f"NOT VALID: {failure}\n")
    if is_json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
