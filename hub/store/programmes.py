"""Reads programmes with the rule in force, enrolments, pools and coverage."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import msgspec

from execution.joint import Joint
from execution.table import Table
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.matching.rules import Rule, read_rule
from hub.store.database import Session
from hub.store.joined import Columns, Sheet, look, sheet
from hub.store.queries import query
from hub.store.rows import Attributes, Shape, SourceStamp, by_key, grouped, look_below, read


class Programme(msgspec.Struct, frozen=True, gc=False):
    """A programme of assistance. `name` is Indonesian; `unit` is PERSON or HOUSEHOLD."""

    code: str
    name: str
    name_en: str
    unit: str
    roster_source: str | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.PROGRAMME, self.code)


class RuleClause(msgspec.Struct, frozen=True, gc=False):
    """A clause of a rule as it is told; `label` is Indonesian."""

    code: str
    label: str
    label_en: str
    is_exclusion: bool


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """The rule of a programme that counts on a day."""

    programme_code: str
    version: int
    effective_from: date
    rule: Rule

    @property
    def clauses(self) -> list[RuleClause]:
        """In the order in which they are judged."""
        return [RuleClause(c.id, c.label.id, c.label.en, c.excludes) for c in self.rule.clauses]


class Component(msgspec.Struct, frozen=True, gc=False):
    """A component of an enrolment, such as EARLY_CHILD, and for how many it is counted."""

    code: str
    count: int


class Enrolment(msgspec.Struct, frozen=True, gc=False):
    """A household or person on a programme, as the roster or the district says."""

    household_id: int
    person_id: int | None
    programme_code: str
    status: str
    link_method: str
    segment: str | None
    component_counts: dict[str, int]
    amount: int | None
    source_code: str
    source_record_id: str
    observed_at: datetime
    fetched_at: datetime

    @property
    def components(self) -> list[Component]:
        """In the order of their codes."""
        return [Component(code, count) for code, count in sorted(self.component_counts.items())]

    @property
    def source_stamp(self) -> SourceStamp:
        """Where this comes from."""
        return SourceStamp(self.source_code, self.source_record_id, self.observed_at, self.fetched_at)


ENROLMENTS = Shape(Enrolment, ("household_id",), (("programme_code", "status"), ("person_id",)), {})


class EntitlementPool(msgspec.Struct, frozen=True, gc=False):
    """Entitlements of a programme for a region (None: the nation) and a period; total is the sum of the four states."""

    pool_id: int
    programme_code: str
    region_code: str | None
    period: str
    reported_total: int
    total: int
    available: int
    reserved: int
    offered: int
    issued: int
    source_code: str
    observed_at: datetime
    fetched_at: datetime

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.ENTITLEMENT_POOL, self.pool_id)


@dataclass(frozen=True, slots=True)
class PoolFilter:
    """Which pools; None means any. `concerning` keeps the pools of other places out of sight."""

    concerning: RegionRange
    programme_code: str | None
    region_code: str | None


class Coverage(msgspec.Struct, frozen=True, gc=False):
    """Counts of units of a programme in a region. `undetermined` is never added to any other."""

    region_code: str
    programme_code: str
    households: int
    persons: int
    need: int
    undetermined: int
    enrolled: int
    unserved: int
    matched: int
    issued: int
    refused: int
    counted_at: datetime


COVERAGE = Shape(
    Coverage,
    ("region_code",),
    (
        ("programme_code",),
        ("households", "persons"),
        ("need", "enrolled", "unserved", "matched", "issued", "refused"),
        ("undetermined", "counted_at"),
    ),
    {},
)


async def find_programmes(session: Session, codes: Sequence[str]) -> list[Programme | None]:
    """The programme of each code."""
    programmes = read(Programme, await session.fetch(query("programme", "find_programmes"), codes=list(codes)))
    return by_key(codes, ((programme.code, programme) for programme in programmes))


async def list_programmes(session: Session) -> list[Programme]:
    """All programmes."""
    return read(Programme, await session.fetch(query("programme", "list_programmes")))


async def find_rules(session: Session, codes: Sequence[str], day: date) -> list[RuleInForce | None]:
    """The rule in force of each programme on a day."""
    rows = await session.fetch(query("programme", "list_rules_of"), codes=list(codes), day=day)
    return by_key(codes, ((row[0], RuleInForce(row[0], row[1], row[2], read_rule(row[3]))) for row in rows))


def list_enrolments_of_households(
    session: Session, household_ids: Sequence[int], attributes: Attributes = None
) -> Awaitable[Sequence[Sequence[Enrolment]]]:
    """The enrolments of each household, those of its members too."""
    named = ("programme", "list_enrolments_of_households")
    return look_below(session, household_ids, named, ENROLMENTS, attributes, partial(read, Enrolment))


async def list_enrolments_of_persons(session: Session, units: Sequence[tuple[int, int]]) -> list[list[Enrolment]]:
    """The enrolments of each person, given as (household, person)."""
    rows = await session.fetch(
        query("programme", "list_enrolments_of_persons"),
        household_ids=[household_id for household_id, _ in units],
        person_ids=[person_id for _, person_id in units],
    )
    return grouped(units, (((e.household_id, e.person_id or 0), e) for e in read(Enrolment, rows)))


async def find_pools(
    session: Session, pool_ids: Sequence[int], concerning: RegionRange
) -> list[EntitlementPool | None]:
    """The pool of each id."""
    rows = await session.fetch(
        query("programme", "find_pools"),
        pool_ids=list(pool_ids),
        region_from=concerning.start,
        region_to=concerning.end,
    )
    return by_key(pool_ids, ((pool.pool_id, pool) for pool in read(EntitlementPool, rows)))


async def list_pools(session: Session, wanted: PoolFilter, *, after_id: int, first: int) -> list[EntitlementPool]:
    """A page of pools in the order of their ids."""
    rows = await session.fetch(
        query("programme", "list_pools"),
        region_from=wanted.concerning.start,
        region_to=wanted.concerning.end,
        programme_code=wanted.programme_code,
        region_code=wanted.region_code,
        after_id=after_id,
        first=first,
    )
    return read(EntitlementPool, rows)


def list_coverage(
    session: Session, codes: Sequence[str], programme_code: str | None, attributes: Attributes = None
) -> Joint[Table]:
    """Coverage of some regions."""
    of = _sheet_of_coverage("list_coverage", attributes)
    return look(session, of, partial(_coverage, of), codes=list(codes), programme_code=programme_code)


def list_coverage_of_children(
    session: Session, parent_code: str, programme_code: str | None, attributes: Attributes = None
) -> Joint[Table]:
    """Coverage of the regions right below one."""
    of = _sheet_of_coverage("list_coverage_of_children", attributes)
    return look(session, of, partial(_coverage, of), parent_code=parent_code, programme_code=programme_code)


def _sheet_of_coverage(name: str, attributes: Attributes) -> Sheet:
    return sheet("programme", name, COVERAGE.columns(attributes) or Coverage.__struct_fields__)


def _coverage(of: Sheet, columns: Columns) -> Table:
    return Table(Coverage, len(columns[0]), dict(zip(of.columns, columns, strict=True)), COVERAGE.derive)
