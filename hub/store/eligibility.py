"""Runs rules in PostgreSQL: verdicts for all units in one statement, and the facts behind the verdicts of a few."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.domain.errors import NotFound
from hub.matching.compile import CompiledRule, compile_rule, mask_of, required_mask
from hub.matching.expressions import Draws
from hub.matching.fields import Origin, Subject
from hub.matching.findings import MEMBERS, Known, Stamp
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
    """What each clause makes of one unit: True, False or None (unknown); and what is known of it, unless asked briefly."""

    household_id: int
    person_id: int | None
    outcomes: tuple[bool | None, ...]
    known: Known | None


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


async def evaluate(session: Session, version: RuleVersion, evaluated_at: datetime) -> None:
    """Judge every unit against a rule; what changed replaces the programme's verdicts in one transaction."""
    compiled = compile_rule(version.rule)
    statement = template("eligibility", "evaluate").fill(
        facts=facts_of(version.rule, compiled),
        clauses=clauses_of(compiled),
        failed=mask_of(compiled, "not j.c{0}"),
        missing=mask_of(compiled, "j.c{0} is null"),
        same_person="and e.person_id = j.person_id" if version.rule.unit is Subject.PERSON else "",
    )
    async with session.transaction() as transaction:
        await transaction.execute(query("eligibility", "drop_stale_verdicts"), programme_code=version.programme_code)
        await transaction.execute(
            statement,
            **parameters_of(statement, compiled, evaluated_at.date()),
            programme_code=version.programme_code,
            segment=version.rule.segment,
            rule_version=version.version,
            required=required_mask(version.rule),
            evaluated_at=evaluated_at,
        )


async def explain(
    session: Session, version: RuleVersion, household_ids: Sequence[int], as_of: date, *, brief: bool = False
) -> list[UnitFacts]:
    """The clause outcomes of all units of the given households, and unless `brief` what is known of them, in one statement."""
    compiled = compile_rule(version.rule)
    statement = template("eligibility", "judge_briefly" if brief else "explain").fill(
        facts=facts_of(version.rule, compiled, only_some=True, with_members=not brief), clauses=clauses_of(compiled)
    )
    values = {**parameters_of(statement, compiled, as_of), "household_ids": list(household_ids)}
    rows = await session.fetch(statement, **values)
    return [_unit_facts(row, len(compiled.clauses), brief=brief) for row in rows]


def _unit_facts(row: Row, clauses: int, *, brief: bool) -> UnitFacts:
    outcomes = tuple(row[f"c{n}"] for n in range(clauses))
    return UnitFacts(row["household_id"], row["person_id"], outcomes, None if brief else _known(row))


def _known(row: Row) -> Known:
    facts = row["facts"]
    members = facts.pop("members", None) or []
    own = Origin.HOUSEHOLD if row["person_id"] is None else Origin.PERSON
    stamps = {code: _stamp(stamp) for code, stamp in ((row["rosters"] or {}) | (row["enrolled"] or {})).items()}
    stamps[own] = _stamp((facts["source_code"], facts["observed_at"]))
    if own is Origin.PERSON:
        stamps[Origin.HOUSEHOLD] = _stamp((facts["household_source_code"], facts["household_observed_at"]))
    of_household = stamps[Origin.HOUSEHOLD]
    basis = " ".join(word for word in (facts["welfare_source"], facts["welfare_period"]) if word)
    stamps[Origin.WELFARE] = Stamp(of_household.system, of_household.observed_at, basis or None)
    if members:
        stamps[MEMBERS] = min(
            (_stamp((m["source_code"], m["observed_at"])) for m in members), key=lambda stamp: stamp.observed_at
        )
    return Known(facts, members, stamps)


def _stamp(stamp: Sequence[str]) -> Stamp:
    return Stamp(stamp[0], datetime.fromisoformat(stamp[1]))


def facts_of(
    rule: Rule,
    compiled: CompiledRule,
    *,
    only_some: bool = False,
    of_regions: bool = False,
    with_members: bool = False,
) -> str:
    """The statement that gives all units their facts, for a draft's rule too. `only_some` takes :household_ids, `of_regions`
    takes :region_from and :region_to; `with_members` adds the facts of a household's members as `members`.
    """
    some = "and {0}.household_id = any (:household_ids::bigint[])" if only_some else ""
    within = template("eligibility", "of_regions")
    slots = {f"only_{row}": f"{some.format(row)} {within.text_with(row=row) if of_regions else ''}" for row in "ehip"}
    draws = {
        "draw_columns": "".join(_draw("draw_column", n, draw, slots) for n, draw in enumerate(compiled.draws)),
        "draw_joins": "".join(_draw("draw_join", n, draw, slots) for n, draw in enumerate(compiled.draws)),
    }
    identified = template("eligibility", "identified").text_with(**slots)
    if rule.unit is Subject.PERSON:
        slots |= draws | {"identified": identified if compiled.draws else ""}
        return template("eligibility", "person_facts").text_with(**slots)
    persons = template("eligibility", "person_facts").text_with(**slots, draw_columns="", draw_joins="", identified="")
    households = template("eligibility", "household_facts").text_with(**slots, **draws, identified=identified)
    return template("eligibility", "household_rule_facts").text_with(
        households=households,
        persons=persons,
        aggregates=aggregates_of(compiled) + (", jsonb_agg(to_jsonb(member)) as members" if with_members else ""),
    )


def _draw(block: str, number: int, draw: Draws, slots: dict[str, str]) -> str:
    hit = "true"
    if draw.component or draw.but:
        which = "draw_component" if draw.component else "draw_another_component"
        hit = template("eligibility", which).text_with(n=str(number))
    return template("eligibility", block).text_with(n=str(number), name=draw.name, hit=hit, **slots)


def aggregates_of(compiled: CompiledRule) -> str:
    """What the rule asks of members, as m0, m1, ... behind other columns."""
    return "".join(f", {sql} as m{n}" for n, sql in enumerate(compiled.members))


def clauses_of(compiled: CompiledRule) -> str:
    """What each clause makes of a unit, as c0, c1, ..."""
    return ", ".join(f"{sql} as c{n}" for n, sql in enumerate(compiled.clauses))


def parameters_of(statement: Query, compiled: CompiledRule, as_of: date) -> dict[str, object]:
    """The values of those parameters of a statement that come from the rule and the day."""
    values = {"as_of": as_of, **compiled.parameters}
    for n, draw in enumerate(compiled.draws):
        values[f"draw_{n}_programme"] = draw.programme
        if draw.component:
            values[f"draw_{n}_component"] = draw.component
        if draw.but:
            values[f"draw_{n}_but"] = list(draw.but)
    return {name: value for name, value in values.items() if name in statement.parameters}
