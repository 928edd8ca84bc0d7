"""Judges programmes anew and keeps what changed: how many units went from which verdict to which, where, and because of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from hub.domain.errors import Invalid
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.matching.rules import read_rule
from hub.store.database import Session
from hub.store.eligibility import RuleVersion, evaluate
from hub.store.queries import query
from hub.store.rows import by_key, grouped, read
from hub.store.rule_sets import find_rule_sets

ChangeKey = tuple[int, str, str, str, str]
"""Evaluation, programme, regency, verdict before and after."""


class Evaluation(msgspec.Struct, frozen=True, gc=False):
    """One finding anew of all verdicts. `welfare_periods`: of the deciles that it worked with."""

    evaluation_id: int
    as_of: date
    welfare_periods: list[str]
    started_by: str
    started_at: datetime
    finished_at: datetime | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.EVALUATION, self.evaluation_id)


class EvaluatedProgramme(msgspec.Struct, frozen=True, gc=False):
    """What an evaluation did for a programme; no version: no rule was in force, and its verdicts went."""

    evaluation_id: int
    programme_code: str
    rule_version: int | None
    units_before: int
    units_after: int
    changed: int
    evaluated_at: datetime


class VerdictChange(msgspec.Struct, frozen=True, gc=False):
    """Units of a regency that went from one verdict to another; ABSENT: not judged. `units` None: withheld, they are few."""

    evaluation_id: int
    programme_code: str
    regency_code: str
    from_status: str
    to_status: str
    units: int | None

    @property
    def key(self) -> ChangeKey:
        """Names the change."""
        return (self.evaluation_id, self.programme_code, self.regency_code, self.from_status, self.to_status)


class ChangeCause(msgspec.Struct, frozen=True, gc=False):
    """Because of what: a clause of the rule, ENROLMENT, REGISTRY or RULE."""

    evaluation_id: int
    programme_code: str
    regency_code: str
    from_status: str
    to_status: str
    cause: str
    from_outcome: str
    to_outcome: str
    units: int


async def start_evaluation(session: Session, actor: str, now: datetime) -> int:
    """The id of a new evaluation."""
    started: int = await session.fetch_value(
        query("evaluation", "start_evaluation"), as_of=now.date(), started_by=actor, started_at=now
    )
    return started


async def finish_evaluation(session: Session, evaluation_id: int, now: datetime) -> None:
    """The report is whole."""
    await session.execute(query("evaluation", "finish_evaluation"), evaluation_id=evaluation_id, finished_at=now)


async def evaluate_programme(session: Session, evaluation_id: int, version: RuleVersion, now: datetime) -> None:
    """Judge every unit by a rule, and report what changed, in one transaction."""
    async with session.transaction() as transaction:
        await _keep_before(transaction, version.programme_code)
        await evaluate(transaction, version, now)
        await _report(transaction, evaluation_id, version.programme_code, version.version, now)


async def end_programmes(session: Session, evaluation_id: int, in_force: Sequence[str], now: datetime) -> None:
    """Take away the verdicts of programmes that have no rule in force any more, and report it."""
    judged = [row["programme_code"] for row in await session.fetch(query("evaluation", "list_judged_programmes"))]
    for programme_code in sorted(set(judged) - set(in_force)):
        async with session.transaction() as transaction:
            await _keep_before(transaction, programme_code)
            await transaction.execute(query("evaluation", "drop_verdicts"), programme_code=programme_code)
            await _report(transaction, evaluation_id, programme_code, None, now)


async def _keep_before(session: Session, programme_code: str) -> None:
    await session.execute(query("evaluation", "create_verdict_before"))
    await session.execute(query("evaluation", "create_changed_verdict"))
    await session.execute(query("evaluation", "keep_before"), programme_code=programme_code)


async def _report(
    session: Session, evaluation_id: int, programme_code: str, version: int | None, now: datetime
) -> None:
    named = {"evaluation_id": evaluation_id, "programme_code": programme_code}
    await session.execute(query("evaluation", "find_changed"), programme_code=programme_code)
    await session.execute(query("evaluation", "note_programme"), **named, rule_version=version, evaluated_at=now)
    await session.execute(query("evaluation", "count_changes"), **named)
    versions = [row["version"] for row in await session.fetch(query("evaluation", "list_versions_of_changes"))]
    clauses = await _clauses(session, programme_code, versions)
    await session.execute(
        query("evaluation", "count_causes"),
        **named,
        versions=[clause.version for clause in clauses],
        bits=[clause.bit for clause in clauses],
        clause_ids=[clause.id for clause in clauses],
        is_rule_gone=version is None,
    )
    # the temporary tables are emptied at the end of the transaction, which may hold several programmes
    await session.execute(query("evaluation", "forget_before"))


@dataclass(frozen=True, slots=True)
class _Bit:
    version: int
    bit: int
    id: str


async def _clauses(session: Session, programme_code: str, versions: Sequence[int]) -> list[_Bit]:
    found = await find_rule_sets(session, [(programme_code, version) for version in versions])
    return [
        _Bit(rule_set.version, bit, clause_id)
        for rule_set in found
        if rule_set is not None
        for bit, clause_id in enumerate(_clause_ids(rule_set.rule))
    ]


def _clause_ids(document: dict[str, object]) -> list[str]:
    """In the order of the bits; of a rule that an older release wrote, and this one cannot read, as far as it is plain."""
    try:
        return [clause.id for clause in read_rule(document).clauses]
    except Invalid:
        groups = (document.get(name) for name in ("requirements", "exclusions"))
        return [str(clause["id"]) for group in groups if isinstance(group, list) for clause in group]


async def find_evaluations(session: Session, evaluation_ids: Sequence[int]) -> list[Evaluation | None]:
    """The evaluation of each id."""
    rows = await session.fetch(query("evaluation", "find_evaluations"), evaluation_ids=list(evaluation_ids))
    return by_key(evaluation_ids, ((found.evaluation_id, found) for found in read(Evaluation, rows)))


async def list_evaluations(session: Session, *, before_id: int, first: int) -> list[Evaluation]:
    """A page of evaluations, the newest first."""
    rows = await session.fetch(query("evaluation", "list_evaluations"), before_id=before_id, first=first)
    return read(Evaluation, rows)


async def list_programmes_of(session: Session, evaluation_ids: Sequence[int]) -> list[list[EvaluatedProgramme]]:
    """What each evaluation did, by programme."""
    rows = await session.fetch(query("evaluation", "list_programmes_of"), evaluation_ids=list(evaluation_ids))
    return grouped(evaluation_ids, ((found.evaluation_id, found) for found in read(EvaluatedProgramme, rows)))


async def find_last_evaluation(session: Session) -> int | None:
    """The newest one."""
    found: int | None = await session.fetch_value(query("evaluation", "find_last_evaluation"))
    return found


async def find_last_day(session: Session) -> date | None:
    """As of which day the newest one judged."""
    found: date | None = await session.fetch_value(query("evaluation", "find_last_day"))
    return found


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes; no programme means all."""

    evaluation_id: int
    programme_code: str | None
    regencies: RegionRange


async def list_changes(
    session: Session, wanted: ChangeFilter, *, after: tuple[str, str, str, str], first: int
) -> list[VerdictChange]:
    """A page of changes by programme, regency and verdicts."""
    rows = await session.fetch(
        query("evaluation", "list_changes"),
        evaluation_id=wanted.evaluation_id,
        programme_code=wanted.programme_code,
        region_from=wanted.regencies.start,
        region_to=wanted.regencies.end,
        after_programme=after[0],
        after_regency=after[1],
        after_from=after[2],
        after_to=after[3],
        first=first,
    )
    return read(VerdictChange, rows)


async def list_causes(session: Session, keys: Sequence[ChangeKey]) -> list[list[ChangeCause]]:
    """Because of what, for each change; a unit counts under every cause that it has."""
    rows = await session.fetch(
        query("evaluation", "list_causes"),
        evaluation_ids=[key[0] for key in keys],
        codes=[key[1] for key in keys],
        regencies=[key[2] for key in keys],
        from_statuses=[key[3] for key in keys],
        to_statuses=[key[4] for key in keys],
    )
    causes = read(ChangeCause, rows)
    return grouped(
        keys,
        (((c.evaluation_id, c.programme_code, c.regency_code, c.from_status, c.to_status), c) for c in causes),
    )


async def sum_changes(session: Session, evaluation_id: int) -> list[tuple[str, str, str, int]]:
    """(programme, from, to, units) over all regencies, the most frequent first."""
    rows = await session.fetch(query("evaluation", "sum_changes"), evaluation_id=evaluation_id)
    return [(row["programme_code"], row["from_status"], row["to_status"], row["units"]) for row in rows]
