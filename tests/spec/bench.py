"""Puts the rows of a rule table into the registry, each as a household of its own, and reads the verdicts back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from hub.domain.ids import household_id
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.records import HouseholdRecord, PersonRecord, RosterRecord
from hub.store import sources
from hub.store.batches import Batch, merge_batch
from hub.store.database import Session
from resolvers.context import Context
from resolvers.matching import evaluate_all
from resolvers.verdicts import Verdict, verdicts_of_households, verdicts_of_persons
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
UNIT_IS_HOUSEHOLD = {"PKH", "SEMBAKO"}
ORDINARY = {
    "birth_date": date(1980, 1, 1),
    "sex": "MALE",
    "vital_status": "ALIVE",
    "is_pregnant": False,
    "school_level": "NONE",
    "is_enrolled_in_school": False,
    "disability": "NONE",
    "occupation_class": "FARMER",
}
"""A farmer of 46 about whom everything is known, and who belongs to no component."""
OWN = "own"
"""In a row: a valid number that nobody else has."""


@dataclass(frozen=True)
class Row:
    """Given a household (decile 3, own family card) of one ordinary member with an own NIK, but for what the row says;
    expected are the verdict and the outcomes of the clauses that do not pass.
    """

    given: str
    verdict: str
    outcomes: dict[str, str] = field(default_factory=dict)
    household: dict = field(default_factory=dict)
    person: dict = field(default_factory=dict)
    others: Sequence[dict] = ()
    roster: Sequence[dict] = ()
    has_members: bool = True


@dataclass(frozen=True)
class Judged:
    """What came out for a row: live with its explanation, and as recorded."""

    live: Verdict
    recorded: str


async def judge_rows(
    session: Session, programme_code: str, rows: Sequence[Row], *, drained: Sequence[str] = ("KIS", "PKH")
) -> dict[str, Judged]:
    """The verdict on the unit of every row, by its `given`."""
    await join_districts(session, {"35.10": "http://district.invalid/graphql"}, NOW)
    households = [_household(number, row) for number, row in enumerate(rows, start=1)]
    await _merge(session, "35.10", households)
    lines = [line for number, row in enumerate(rows, start=1) for line in _lines(number, row)]
    for source in ("KIS", "PKH"):
        await _merge(session, source, [line for line in lines if (line.programme_code == "PKH") == (source == "PKH")])
    for source in drained:
        await sources.move_cursor(session, sources.CursorMove(source, None, "end", is_drained=True), NOW)
    await evaluate_all(session, lambda: NOW)
    return {row.given: await _judged(session, programme_code, number) for number, row in enumerate(rows, start=1)}


async def _merge(session: Session, source: str, records: Sequence[HouseholdRecord | RosterRecord]) -> None:
    async with session.transaction() as transaction:
        regency = source if source == "35.10" else None
        await merge_batch(transaction, Batch(source, regency, "PULL", records, [], NOW))


async def _judged(session: Session, programme_code: str, number: int) -> Judged:
    role = Role.MINISTRY_ANALYST
    ctx = Context(Principal("spec", role, SCOPES_OF_ROLE[role]), session, session, lambda: NOW, {})
    home = household_id("35.10", f"H{number}")
    async with session.connection() as connection:
        person = await connection.fetchval(
            "select person_id from person where household_id = $1 and source_record_id = $2", home, f"P{number}"
        )
        unit = None if programme_code in UNIT_IS_HOUSEHOLD else person
        recorded = await connection.fetchval(
            "select status from verdict where household_id = $1 and programme_code = $2 and person_id is not distinct from $3",
            home,
            programme_code,
            unit,
        )
    if unit is None:
        [found] = await verdicts_of_households(ctx, [home])
    else:
        [found] = await verdicts_of_persons(ctx, [(home, unit)])
    return Judged(next(v for v in found if v.programme_code == programme_code), recorded)


def nik_of(number: int) -> str:
    """The own NIK of a row."""
    return f"351001010180{number:04}"


def kk_of(number: int) -> str:
    """The own family card of a row."""
    return f"351001010110{number:04}"


def _household(number: int, row: Row) -> HouseholdRecord:
    details = {"decile": 3, "kk_number": OWN} | row.household
    if details["kk_number"] == OWN:
        details["kk_number"] = kk_of(number)
    members = [_person(number, "", {"nik": OWN} | row.person)] if row.has_members else []
    members += [_person(number, f"-{n}", other) for n, other in enumerate(row.others)]
    return HouseholdRecord(
        source_record_id=f"H{number}",
        revision=1,
        observed_at=NOW,
        region_code="35.10.01.2001",
        members=tuple(members),
        **details,
    )


def _person(number: int, suffix: str, details: dict) -> PersonRecord:
    known = ORDINARY | details
    if known.get("nik") == OWN:
        known["nik"] = nik_of(number)
    return PersonRecord(source_record_id=f"P{number}{suffix}", **known)


def _lines(number: int, row: Row) -> list[RosterRecord]:
    lines = []
    for position, details in enumerate(row.roster):
        known = {"programme_code": "KIS_PBI", "status": "ACTIVE", "nik": OWN} | details
        known["nik"] = nik_of(number) if known["nik"] == OWN else known["nik"]
        if known.get("kk_number") == OWN:
            known["kk_number"] = kk_of(number)
        lines.append(RosterRecord(source_record_id=f"R{number}-{position}", revision=1, observed_at=NOW, **known))
    return lines
