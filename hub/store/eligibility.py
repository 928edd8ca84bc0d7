"""Runs rules in PostgreSQL: verdicts for all units in one statement, and the facts behind the verdicts of a few."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.domain.errors import NotFound
from hub.matching.compile import CompiledRule, compile_rule
from hub.matching.fields import Subject
from hub.matching.rules import Rule, read_rule
from hub.store.database import Row, Session
from hub.store.queries import Query, query, template


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A published rule of a programme."""

    programme_code: str
    version: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is known of one unit and what each clause makes of it: True, False or None (unknown)."""

    household_id: int
    person_id: int | None
    outcomes: tuple[bool | None, ...]
    facts: dict[str, object]


async def list_rules(session: Session, day: date) -> list[RuleVersion]:
    """The rules in force on a day, one for each programme."""
    rows = await session.fetch(query("eligibility", "list_rules_in_force"), day=day)
    return [RuleVersion(row["programme_code"], row["version"], read_rule(row["rule"])) for row in rows]


async def find_rule(session: Session, programme_code: str, day: date) -> RuleVersion:
    """The rule of a programme in force on a day; NotFound when there is none."""
    row = await session.fetch_row(query("eligibility", "find_rule_in_force"), programme_code=programme_code, day=day)
    if row is None:
        raise NotFound(
            f"no programme {programme_code!r} with a rule in force on {day}: ask for `programmes` to see them"
        )
    return RuleVersion(row["programme_code"], row["version"], read_rule(row["rule"]))


async def evaluate(
    session: Session, version: RuleVersion, evaluated_at: datetime, household_ids: Sequence[int] | None = None
) -> None:
    """Judge every unit against a rule, or those of some households; what changed replaces the verdicts in one transaction."""
    compiled = compile_rule(version.rule)
    statement = template("eligibility", "evaluate").fill(
        facts=_facts(version.rule, compiled, only_some=household_ids is not None),
        clauses=_clauses(compiled),
        only_e=_only("e", is_wanted=household_ids is not None),
        failed=_mask(compiled, "not j.c{0}"),
        missing=_mask(compiled, "j.c{0} is null"),
        same_person="and e.person_id = j.person_id" if version.rule.unit is Subject.PERSON else "",
    )
    required = sum(1 << n for n, clause in enumerate(version.rule.clauses) if not clause.excludes)
    some = {} if household_ids is None else {"household_ids": list(household_ids)}
    async with session.transaction() as transaction:
        if household_ids is None:
            await transaction.execute(
                query("eligibility", "drop_stale_verdicts"), programme_code=version.programme_code
            )
        await transaction.execute(
            statement,
            **_parameters(statement, compiled, evaluated_at.date()),
            **some,
            programme_code=version.programme_code,
            segment=version.rule.segment,
            rule_version=version.version,
            required=required,
            evaluated_at=evaluated_at,
        )


async def explain(session: Session, version: RuleVersion, household_ids: Sequence[int], as_of: date) -> list[UnitFacts]:
    """The facts and clause outcomes of all units of the given households, in one statement."""
    compiled = compile_rule(version.rule)
    statement = template("eligibility", "explain").fill(
        facts=_facts(version.rule, compiled, only_some=True), clauses=_clauses(compiled)
    )
    values = {**_parameters(statement, compiled, as_of), "household_ids": list(household_ids)}
    rows = await session.fetch(statement, **values)
    return [_unit_facts(row, len(compiled.clauses)) for row in rows]


def _unit_facts(row: Row, clauses: int) -> UnitFacts:
    outcomes = tuple(row[f"c{n}"] for n in range(clauses))
    return UnitFacts(row["household_id"], row["person_id"], outcomes, row["facts"])


def _facts(rule: Rule, compiled: CompiledRule, *, only_some: bool) -> str:
    slots = {f"only_{row}": _only(row, is_wanted=only_some) for row in "ehip"}
    persons = template("eligibility", "person_facts").text_with(**slots)
    households = template("eligibility", "household_facts").text_with(**slots)
    if rule.unit is Subject.PERSON:
        return persons
    aggregates = "".join(f", {sql} as m{n}" for n, sql in enumerate(compiled.members))
    return template("eligibility", "household_rule_facts").text_with(
        households=households, persons=persons, aggregates=aggregates
    )


def _only(row: str, *, is_wanted: bool) -> str:
    return f"and {row}.household_id = any (:household_ids::bigint[])" if is_wanted else ""


def _clauses(compiled: CompiledRule) -> str:
    return ", ".join(f"{sql} as c{n}" for n, sql in enumerate(compiled.clauses))


def _mask(compiled: CompiledRule, condition: str) -> str:
    bits = (f"(case when {condition.format(n)} then {1 << n}::bigint else 0 end)" for n in range(len(compiled.clauses)))
    return "(" + " | ".join(bits) + ")"


def _parameters(statement: Query, compiled: CompiledRule, as_of: date) -> dict[str, object]:
    values = dict(compiled.parameters)
    if "as_of" in statement.parameters:
        values["as_of"] = as_of
    return values
