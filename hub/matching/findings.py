"""What a clause asks of a unit and what was found: value, threshold, result, source and date, and what would change it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from hub.matching.evaluate import Facts, evaluate, of_members
from hub.matching.expressions import (
    All,
    AllMembers,
    AnyMember,
    AnyOf,
    Compare,
    CountMembers,
    Draws,
    Expression,
    Leaf,
    Not,
    OfMembers,
    leaves_of,
)
from hub.matching.fields import FIELDS, Origin, Text, Unit
from hub.matching.judgement import Outcome, outcome_of
from hub.matching.words import (
    AND,
    OR,
    Operator,
    bracketed,
    joined,
    label_of,
    plain,
    said,
    wanted,
)

MEMBERS = "MEMBERS"
_NOT_KNOWN = Text("tidak diketahui", "not known")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which system said so, and when it observed it; `basis`: whose finding it passed on, such as DTSEN 2026-1."""

    system: str
    observed_at: datetime
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a unit. `stamps`: by Origin, by programme, and MEMBERS for the oldest record of a member."""

    facts: Facts
    members: Sequence[Facts] = ()
    stamps: Mapping[str, Stamp] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of how many members it holds, of how many it is not known, and how many there are."""

    met: int
    unknown: int
    total: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a clause asks for. `field`: of the registry, or what is drawn, or any_member, all_members, count_members.

    `value` (None: not known) has to be `operator` `threshold` so that the clause is met by it; `outcome` says whether it is.
    `missing` are the fields that are not known and would have to be.
    """

    field: str
    value: str | None
    operator: Operator
    threshold: tuple[str, ...]
    unit: Unit
    outcome: Outcome
    label: Text
    requirement: Text
    missing: tuple[str, ...]
    stamp: Stamp | None
    tally: Tally | None = None


def findings_of(expression: Expression, known: Known, *, want: bool) -> Iterator[Finding]:
    """One for each thing that the expression asks for, when it has to be `want`; in order of appearance."""
    match expression:
        case All(of) | AnyOf(of):
            for part in of:
                yield from findings_of(part, known, want=want)
        case Not(of):
            yield from findings_of(of, known, want=not want)
        case _:
            yield _finding(expression, known, want=want)


def change_of(expression: Expression, known: Known, *, want: bool) -> Text | None:
    """What would have to become different, or known, so that the expression is `want`; None when it is."""
    if evaluate(expression, known.facts, known.members) is want:
        return None
    match expression:
        case Not(of):
            return change_of(of, known, want=not want)
        case All(of) | AnyOf(of):
            found = [change_of(part, known, want=want) for part in of]
            changes = [change for change in found if change is not None]
            return _choice(changes, OR if isinstance(expression, AnyOf) is want else AND)
        case _:
            return _change(_finding(expression, known, want=want))


def _choice(changes: Sequence[Text], word: Text) -> Text:
    return changes[0] if len(changes) == 1 else joined((bracketed(change) for change in changes), word)


def _change(finding: Finding) -> Text:
    label, requirement = finding.label, finding.requirement
    value = value_text(finding)
    if finding.outcome is Outcome.MISSING and finding.tally is None:
        ask = FIELDS[finding.field].ask if finding.field in FIELDS else _ask_roster(finding)
        return Text(f"{label.id} {value.id}: {ask.id}", f"{label.en} {value.en}: {ask.en}")
    return Text(f"{label.id} {value.id} -> {requirement.id}", f"{label.en} {value.en} -> {requirement.en}")


def value_text(finding: Finding) -> Text:
    """The value as it is said; of members, such as "2 of 4, 1 not known"."""
    tally = finding.tally
    if tally is None:
        return _NOT_KNOWN if finding.value is None else said(Operator.EQ, (finding.value,), finding.unit)
    if tally.total == 0:
        return _NOT_KNOWN
    unknown = (
        Text(f", {tally.unknown} tidak diketahui", f", {tally.unknown} not known") if tally.unknown else Text("", "")
    )
    return Text(f"{tally.met} dari {tally.total}{unknown.id}", f"{tally.met} of {tally.total}{unknown.en}")


def _ask_roster(finding: Finding) -> Text:
    programme = finding.field.removeprefix("draws ").partition("/")[0].partition(" ")[0]
    return Text(
        f"bacakan kartu keluarga dan periksa daftar peserta {programme}",
        f"have the family card read and the roster of {programme} checked",
    )


def _finding(leaf: Leaf, known: Known, *, want: bool) -> Finding:
    match leaf:
        case Compare():
            return _of_field(leaf, known, _outcome(leaf, known, want=want), want=want)
        case Draws():
            return _of_draws(leaf, known, _outcome(leaf, known, want=want), want=want)
        case _:
            return _of_members(leaf, known, want=want)


def _outcome(leaf: Leaf, known: Known, *, want: bool) -> Outcome:
    met = evaluate(leaf, known.facts, known.members)
    return outcome_of(met if met is None else met is want)


def _of_field(leaf: Compare, known: Known, outcome: Outcome, *, want: bool) -> Finding:
    registered = FIELDS[leaf.field]
    value = known.facts[leaf.field]
    operator, threshold = wanted(leaf, want)
    return Finding(
        field=leaf.field,
        value=None if value is None else plain(value),
        operator=operator,
        threshold=threshold,
        unit=registered.unit,
        outcome=outcome,
        label=registered.label,
        requirement=said(operator, threshold, registered.unit),
        missing=(leaf.field,) if value is None else (),
        stamp=None if value is None else known.stamps.get(registered.origin),
    )


def _of_draws(leaf: Draws, known: Known, outcome: Outcome, *, want: bool) -> Finding:
    value = known.facts[leaf.name]
    but = f" selain {', '.join(leaf.but)}", f" other than {', '.join(leaf.but)}"
    return Finding(
        field=leaf.name,
        value=None if value is None else plain(value),
        operator=Operator.EQ,
        threshold=(plain(want),),
        unit=Unit.NONE,
        outcome=outcome,
        label=Text(f"menerima {leaf.target}{but[0] * bool(leaf.but)}", f"draws {leaf.target}{but[1] * bool(leaf.but)}"),
        requirement=said(Operator.EQ, (plain(want),)),
        missing=(leaf.name,) if value is None else (),
        stamp=None if value is None else known.stamps.get(leaf.programme, known.stamps.get(Origin.HOUSEHOLD)),
    )


def _of_members(leaf: OfMembers, known: Known, *, want: bool) -> Finding:
    values = [evaluate(leaf.of, member) for member in known.members]
    met = of_members(leaf, values)
    tally = Tally(values.count(True), values.count(None), len(values))
    operator, bounds = _count_wanted(leaf, tally.total, want=want)
    threshold = tuple(plain(bound) for bound in bounds)
    who = describe(leaf.of)
    return Finding(
        field=_MEMBER_WORDS[type(leaf)],
        value=None if tally.total == 0 or tally.unknown else str(tally.met),
        operator=operator,
        threshold=threshold,
        unit=Unit.NONE,
        outcome=outcome_of(met if met is None else met is want),
        label=Text(f"anggota dengan {who.id}:", f"members with {who.en}:"),
        requirement=said(operator, threshold),
        missing=_unknown_of_members(leaf, known, values) if values else (_MEMBER_WORDS[type(leaf)],),
        stamp=known.stamps.get(MEMBERS) if values else None,
        tally=tally,
    )


def _unknown_of_members(leaf: OfMembers, known: Known, values: Sequence[bool | None]) -> tuple[str, ...]:
    """Fields that are not known of a member for whom the condition is not known."""
    if None not in values:
        return ()
    asked = {part.field for part in leaves_of(leaf.of) if isinstance(part, Compare)}
    left_open = [member for member, value in zip(known.members, values, strict=True) if value is None]
    return tuple(sorted(name for name in asked if any(member[name] is None for member in left_open)))


_MEMBER_WORDS: dict[type[OfMembers], str] = {
    AnyMember: "any_member",
    AllMembers: "all_members",
    CountMembers: "count_members",
}


def _count_wanted(leaf: OfMembers, total: int, *, want: bool) -> tuple[Operator, tuple[int, ...]]:
    match leaf:
        case AnyMember():
            return (Operator.GTE, (1,)) if want else (Operator.EQ, (0,))
        case AllMembers():
            return (Operator.EQ, (total,)) if want else (Operator.LT, (total,))
        case CountMembers(_, None, high):
            return (Operator.LTE if want else Operator.GT), (high or 0,)
        case CountMembers(_, low, None):
            return (Operator.GTE if want else Operator.LT), (low or 0,)
        case CountMembers(_, low, high) if low == high:
            return (Operator.EQ if want else Operator.NE), (low or 0,)
        case CountMembers(_, low, high):
            return (Operator.BETWEEN if want else Operator.OUTSIDE), (low or 0, high or 0)


@lru_cache(maxsize=4_096)
def describe(expression: Expression, *, want: bool = True) -> Text:
    """A condition on a member in words, such as "vital status: alive and age at least 60 years"."""
    match expression:
        case Not(of):
            return describe(of, want=not want)
        case All(of) | AnyOf(of):
            word = OR if isinstance(expression, AnyOf) is want else AND
            parts = [describe(part, want=want) for part in of]
            return joined(parts, word) if word is AND or len(parts) == 1 else bracketed(joined(parts, word))
        case Compare():
            operator, threshold = wanted(expression, want)
            label, how = label_of(expression), said(operator, threshold, FIELDS[expression.field].unit)
            if threshold == ("true",) and operator == Operator.EQ:
                return label
            colon = ":" if operator in (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN) else ""
            return Text(f"{label.id}{colon} {how.id}", f"{label.en}{colon} {how.en}")
    raise TypeError(f"{expression} describes no member: the reader lets it stand only in a household's own part")
