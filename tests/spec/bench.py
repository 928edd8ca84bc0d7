"""Puts the rows of a rule table into the registry, each as a household of its own, and reads the verdicts back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

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
from tests.spec.tables import OWN, Row, examples

NOW = datetime(2026, 7, 1, tzinfo=UTC)
UNIT_IS_PERSON = {"KIS_PBI", "PIP"}
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


@dataclass(frozen=True)
class Judged:
    """What came out for a row: live with its explanation, and as recorded."""

    live: Verdict
    recorded: str


async def judge_rows(
    session: Session, programme_code: str, rows: Sequence[Row], *, drained: Sequence[str] = ("KIS", "PKH")
) -> dict[str, Judged]:
    """The verdict on the unit of every row, by its `given`."""
    await _add_examples(session)
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


async def _add_examples(session: Session) -> None:
    async with session.connection() as connection:
        for example in examples():
            await connection.execute(
                "insert into programme (programme_code, name_id, name_en, unit) values ($1, $2, $3, $4) on conflict do nothing",
                *(example[name] for name in ("programme_code", "name_id", "name_en")),
                example["rule"]["unit"],
            )
            await connection.execute(
                "insert into programme_rule (programme_code, version, status, effective_from, rule, origin, drafted_by, moved_by,"
                " moved_at, reason) values ($1, 1, 'PUBLISHED', '2025-01-01', $2, 'SHIPPED', 'spec', 'spec', now(), 'example')"
                " on conflict do nothing",
                example["programme_code"],
                example["rule"],
            )


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
        unit = person if programme_code in UNIT_IS_PERSON else None
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
    details = {"decile": 3, "kk_number": OWN} | dict(row.household)
    if "assistance" in details:
        details["assistance"] = tuple(details["assistance"])
    if "previous_kk_numbers" in details:
        details["previous_kk_numbers"] = tuple(_number(number, kk_of, kk) for kk in details["previous_kk_numbers"])
    details["kk_number"] = _number(number, kk_of, details["kk_number"])
    members = [_person(number, "", {"nik": OWN} | dict(row.person))] if row.has_members else []
    members += [_person(number, f"-{n}", other) for n, other in enumerate(row.others)]
    return HouseholdRecord(
        source_record_id=f"H{number}",
        revision=1,
        observed_at=NOW,
        region_code="35.10.01.2001",
        members=tuple(members),
        **details,
    )


def _person(number: int, suffix: str, details: Mapping[str, Any]) -> PersonRecord:
    known = ORDINARY | dict(details)
    known["nik"] = _number(number, nik_of, known.get("nik"))
    known["assistance"] = tuple(known.get("assistance", ()))
    return PersonRecord(source_record_id=f"P{number}{suffix}", **known)


def _lines(number: int, row: Row) -> list[RosterRecord]:
    lines = []
    for position, details in enumerate(row.roster):
        known = {"programme_code": "KIS_PBI", "status": "ACTIVE", "nik": OWN} | dict(details)
        known["nik"] = _number(number, nik_of, known["nik"])
        known["kk_number"] = _number(number, kk_of, known.get("kk_number"))
        lines.append(RosterRecord(source_record_id=f"R{number}-{position}", revision=1, observed_at=NOW, **known))
    return lines


def _number(number: int, of: Callable[[int], str], given: str | None) -> str | None:
    if given == OWN:
        return of(number)
    return of(int(given[1:])) if given is not None and given.startswith("#") else given
