"""How rule sets and their simulation look on a terminal and in a file."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from hub.store.rule_sets import RuleSet
from hub.store.simulation import Effect, RuleSimulation
from resolvers.simulation import RuleImpact

_MILLION = 1_000_000
_WIDE = 160
_EFFECTS = {
    "before": "meets_before",
    "after": "meets_after",
    "winners": "winners",
    "losers": "losers",
    "unsettled": "unsettled",
    "of losers enrolled": "losers_enrolled",
}
_COSTS = {"Rp million before": "cost_before", "after": "cost_after"}
_OVERLAPS = {
    "enrolled before": "enrolled_before",
    "after": "enrolled_after",
    "eligible before": "eligible_before",
    " after": "eligible_after",
}
_SLOTS = {
    "free": "available",
    "wanted before": "wanted_before",
    "after": "wanted_after",
    "left before": "left_before",
    " after": "left_after",
    "short before": "short_before",
    "  after": "short_after",
}
_NAMES = {"By", "Value", "Region", "Programme", "Rule", "Status", "From", "To", "Origin", "Author", "Approved by"}
_TEXTS = {"region_code": "regency_code", "dimension": "dimension", "value": "value"}


def report_console() -> Console:
    """The terminal, or room enough where the report goes into a file."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def rule_table(found: Iterable[RuleSet]) -> Table:
    """Versions with where they stand."""
    table = _table("Rules", ("Rule", "Status", "Revision", "From", "To", "Origin", "Author", "Approved by"))
    for rule in found:
        days = (str(rule.effective_from or "-"), str(rule.effective_to or "-"))
        by = (rule.origin, rule.drafted_by, rule.approved_by or "-")
        table.add_row(rule.code, rule.status, str(rule.revision), *days, *by)
    return table


def print_impact(console: Console, impact: RuleImpact) -> None:
    """A report as tables; before: the version in force, after: the one that was simulated."""
    beside = f"version {impact.baseline_version}" if impact.baseline_version else "no version"
    title = f"Version {impact.version} beside {beside} on {impact.as_of}: {impact.region_code or 'the nation'}"
    effects = _table(title, ("By", "Value", *_EFFECTS, *_COSTS))
    for effect in impact.effects:
        if any((effect.meets_before, effect.meets_after, effect.unsettled)):
            effects.add_row(effect.dimension, effect.value, *_counts(effect))
    below = _table("Regions", ("Region", *_EFFECTS, *_COSTS))
    for effect in impact.below:
        below.add_row(effect.region_code, *_counts(effect))
    overlaps = _table("Beside other programmes", ("Programme", *_OVERLAPS))
    for overlap in impact.overlaps:
        overlaps.add_row(overlap.programme_code, *_figures(overlap, _OVERLAPS.values()))
    slots = _table("Slots", ("Region", *_SLOTS))
    for slot in impact.slots:
        slots.add_row(slot.region_code or "nation", *_figures(slot, _SLOTS.values()))
    for table in (effects, below, overlaps, slots):
        if table.row_count:
            console.print(table)


def write_parquet(path: Path, simulation: RuleSimulation, effects: Sequence[Effect]) -> None:
    """Every row of a report by regency, without anything of a person; what it rests on stands in the file's metadata."""
    columns = {
        _TEXTS.get(name, name): pa.array(
            [getattr(effect, name) for effect in effects], pa.string() if name in _TEXTS else pa.int64()
        )
        for name in Effect.__struct_fields__
    }
    told = msgspec.to_builtins(simulation, str_keys=True)
    table = pa.table(columns).replace_schema_metadata({name: str(value) for name, value in told.items()})
    pq.write_table(table, path)


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column in _NAMES else "right")
    return table


def _counts(effect: Effect) -> list[str]:
    costs = (getattr(effect, name) for name in _COSTS.values())
    millions = ["-" if cost is None else f"{cost / _MILLION:,.1f}" for cost in costs]
    return [*_figures(effect, _EFFECTS.values()), *millions]


def _figures(row: object, names: Iterable[str]) -> list[str]:
    values = (getattr(row, name) for name in names)
    return ["-" if value is None else f"{value:,}" for value in values]
