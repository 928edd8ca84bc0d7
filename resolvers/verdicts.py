"""Verdicts with their explanation, found live from what is known now; the recorded ones are what matching works with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.errors import Invalid, NotFound
from hub.matching.explain import ExplainedClause, Explanation, explain
from hub.matching.fields import Subject, Text
from hub.matching.findings import Finding, Tally
from hub.matching.judgement import Outcome, VerdictStatus, judge
from hub.matching.words import Operator
from hub.store import eligibility, matches_read
from hub.store.eligibility import RuleVersion, UnitFacts, list_rules
from hub.store.matches_read import ActiveEnrolment, RecordedVerdict
from hub.store.rows import grouped
from resolvers.context import Context

Unit = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class FactValue:
    """What is known of one thing that a clause asks for, and what it would have to be."""

    field: str
    label: str
    label_en: str
    value: str | None
    unit: str | None
    operator: Operator
    threshold: list[str]
    outcome: Outcome
    missing: list[str]
    members: Tally | None
    source: str | None
    source_basis: str | None
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClauseOutcome:
    """What one clause of a rule makes of a unit, what would change it, and what to do when it is not met."""

    code: str
    label: str
    label_en: str
    outcome: Outcome
    is_exclusion: bool
    values: list[FactValue]
    change: str | None
    change_en: str | None
    next_step: str | None
    next_step_en: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a household or person now. `explained` is None when it was asked for in brief."""

    household_id: int
    person_id: int | None
    programme_code: str
    rule_version: int
    status: VerdictStatus
    evaluated_at: datetime
    explained: Explanation | None

    @property
    def key(self) -> tuple[int, int | None, str]:
        """Unit and programme."""
        return (self.household_id, self.person_id, self.programme_code)

    @property
    def explanation(self) -> list[ClauseOutcome]:
        """Every clause."""
        return [_clause_outcome(clause) for clause in self._why.clauses]

    @property
    def sentence(self) -> str:
        """The verdict and its reasons in Indonesian."""
        return self._why.sentence.id

    @property
    def sentence_en(self) -> str:
        """The same in English."""
        return self._why.sentence.en

    @property
    def next_step(self) -> str | None:
        """What to do, in Indonesian."""
        return _both(self._why.next_step)[0]

    @property
    def next_step_en(self) -> str | None:
        """The same in English."""
        return _both(self._why.next_step)[1]

    @property
    def _why(self) -> Explanation:
        if self.explained is None:
            raise TypeError("this verdict was asked for in brief: it has no explanation")
        return self.explained


async def verdicts_of_households(
    ctx: Context, household_ids: Sequence[int], *, brief: bool = False
) -> Sequence[list[Verdict]]:
    """For each household the verdicts on the programmes whose unit is the household; `brief`: without explanation."""
    found = await _verdicts(ctx, household_ids, await _rules(ctx, Subject.HOUSEHOLD), brief=brief)
    return grouped(household_ids, ((verdict.household_id, verdict) for verdict in found))


async def verdicts_of_persons(
    ctx: Context, units: Sequence[tuple[int, int]], *, brief: bool = False
) -> Sequence[list[Verdict]]:
    """For each person, given as (household, person), the verdicts on the programmes whose unit is the person."""
    household_ids = list(dict.fromkeys(household_id for household_id, _ in units))
    found = await _verdicts(ctx, household_ids, await _rules(ctx, Subject.PERSON), brief=brief)
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


async def _verdicts(
    ctx: Context, household_ids: Sequence[int], versions: Sequence[RuleVersion], *, brief: bool = False
) -> list[Verdict]:
    now = ctx.clock()
    codes = [version.programme_code for version in versions]
    enrolled = await matches_read.list_active_enrolments(ctx.session, household_ids, codes)
    verdicts = []
    for version in versions:
        on_it = _enrolled_units(version, enrolled)
        for facts in await eligibility.explain(ctx.session, version, household_ids, now.date(), brief=brief):
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


def _verdict(version: RuleVersion, unit: UnitFacts, now: datetime, *, is_enrolled: bool) -> Verdict:
    explained = None
    if unit.known is not None:
        explained = explain(version.rule, version.programme_code, unit.outcomes, unit.known, is_enrolled=is_enrolled)
    return Verdict(
        household_id=unit.household_id,
        person_id=unit.person_id,
        programme_code=version.programme_code,
        rule_version=version.version,
        status=judge(version.rule, unit.outcomes, is_enrolled=is_enrolled),
        evaluated_at=now,
        explained=explained,
    )


def _clause_outcome(explained: ExplainedClause) -> ClauseOutcome:
    clause = explained.clause
    change_id, change_en = _both(explained.change)
    next_step_id, next_step_en = _both(explained.next_step)
    return ClauseOutcome(
        code=clause.id,
        label=clause.label.id,
        label_en=clause.label.en,
        outcome=explained.outcome,
        is_exclusion=clause.excludes,
        values=[_value(finding) for finding in explained.findings],
        change=change_id,
        change_en=change_en,
        next_step=next_step_id,
        next_step_en=next_step_en,
    )


def _both(text: Text | None) -> tuple[str, str] | tuple[None, None]:
    return (None, None) if text is None else (text.id, text.en)


def _value(finding: Finding) -> FactValue:
    stamp = finding.stamp
    return FactValue(
        field=finding.field,
        label=finding.label.id,
        label_en=finding.label.en,
        value=finding.value,
        unit=finding.unit or None,
        operator=finding.operator,
        threshold=list(finding.threshold),
        outcome=finding.outcome,
        missing=list(finding.missing),
        members=finding.tally,
        source=None if stamp is None else stamp.system,
        source_basis=None if stamp is None else stamp.basis,
        observed_at=None if stamp is None else stamp.observed_at,
    )
