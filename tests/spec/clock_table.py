"""The table of clocks: `clocks.toml` holds given case files, with due times and states that have to come out.

The policy is the nation's as shipped (four hours around the clock; 5, 14, 60 working days of 08:00 to 16:00; 75, 100, 150 %), the
calendar that of 2026 as shipped, but for what a row says. The same table is the reference of the clocks:

    python -m tests.spec.clock_table    rewrites it in docs/reference/clocks.md
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from hub.domain.working_time import Zone

FILE = Path(__file__).parent / "clocks.toml"
PAGE = Path(__file__).parents[2] / "docs/reference/clocks.md"
BEGIN, END = "<!-- clock table: begin -->\n", "<!-- clock table: end -->\n"


@dataclass(frozen=True)
class Moment:
    """How both clocks stand at a moment, and who was told by then."""

    at: datetime
    response: str
    resolution: str
    told: frozenset[str]


@dataclass(frozen=True)
class Happened:
    """A line of history: a status, or ACKNOWLEDGED."""

    at: datetime
    recorded: datetime
    line: str


@dataclass(frozen=True)
class Row:
    """What is given, and what has to come out; a due time of None is open until a pause ends."""

    given: str
    zone: Zone
    received: datetime
    resolution_class: str
    history: Sequence[Happened]
    response_due: datetime
    resolution_due: datetime | None
    asked: Sequence[Moment]
    policy: dict[str, Any] = field(default_factory=dict)
    regional_days_off: Sequence[str] = ()


def rows() -> list[Row]:
    """All rows."""
    return [_row(line) for line in tomllib.loads(FILE.read_text(encoding="utf-8"))["row"]]


def _row(line: dict[str, Any]) -> Row:
    zone = Zone(line["zone"])

    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=timezone(zone.ahead, zone.value))

    due = line["resolution_due"]
    return Row(
        given=line["given"],
        zone=zone,
        received=local(line["received"]),
        resolution_class=line["class"],
        history=[
            Happened(local(one["at"]), local(one.get("recorded", one["at"])), one["line"])
            for one in line.get("history", ())
        ],
        response_due=local(line["response_due"]),
        resolution_due=None if due == "open" else local(due),
        asked=[
            Moment(local(one["at"]), one["response"], one["resolution"], frozenset(one["told"]))
            for one in line["asked"]
        ],
        policy={name: value or None for name, value in line.get("policy", {}).items()},
        regional_days_off=line.get("regional_days_off", ()),
    )


def rendered() -> str:
    """The table as it stands in the reference."""
    return BEGIN + "\n" + "\n".join(line for row in rows() for line in _rendered(row)) + END


def _rendered(row: Row) -> Iterator[str]:
    yield f"**{row.given[0].upper()}{row.given[1:]}.**"
    yield from _given(row)
    due = "open" if row.resolution_due is None else _shown(row.resolution_due)
    yield f"First response due {_shown(row.response_due)}, resolution due {due}.\n"
    yield "| at | first response | resolution | told so far |\n|---|---|---|---|"
    for moment in row.asked:
        told = ", ".join(f"`{level}`" for level in sorted(moment.told, key=_order))
        yield f"| {_shown(moment.at)} | {moment.response} | {moment.resolution} | {told} |"
    yield ""


def _given(row: Row) -> Iterator[str]:
    yield f"{row.resolution_class}, received {_shown(row.received)} {row.zone.value}."
    for name, value in row.policy.items():
        yield f"Policy: {name.replace('_', ' ')} {'never' if value is None else value}."
    if row.regional_days_off:
        yield f"Off in the regency: {', '.join(row.regional_days_off)}."
    for one in row.history:
        late = "" if one.recorded == one.at else f", written down {_shown(one.recorded)}"
        yield f"{one.line} {_shown(one.at)}{late}."


def _shown(at: datetime) -> str:
    return f"{at:%a %d %b %H:%M}"


def _order(level: str) -> tuple[str, int]:
    kind, _, name = level.partition("/")
    return kind, ("REGENCY", "PROVINCE", "MINISTRY").index(name)


def rewritten(page: str) -> str:
    """The page with its table as it is now."""
    before, _, rest = page.partition(BEGIN)
    return before + rendered() + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
