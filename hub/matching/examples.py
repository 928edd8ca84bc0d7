"""The examples that come with a rule: units as its author describes them, and what the rule must make of each.

    {"given": "decile 4, a woman of 70", "facts": {"decile": 4}, "members": [{"age": 70, "vital_status": "ALIVE"}],
     "is_enrolled": false, "verdict": "ELIGIBLE", "outcomes": {"decile": "PASS"}}

What an example does not name is not known. `members` is for rules of households.
"""

from collections.abc import Mapping

import msgspec

from hub.domain.errors import Invalid
from hub.matching.evaluate import Facts, evaluate, negated
from hub.matching.expressions import draws_of
from hub.matching.fields import FIELDS, FieldType, Subject
from hub.matching.judgement import Outcome, VerdictStatus, judge, outcome_of
from hub.matching.rules import Rule

EXAMPLES_MAX = 500
_NAMED_AT_MOST = 10
_PYTHON_TYPE: dict[FieldType, type] = {FieldType.INTEGER: int, FieldType.TEXT: str, FieldType.BOOLEAN: bool}


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit and its verdict. `facts` are the unit's own; a name that is no field is a draws clause's, such as PKH."""

    given: str
    verdict: VerdictStatus
    facts: dict[str, int | str | bool | None] = {}
    members: tuple[dict[str, int | str | bool | None], ...] = ()
    is_enrolled: bool = False
    outcomes: dict[str, Outcome] = {}


class _Known(dict[str, int | str | bool | None]):
    """Facts of which all that is not named is not known."""

    def __missing__(self, key: str) -> None:
        return None


def read_examples(documents: object) -> list[Example]:
    """Examples from their JSON; Invalid names what does not fit."""
    try:
        examples = msgspec.convert(documents, list[Example])
    except msgspec.ValidationError as error:
        raise Invalid(f"the examples are not of the right form: {error}", ("examples",)) from error
    if len(examples) > EXAMPLES_MAX:
        raise Invalid(f"a rule has at most {EXAMPLES_MAX} examples, not {len(examples)}", ("examples",))
    return examples


def require_examples(rule: Rule, examples: list[Example]) -> None:
    """Raise Invalid that names the first examples which the rule gets wrong, and how."""
    wrong = [f"{example.given!r}: {fault}" for example in examples for fault in _faults(rule, example)]
    if wrong:
        more = f"; and {len(wrong) - _NAMED_AT_MOST} more" if len(wrong) > _NAMED_AT_MOST else ""
        raise Invalid(f"the rule gets its examples wrong: {'; '.join(wrong[:_NAMED_AT_MOST])}{more}", ("examples",))


def outcomes_of(rule: Rule, facts: Facts, members: tuple[Facts, ...] = ()) -> list[bool | None]:
    """What each clause makes of a unit, in plain Python."""
    values = [evaluate(clause.expression, facts, members) for clause in rule.clauses]
    return [negated(value) if c.excludes else value for c, value in zip(rule.clauses, values, strict=True)]


def _faults(rule: Rule, example: Example) -> list[str]:
    faults = [fault for facts in (example.facts, *example.members) for fault in _misnamed(rule, facts)]
    if faults:
        return faults
    if example.members and rule.unit is Subject.PERSON:
        return ["a rule of persons has no members"]
    found = outcomes_of(rule, _Known(example.facts), tuple(_Known(member) for member in example.members))
    verdict = judge(rule, found, is_enrolled=example.is_enrolled)
    if verdict is not example.verdict:
        faults.append(f"{verdict.value}, not {example.verdict.value}")
    of_clause = {clause.id: outcome_of(met) for clause, met in zip(rule.clauses, found, strict=True)}
    for name, expected in example.outcomes.items():
        outcome = of_clause.get(name)
        if outcome is None:
            faults.append(f"there is no clause {name!r}")
        elif outcome is not expected:
            faults.append(f"clause {name} is {outcome.value}, not {expected.value}")
    return faults


def _misnamed(rule: Rule, facts: Mapping[str, int | str | bool | None]) -> list[str]:
    draws = names_of_draws(rule)
    faults = []
    for name, value in facts.items():
        if name in draws:
            fits = value is None or isinstance(value, bool)
        elif name not in FIELDS:
            faults.append(f"there is no field {name!r}")
            continue
        else:
            field = FIELDS[name]
            fits = value is None or (
                type(value) is _PYTHON_TYPE[field.type] and (not field.words or value in field.words)
            )
        if not fits:
            faults.append(f"{name!r} is never {value!r}")
    return faults


def names_of_draws(rule: Rule) -> frozenset[str]:
    """What the draws of a rule are called among the facts."""
    return frozenset(draws.name for clause in rule.clauses for draws in draws_of(clause.expression))
