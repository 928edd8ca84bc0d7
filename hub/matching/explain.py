"""Why a verdict is what it is: the table of its clauses, and the same in one sentence, in Indonesian and English.

A sentence names no person and no number of an identity; it tells what was found of a household or person by their fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from hub.matching.evaluate import any_of, evaluate
from hub.matching.expressions import AllMembers, AnyMember, CountMembers, leaves_of
from hub.matching.fields import FIELDS, Text
from hub.matching.findings import Finding, Known, Tally, change_of, findings_of
from hub.matching.judgement import Outcome, VerdictStatus, judge, outcome_of
from hub.matching.rules import Clause, Rule
from hub.matching.words import said_date

_HEAD = {
    VerdictStatus.ELIGIBLE: Text("Berhak atas {}", "Eligible for {}"),
    VerdictStatus.NOT_ELIGIBLE: Text("Tidak berhak atas {}", "Not eligible for {}"),
    VerdictStatus.UNKNOWN: Text(
        "Belum dapat dipastikan apakah berhak atas {}", "It cannot be told yet whether eligible for {}"
    ),
    VerdictStatus.EXCLUDED: Text("Dikecualikan dari {}", "Excluded from {}"),
    VerdictStatus.ALREADY_ENROLLED: Text("Sudah menjadi peserta {}", "Already on {}"),
}
_ASSIGN = Text("Tunggu penetapan jatah.", "Wait until an entitlement is assigned.")


@dataclass(frozen=True)
class ExplainedClause:
    """A clause with what it makes of a unit; what nobody asks for is not worked out."""

    clause: Clause
    outcome: Outcome
    known: Known

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """One for each thing that it asks for."""
        return tuple(findings_of(self.clause.expression, self.known, want=not self.clause.excludes))

    @cached_property
    def change(self) -> Text | None:
        """What would have to become different, or known; None when the clause is met."""
        if self.outcome is Outcome.PASS:
            return None
        return change_of(self.clause.expression, self.known, want=not self.clause.excludes)

    @property
    def next_step(self) -> Text | None:
        """What to do; None when the clause is met."""
        return None if self.outcome is Outcome.PASS else self.clause.next_step


@dataclass(frozen=True)
class Explanation:
    """A verdict with all of its clauses."""

    programme_code: str
    status: VerdictStatus
    clauses: tuple[ExplainedClause, ...]

    @cached_property
    def sentence(self) -> Text:
        """All of it in one sentence."""
        return _sentence(self)

    @property
    def next_step(self) -> Text | None:
        """What to do next; None: nothing."""
        return _next_step(self.status, self.clauses)


def explain(
    rule: Rule, programme_code: str, outcomes: Sequence[bool | None], known: Known, *, is_enrolled: bool
) -> Explanation:
    """The explanation of what the clauses made of a unit; `outcomes` are those that the verdict was found by."""
    pairs = zip(rule.clauses, outcomes, strict=True)
    clauses = tuple(ExplainedClause(clause, outcome_of(met), known) for clause, met in pairs)
    return Explanation(programme_code, judge(rule, outcomes, is_enrolled=is_enrolled), clauses)


def _next_step(status: VerdictStatus, clauses: Sequence[ExplainedClause]) -> Text | None:
    """Of the clause that decided: the first requirement that failed, else exclusion, else the first that is not known."""
    match status:
        case VerdictStatus.ELIGIBLE:
            return _ASSIGN
        case VerdictStatus.ALREADY_ENROLLED:
            return None
        case VerdictStatus.UNKNOWN:
            deciding = [c for c in clauses if c.outcome is Outcome.MISSING]
        case _:
            excludes = status is VerdictStatus.EXCLUDED
            deciding = [c for c in clauses if c.outcome is Outcome.FAIL and c.clause.excludes is excludes]
    return deciding[0].next_step


def _sentence(explanation: Explanation) -> Text:
    head, counted, next_step = _HEAD[explanation.status], _counted(explanation.clauses), explanation.next_step
    text_id = f"{head.id.format(explanation.programme_code)}: {counted.id}"
    text_en = f"{head.en.format(explanation.programme_code)}: {counted.en}"
    if next_step is not None:
        text_id += f"; langkah berikutnya: {next_step.id.rstrip('.')}"
        text_en += f"; next step: {next_step.en.rstrip('.')}"
    return Text(f"{text_id}.", f"{text_en}.")


def _counted(clauses: Sequence[ExplainedClause]) -> Text:
    """Such as "1 of 5 conditions not met, LABEL (WHY); 1 of 5 not known, LABEL (WHY)"."""
    failed = [c for c in clauses if c.outcome is Outcome.FAIL]
    missing = [c for c in clauses if c.outcome is Outcome.MISSING]
    total = len(clauses)
    parts = []
    if failed:
        why = _whys(failed)
        parts.append(Text(f"{len(failed)} dari {total} syarat tidak terpenuhi, {why.id}",
                          f"{len(failed)} of {total} conditions not met, {why.en}"))  # fmt: skip
    if missing:
        why = _whys(missing)
        parts.append(Text(f"{len(missing)} dari {total} syarat tidak diketahui, {why.id}",
                          f"{len(missing)} of {total} conditions not known, {why.en}"))  # fmt: skip
    if not parts:
        return Text(f"semua {total} syarat terpenuhi", f"all {total} conditions are met")
    return Text("; ".join(part.id for part in parts), "; ".join(part.en for part in parts))


def _whys(clauses: Sequence[ExplainedClause]) -> Text:
    whys = [_why(clause) for clause in clauses]
    pairs = list(zip(clauses, whys, strict=True))
    return Text(
        ", ".join(f"{c.clause.label.id} ({why.id})" for c, why in pairs),
        ", ".join(f"{c.clause.label.en} ({why.en})" for c, why in pairs),
    )


def _why(clause: ExplainedClause) -> Text:
    """What would change it; where only members are asked, for how many of them it holds: the whole would be too long."""
    tally = _tally(clause)
    if tally is None:
        why = clause.change or Text("", "")
    elif tally.total == 0:
        why = Text("anggota keluarga tidak diketahui", "the members are not known")
    else:
        lack = _lack(clause, tally)
        why = Text(
            f"berlaku bagi {tally.met} dari {tally.total} anggota{lack.id}",
            f"holds for {tally.met} of {tally.total} members{lack.en}",
        )
    stamp = _said_stamp(clause)
    return Text(why.id + stamp.id, why.en + stamp.en)


def _lack(clause: ExplainedClause, tally: Tally) -> Text:
    """For how many members it is not known, and which fields of theirs are not."""
    if tally.unknown == 0:
        return Text("", "")
    names = sorted({name for finding in clause.findings for name in finding.missing if name in FIELDS})
    labels = [FIELDS[name].label for name in names]
    return Text(
        f", tidak diketahui bagi {tally.unknown} karena belum ada data: {', '.join(label.id for label in labels)}",
        f", not known for {tally.unknown} for lack of: {', '.join(label.en for label in labels)}",
    )


def _tally(clause: ExplainedClause) -> Tally | None:
    """For how many members one of the clause's conditions holds; None where it asks for anything but members."""
    leaves = list(leaves_of(clause.clause.expression))
    conditions = [leaf.of for leaf in leaves if isinstance(leaf, AnyMember | AllMembers | CountMembers)]
    if len(conditions) < len(leaves):
        return None
    found = [any_of(evaluate(condition, member) for condition in conditions) for member in clause.known.members]
    return Tally(found.count(True), found.count(None), len(found))


def _said_stamp(clause: ExplainedClause) -> Text:
    """The sources of what did not pass, each with the day of its oldest observation."""
    oldest: dict[str, date] = {}
    for finding in clause.findings:
        stamp = finding.stamp
        if stamp is None or finding.outcome is Outcome.PASS:
            continue
        day = stamp.observed_at.date()
        source = stamp.system if stamp.basis is None else f"{stamp.system} ({stamp.basis})"
        oldest[source] = min(oldest.get(source, day), day)
    days = [(source, said_date(day)) for source, day in sorted(oldest.items())]
    return Text(
        "".join(f"; sumber {source}, {day.id}" for source, day in days),
        "".join(f"; source {source}, {day.en}" for source, day in days),
    )
