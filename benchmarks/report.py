"""What every benchmark prints: a table for a person, one JSON object for a program."""

import sys
from dataclasses import dataclass

import msgspec
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `ratio` is what is compared with `target` where there is one."""

    value: float
    unit: str
    ratio: float | None = None
    target: float | None = None
    lower_is_better: bool = False


def print_figures(title: str, figures: dict[str, Figure], *, is_json: bool) -> None:
    """The table on stderr; with `--json` the object on the last line of stdout."""
    table = Table(title=title)
    for column in ("Figure", "Value", "Unit", "Ratio", "Target"):
        table.add_column(column, justify="left" if column in ("Figure", "Unit") else "right")
    for name, figure in figures.items():
        ratio = "" if figure.ratio is None else f"{figure.ratio:.4g}"
        target = "" if figure.target is None else f"{figure.target:g}"
        table.add_row(name, f"{figure.value:,.1f}", figure.unit, ratio, target)
    Console(stderr=True).print(table)
    if is_json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
