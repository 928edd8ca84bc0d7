"""Reads matches with their history, recorded verdicts, and allocation runs with their candidates."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import msgspec

from execution.table import Table
from hub.domain.opaque_id import Kind, opaque_id, opaque_ids
from hub.domain.principal import RegionRange
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import Attributes, Derived, Shape, by_key, grouped, look_below, read
from hub.store.runs import Run, run_of


class Match(msgspec.Struct, frozen=True, gc=False):
    """A household or person and an entitlement, on the way to each other."""

    match_id: int
    household_id: int
    person_id: int | None
    programme_code: str
    rule_version: int
    run_id: int | None
    rank: int | None
    status: str
    pool_id: int | None
    expires_at: datetime | None
    reason_code: str | None
    national_reference: str | None
    created_at: datetime
    changed_at: datetime

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.MATCH, self.match_id)

    @property
    def reference(self) -> str:
        """How districts and officers name it."""
        return str(self.match_id)

    @property
    def key(self) -> tuple[int, int]:
        """Household and match: what its history is kept by."""
        return (self.household_id, self.match_id)


def _ids(matches: Table) -> list[str]:
    return opaque_ids(Kind.MATCH, matches.column("match_id"))


def _references(matches: Table) -> list[str]:
    return list(map(str, matches.column("match_id")))


def _keys(matches: Table) -> list[tuple[int, int]]:
    return list(zip(matches.column("household_id"), matches.column("match_id"), strict=True))


MATCHES = Shape(
    Match,
    ("household_id", "match_id"),
    (("status",), ("person_id", "programme_code", "run_id", "pool_id")),
    {
        "id": Derived(("match_id",), _ids),
        "reference": Derived(("match_id",), _references),
        "key": Derived(("household_id", "match_id"), _keys),
    },
)


class MatchEvent(msgspec.Struct, frozen=True, gc=False):
    """One move of a match."""

    match_id: int
    version: int
    from_status: str | None
    to_status: str
    actor: str
    reason_code: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class MatchFilter:
    """Which matches; None means any."""

    regencies: RegionRange
    programme_code: str | None
    status: str | None


class RecordedVerdict(msgspec.Struct, frozen=True, gc=False):
    """The verdict that matching works with."""

    household_id: int
    person_id: int | None
    programme_code: str
    rule_version: int
    status: str
    evaluated_at: datetime


class ActiveEnrolment(msgspec.Struct, frozen=True, gc=False):
    """Who is on a programme now."""

    household_id: int
    person_id: int | None
    programme_code: str
    segment: str | None


class RunCandidate(msgspec.Struct, frozen=True, gc=False):
    """A unit in the ranking of a run; no pool means that it waits."""

    run_id: int
    rank: int
    household_id: int
    person_id: int | None
    pool_id: int | None
    decile: int
    vulnerability: int
    waiting_since: date | None
    by_priority: bool
    by_floors: bool


async def find_matches(session: Session, match_ids: Sequence[int]) -> list[Match | None]:
    """The match of each id."""
    rows = await session.fetch(query("matches_read", "find_matches"), match_ids=list(match_ids))
    return by_key(match_ids, ((match.match_id, match) for match in read(Match, rows)))


async def list_matches(session: Session, wanted: MatchFilter, *, after_id: int, first: int) -> list[Match]:
    """A page of matches in the order of their ids."""
    rows = await session.fetch(
        query("matches_read", "list_matches"),
        region_from=wanted.regencies.start,
        region_to=wanted.regencies.end,
        programme_code=wanted.programme_code,
        status=wanted.status,
        after_id=after_id,
        first=first,
    )
    return read(Match, rows)


def list_matches_of_households(
    session: Session, household_ids: Sequence[int], attributes: Attributes = None
) -> Awaitable[Sequence[Sequence[Match]]]:
    """The matches of each household, those of its members too."""
    named = ("matches_read", "list_matches_of_households")
    return look_below(session, household_ids, named, MATCHES, attributes, partial(read, Match))


async def list_matches_of_persons(session: Session, units: Sequence[tuple[int, int]]) -> list[list[Match]]:
    """The matches of each person, given as (household, person)."""
    rows = await session.fetch(
        query("matches_read", "list_matches_of_persons"),
        household_ids=[household_id for household_id, _ in units],
        person_ids=[person_id for _, person_id in units],
    )
    return grouped(units, (((match.household_id, match.person_id or 0), match) for match in read(Match, rows)))


async def list_events(session: Session, keys: Sequence[tuple[int, int]]) -> list[list[MatchEvent]]:
    """The history of each match, given as (household, match)."""
    rows = await session.fetch(
        query("matches_read", "list_events"),
        household_ids=[household_id for household_id, _ in keys],
        match_ids=[match_id for _, match_id in keys],
    )
    match_ids = [match_id for _, match_id in keys]
    return grouped(match_ids, ((event.match_id, event) for event in read(MatchEvent, rows)))


async def list_recorded_verdicts(
    session: Session, household_ids: Sequence[int], programme_codes: Sequence[str]
) -> list[RecordedVerdict]:
    """The recorded verdicts of some households and their members."""
    rows = await session.fetch(
        query("matches_read", "list_recorded_verdicts"),
        household_ids=list(household_ids),
        programme_codes=list(programme_codes),
    )
    return read(RecordedVerdict, rows)


async def list_active_enrolments(
    session: Session, household_ids: Sequence[int], programme_codes: Sequence[str]
) -> list[ActiveEnrolment]:
    """Who of some households is on these programmes now."""
    rows = await session.fetch(
        query("matches_read", "list_active_enrolments"),
        household_ids=list(household_ids),
        programme_codes=list(programme_codes),
    )
    return read(ActiveEnrolment, rows)


async def find_runs(session: Session, run_ids: Sequence[int]) -> list[Run | None]:
    """The run of each id."""
    rows = await session.fetch(query("matches_read", "find_runs"), run_ids=list(run_ids))
    return by_key(run_ids, ((row["run_id"], run_of(row)) for row in rows))


async def list_runs(session: Session, programme_code: str | None, *, before_id: int, first: int) -> list[Run]:
    """A page of runs, the newest first."""
    rows = await session.fetch(
        query("matches_read", "list_runs"), programme_code=programme_code, before_id=before_id, first=first
    )
    return [run_of(row) for row in rows]


async def list_run_candidates(
    session: Session, run_ids: Sequence[int], *, after_rank: int, first: int, only_moved: bool = False
) -> list[list[RunCandidate]]:
    """For each run a page of its candidates in rank order; `only_moved`: those whom the choice of the policy decided."""
    name = "list_moved_candidates" if only_moved else "list_run_candidates"
    rows = await session.fetch(query("matches_read", name), run_ids=list(run_ids), after_rank=after_rank, first=first)
    return grouped(run_ids, ((candidate.run_id, candidate) for candidate in read(RunCandidate, rows)))
