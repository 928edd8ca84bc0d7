"""Rule tables: `tables/PROGRAMME.toml` holds given rows with the verdict that has to come out, and the source of each clause.

A row is a household of decile 3 with an own family card and one ordinary member (a farmer born in 1980, about whom everything is
known, with an own NIK), but for what the row says. "unknown" is a value that is not known, "own" a number that nobody else has,
"#9001" another such number. The same tables are the reference of the programmes:

    python -m tests.spec.tables    rewrites them in docs/reference/programmes.md
"""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.matching.expressions import Draws
from hub.matching.rules import Rule, read_rule
from hub.store.reference_loader import shipped_programmes

FOLDER = Path(__file__).parent / "tables"
PAGE = Path(__file__).parents[2] / "docs/reference/programmes.md"
BEGIN, END = "<!-- rule tables: begin -->\n", "<!-- rule tables: end -->\n"
OWN = "own"
"""In a row: a valid number that nobody else has."""
_DEFAULTS: dict[str, Any] = {
    "household": {},
    "person": {},
    "has_members": True,
    "rosters_read": True,
    **dict.fromkeys(("others", "roster", "failed", "missing"), ()),
}


@dataclass(frozen=True)
class Row:
    """What is given, and the verdict and clauses that have to come out."""

    given: str
    verdict: str
    household: Mapping[str, Any]
    person: Mapping[str, Any]
    others: Sequence[Mapping[str, Any]]
    roster: Sequence[Mapping[str, Any]]
    has_members: bool
    rosters_read: bool
    failed: Sequence[str]
    missing: Sequence[str]

    @property
    def outcomes(self) -> dict[str, str]:
        """The clauses that do not pass."""
        return dict.fromkeys(self.failed, "FAIL") | dict.fromkeys(self.missing, "MISSING")


@dataclass(frozen=True)
class Table:
    """The rows of one programme, with the source of each clause of its rule."""

    programme: str
    about: str
    sources: dict[str, str]
    rows: list[Row]
    rule: Rule


def row(given: str, verdict: str, **details: Any) -> Row:
    """A row with the defaults of what it does not say."""
    return Row(given, verdict, **(_DEFAULTS | details))


def examples() -> list[dict[str, Any]]:
    """Programmes that are not shipped: districts' own, for stacking."""
    found: list[dict[str, Any]] = json.loads((FOLDER / "examples.json").read_text(encoding="utf-8"))
    return found


def tables() -> list[Table]:
    """All tables: the shipped programmes' first."""
    shipped = {programme.programme_code: programme.rule for programme in shipped_programmes()}
    documents = shipped | {example["programme_code"]: example["rule"] for example in examples()}
    files = sorted(FOLDER.glob("*.toml"), key=lambda file: (file.stem not in shipped, file.stem))
    return [_table(file, read_rule(documents[file.stem])) for file in files]


def _table(file: Path, rule: Rule) -> Table:
    known = tomllib.loads(file.read_text(encoding="utf-8"))
    return Table(file.stem, known["about"], known["sources"], [row(**_read(line)) for line in known["row"]], rule)


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _read(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_read(inner) for inner in value]
    return None if value == "unknown" else value


def rendered() -> str:
    """The tables as they stand in the reference."""
    return BEGIN + "\n" + "\n".join(line for table in tables() for line in _rendered(table)) + END


def _rendered(table: Table) -> Iterator[str]:
    yield f"### {table.programme}\n"
    yield f"{table.about}\n"
    yield "| clause | kind | condition | source |\n|---|---|---|---|"
    for clause in table.rule.clauses:
        kind = "exclusion" if clause.excludes else "requirement"
        yield f"| `{clause.id}` | {kind} | {clause.label.en} | {table.sources[clause.id]} |"
    if table.rule.stacking.allows:
        allowed = _codes([Draws(entry.programme, entry.component).target for entry in table.rule.stacking.allows])
        yield f"\nMay be drawn beside it: {allowed}."
    yield "\n| given | verdict | not met | not known |\n|---|---|---|---|"
    for line in table.rows:
        given = line.given if line.rosters_read else f"{line.given} (rosters never read)"
        yield f"| {given} | {line.verdict} | {_codes(line.failed)} | {_codes(line.missing)} |"
    yield ""


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def rewritten(page: str) -> str:
    """The page with its tables as they are now."""
    before, _, rest = page.partition(BEGIN)
    return before + rendered() + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
