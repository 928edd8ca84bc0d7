"""Verdicts with their explanation, found live from what is known now; the recorded ones are what matching works with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.errors import Invalid, NotFound
from hub.matching.expressions import Compare, Draws, leaves_of
from hub.matching.fields import Subject
from hub.matching.judgement import Outcome, VerdictStatus, judge, outcome_of
from hub.matching.rules import Clause
from hub.store import matches_read
from hub.store.eligibility import RuleVersion, UnitFacts, explain, list_rules
from hub.store.matches_read import ActiveEnrolment, RecordedVerdict
from hub.store.rows import grouped
from resolvers.context import Context

Unit = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class FactValue:
    """What is known of one field; None is not known."""

    field: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ClauseOutcome:
    """What one clause of a rule makes of a unit, and what to do when it is not met."""

    code: str
    label: str
    label_en: str
    outcome: Outcome
    is_exclusion: bool
    values: list[FactValue]
    next_step: str | None
    next_step_en: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a household or person now."""

    household_id: int
    person_id: int | None
    programme_code: str
    rule_version: int
    status: VerdictStatus
    explanation: list[ClauseOutcome]
    evaluated_at: datetime

    @property
    def key(self) -> tuple[int, int | None, str]:
        """Unit and programme."""
        return (self.household_id, self.person_id, self.programme_code)


async def verdicts_of_households(ctx: Context, household_ids: Sequence[int]) -> Sequence[list[Verdict]]:
    """For each household the verdicts on the programmes whose unit is the household."""
    found = await _verdicts(ctx, household_ids, await _rules(ctx, Subject.HOUSEHOLD))
    return grouped(household_ids, ((verdict.household_id, verdict) for verdict in found))


async def verdicts_of_persons(ctx: Context, units: Sequence[tuple[int, int]]) -> Sequence[list[Verdict]]:
    """For each person, given as (household, person), the verdicts on the programmes whose unit is the person."""
    household_ids = list(dict.fromkeys(household_id for household_id, _ in units))
    found = await _verdicts(ctx, household_ids, await _rules(ctx, Subject.PERSON))
    wanted: set[Unit] = set(units)
    of_units = (((v.household_id, v.person_id or 0), v) for v in found if (v.household_id, v.person_id) in wanted)
    return grouped(units, of_units)


async def find_verdict(ctx: Context, unit: Unit, programme_code: str) -> Verdict:
    """The verdict on one unit for one programme; the unit must be of the programme's kind."""
    rules = await list_rules(ctx.session, ctx.clock().date())
    version = next((rule for rule in rules if rule.programme_code == programme_code), None)
    if version is None:
        known = ", ".join(rule.programme_code for rule in rules)
        raise Invalid(f"no rule of a programme {programme_code!r} is in force: there is {known}", ("programmeCode",))
    kind = Subject.HOUSEHOLD if unit[1] is None else Subject.PERSON
    if version.rule.unit is not kind:
        argument = f"{version.rule.unit.value.lower()}Id"
        raise Invalid(f"{programme_code} is given to a {version.rule.unit.value.lower()}: name {argument}", (argument,))
    found = await _verdicts(ctx, [unit[0]], [version])
    verdict = next((verdict for verdict in found if (verdict.household_id, verdict.person_id) == unit), None)
    if verdict is None:
        raise NotFound(f"the {kind.value.lower()} is no longer in the registry: its district removed it")
    return verdict


async def recorded_of(ctx: Context, keys: Sequence[tuple[int, int | None, str]]) -> Sequence[RecordedVerdict | None]:
    """For each (household, person, programme) the verdict that matching works with."""
    found = await matches_read.list_recorded_verdicts(
        ctx.session, sorted({key[0] for key in keys}), sorted({key[2] for key in keys})
    )
    by_unit = {(verdict.household_id, verdict.person_id, verdict.programme_code): verdict for verdict in found}
    return [by_unit.get(key) for key in keys]


async def _rules(ctx: Context, unit: Subject) -> list[RuleVersion]:
    rules = await list_rules(ctx.session, ctx.clock().date())
    return [version for version in rules if version.rule.unit is unit]


async def _verdicts(ctx: Context, household_ids: Sequence[int], versions: Sequence[RuleVersion]) -> list[Verdict]:
    now = ctx.clock()
    codes = [version.programme_code for version in versions]
    enrolled = await matches_read.list_active_enrolments(ctx.session, household_ids, codes)
    verdicts = []
    for version in versions:
        on_it = _enrolled_units(version, enrolled)
        for facts in await explain(ctx.session, version, household_ids, now.date()):
            is_enrolled = (facts.household_id, facts.person_id) in on_it
            verdicts.append(_verdict(version, facts, now, is_enrolled=is_enrolled))
    return verdicts


def _enrolled_units(version: RuleVersion, enrolled: Iterable[ActiveEnrolment]) -> set[Unit]:
    rule = version.rule
    return {
        (e.household_id, e.person_id if rule.unit is Subject.PERSON else None)
        for e in enrolled
        if e.programme_code == version.programme_code and rule.segment in (None, e.segment)
    }


def _verdict(version: RuleVersion, facts: UnitFacts, now: datetime, *, is_enrolled: bool) -> Verdict:
    pairs = zip(version.rule.clauses, facts.outcomes, strict=True)
    return Verdict(
        household_id=facts.household_id,
        person_id=facts.person_id,
        programme_code=version.programme_code,
        rule_version=version.version,
        status=judge(version.rule, facts.outcomes, is_enrolled=is_enrolled),
        explanation=[_outcome(clause, met, facts.facts) for clause, met in pairs],
        evaluated_at=now,
    )


def _outcome(clause: Clause, met: bool | None, facts: dict[str, object]) -> ClauseOutcome:
    outcome = outcome_of(met)
    is_met = outcome is Outcome.PASS
    return ClauseOutcome(
        code=clause.id,
        label=clause.label.id,
        label_en=clause.label.en,
        outcome=outcome,
        is_exclusion=clause.excludes,
        values=[FactValue(name, _shown(facts.get(name))) for name in _names(clause)],
        next_step=None if is_met else clause.next_step.id,
        next_step_en=None if is_met else clause.next_step.en,
    )


def _names(clause: Clause) -> list[str]:
    leaves = leaves_of(clause.expression)
    return [
        leaf.field if isinstance(leaf, Compare) else leaf.name for leaf in leaves if isinstance(leaf, Compare | Draws)
    ]


def _shown(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
