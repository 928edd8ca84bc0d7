"""What a unit that meets a rule would draw, in rupiah a year, as the rule's document says: by components, or one amount for all.

    "amount": 2400000
    "components": [{"code": "ELDERLY", "amount": 2400000, "expression": E}, ...], "max_counted_members": 4

E is an expression over a person's fields. Each member counts once, for the dearest component whose expression is true (not
known is not counted); of a household the dearest `max_counted_members` members count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub.domain.errors import Invalid
from hub.matching.compile import CompiledRule
from hub.matching.evaluate import Facts, evaluate
from hub.matching.fields import Subject
from hub.matching.rules import Rule, read_rule

_TEXT = {"id": "-", "en": "-"}


@dataclass(frozen=True, slots=True)
class Benefit:
    """`amounts` and the clauses of `conditions` belong together, the dearest first; None: one `amount` for every unit.
    `max_counted`: how many members of a household count at most.
    """

    unit: Subject
    amount: int | None
    amounts: tuple[int, ...]
    conditions: Rule | None
    max_counted: int | None


class _WireComponent(msgspec.Struct):
    code: str
    amount: int
    expression: dict[str, object] | None = None


class _WireBenefit(msgspec.Struct):
    unit: Subject
    amount: int | None = None
    components: list[_WireComponent] = []
    max_counted_members: int | None = None


def read_benefit(document: object) -> Benefit | None:
    """The benefit of a rule's document; None when it states no amounts. Invalid names the component and what is wrong."""
    try:
        wire = msgspec.convert(document, _WireBenefit)
    except msgspec.ValidationError as error:
        raise Invalid(f"the amounts of the rule are not of the right form: {error}") from error
    _check(wire)
    if wire.amount is not None:
        return Benefit(wire.unit, wire.amount, (), None, None)
    dearest = sorted(wire.components, key=lambda component: -component.amount)
    if not dearest or any(component.expression is None for component in dearest):
        return None
    clauses = [{"id": c.code, "expression": c.expression, "label": _TEXT, "next_step": _TEXT} for c in dearest]
    conditions = read_rule({"unit": "PERSON", "requirements": clauses})
    amounts = tuple(component.amount for component in dearest)
    return Benefit(wire.unit, None, amounts, conditions, wire.max_counted_members)


def _check(wire: _WireBenefit) -> None:
    codes = [component.code for component in wire.components]
    if len(set(codes)) < len(codes):
        raise Invalid(f"components have different codes, these are {codes}")
    if wire.amount is not None and codes:
        raise Invalid("a rule has one amount or components, not both")
    for name, number in ((c.code, c.amount) for c in wire.components):
        if not 0 <= number < 2**40:
            raise Invalid(f"component {name}: {number} is no amount in rupiah a year")
    if wire.amount is not None and not 0 <= wire.amount < 2**40:
        raise Invalid(f"{wire.amount} is no amount in rupiah a year")
    if wire.max_counted_members is not None and wire.max_counted_members < 1:
        raise Invalid(f"max_counted_members is at least 1, not {wire.max_counted_members}")


def amount_of(benefit: Benefit, persons: Sequence[Facts]) -> int:
    """Rupiah a year of a unit, in plain Python: the reference that the SQL is held against. `persons`: the person, or the
    household's present members.
    """
    if benefit.conditions is None:
        return benefit.amount or 0
    amounts = sorted((_of_person(benefit, benefit.conditions, facts) for facts in persons), reverse=True)
    return sum(amounts[: benefit.max_counted])


def _of_person(benefit: Benefit, conditions: Rule, facts: Facts) -> int:
    pairs = zip(conditions.clauses, benefit.amounts, strict=True)
    return next((amount for clause, amount in pairs if evaluate(clause.expression, facts) is True), 0)


def compile_benefit(benefit: Benefit, compiled: CompiledRule) -> str:
    """SQL for the rupiah of one person in `fact`, null for none, from the compiled conditions."""
    pairs = zip(compiled.clauses, benefit.amounts, strict=True)
    return f"case {' '.join(f'when {sql} then {amount}::bigint' for sql, amount in pairs)} end"
