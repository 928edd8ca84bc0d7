"""Findings of unused entitlements and of what is about to change: found in sets, kept once each, decided by persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.matching.expressions import Compare, leaves_of
from hub.matching.rules import Clause
from hub.store.database import Session
from hub.store.eligibility import RuleVersion
from hub.store.queries import query, template
from hub.store.rows import by_key, read

KINDS = (
    "HOLDER_DECEASED",
    "HOLDER_DUPLICATE",
    "HOLDER_ABOVE_CUT_OFF",
    "HOLDER_UNLISTED",
    "DEATH_REPORTED",
    "MOVE_REPORTED",
    "NEWBORN",
    "PRELIST_CANDIDATE",
)


class Evidence(msgspec.Struct, frozen=True, rename="camel"):
    """What one record of one system says."""

    system: str
    record: str | None
    fact: str
    value: str | None
    observed_at: datetime


class Finding(msgspec.Struct, frozen=True):
    """One finding. `source_code`, `source_record_id`: the roster line, village service or case file that it is about."""

    finding_id: int
    kind: str
    programme_code: str | None
    source_code: str
    source_record_id: str
    household_id: int | None
    person_id: int | None
    regency_code: str | None
    value: int | None
    evidence: list[Evidence]
    status: str
    found_at: datetime
    seen_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason_code: str | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.FINDING, self.finding_id)


class FindingCount(msgspec.Struct, frozen=True):
    """Findings of one kind in one regency; `value` in rupiah a year, of the open and confirmed ones."""

    regency_code: str | None
    kind: str
    open: int
    confirmed: int
    dismissed: int
    recovered: int
    value: int


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings; None means any."""

    regencies: RegionRange
    kind: str | None
    status: str | None
    programme_code: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on a finding."""

    status: str
    decided_by: str
    decided_at: datetime
    reason_code: str | None


async def find_all(session: Session, rules: Sequence[RuleVersion], now: datetime) -> dict[str, tuple[int, int]]:
    """Find everything anew; by kind how many are found, and how many of these for the first time."""
    known: dict[str, object] = {
        "programme_codes": [rule.programme_code for rule in rules],
        "segments": [rule.rule.segment for rule in rules],
        "decile_masks": [_decile_mask(rule) for rule in rules],
    }
    counts = {}
    async with session.transaction() as transaction:
        for kind in KINDS:
            found = template("finder", f"find_{kind.lower()}").text
            keep = template("finder", "keep_findings").fill(found=found)
            values = {name: value for name, value in known.items() if name in keep.parameters}
            row = await transaction.fetch_row(keep, kind=kind, now=now, **values)
            counts[kind] = (row["found"], row["new"]) if row is not None else (0, 0)
        await transaction.execute(query("finder", "settle_findings"), now=now)
    return counts


def _decile_mask(version: RuleVersion) -> int:
    """The clauses that ask for the welfare decile alone."""
    return sum(1 << bit for bit, clause in enumerate(version.rule.clauses) if _asks_decile_alone(clause))


def _asks_decile_alone(clause: Clause) -> bool:
    return all(isinstance(leaf, Compare) and leaf.field == "decile" for leaf in leaves_of(clause.expression))


async def find_findings(session: Session, finding_ids: Sequence[int]) -> list[Finding | None]:
    """The finding of each id."""
    rows = await session.fetch(query("finder", "find_findings"), finding_ids=list(finding_ids))
    return by_key(finding_ids, ((row["finding_id"], _finding(row)) for row in rows))


async def list_findings(session: Session, wanted: FindingFilter, *, after_id: int, first: int) -> list[Finding]:
    """A page of findings in the order of their ids."""
    rows = await session.fetch(
        query("finder", "list_findings"),
        region_from=wanted.regencies.start,
        region_to=wanted.regencies.end,
        kind=wanted.kind,
        status=wanted.status,
        programme_code=wanted.programme_code,
        after_id=after_id,
        first=first,
    )
    return [_finding(row) for row in rows]


async def count_findings(session: Session, regencies: RegionRange) -> list[FindingCount]:
    """Findings by regency and kind."""
    rows = await session.fetch(query("finder", "count_findings"), region_from=regencies.start, region_to=regencies.end)
    return read(FindingCount, rows)


async def decide(session: Session, finding_id: int, decision: Decision) -> bool:
    """Keep a person's word; False when there is no such finding, or its slot was recovered."""
    decided = await session.fetch_value(
        query("finder", "decide_finding"),
        finding_id=finding_id,
        status=decision.status,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        reason_code=decision.reason_code,
    )
    return decided is not None


async def list_open_lines(session: Session, programme_code: str) -> list[tuple[str, str]]:
    """Kind and roster line of the open and confirmed findings of a programme."""
    rows = await session.fetch(query("finder", "list_open_lines"), programme_code=programme_code)
    return [(row["kind"], row["source_record_id"]) for row in rows]


def _finding(row: Any) -> Finding:
    values = dict(row) | {"evidence": msgspec.convert(row["evidence"], list[Evidence])}
    return Finding(**values)
