"""What an expression is for one unit, in plain Python: the reference that every engine's SQL is held against."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.matching.expressions import (
    All,
    AllMembers,
    AnyMember,
    AnyOf,
    Compare,
    Comparison,
    CountMembers,
    Draws,
    Expression,
    Not,
    OfMembers,
    Value,
)

Facts = Mapping[str, Value | None]
"""Field to value, and the name of each Draws to whether it is so; None is not known."""


def evaluate(expression: Expression, facts: Facts, members: Sequence[Facts] = ()) -> bool | None:
    """True, False, or None: unknown. `members` are the facts of a household's present members."""
    match expression:
        case Compare(field, op, value):
            known = facts[field]
            return None if known is None else _compare(known, op, value)
        case Draws():
            return _truth(facts[expression.name])
        case All(of):
            return all_of(evaluate(part, facts, members) for part in of)
        case AnyOf(of):
            return any_of(evaluate(part, facts, members) for part in of)
        case Not(of):
            return negated(evaluate(of, facts, members))
        case AnyMember() | AllMembers() | CountMembers():
            return of_members(expression, [evaluate(expression.of, member) for member in members])


def of_members(expression: OfMembers, values: list[bool | None]) -> bool | None:
    """What it is when `of` is so for each of the members; unknown when there are none."""
    if not values:
        return None
    match expression:
        case AnyMember():
            return any_of(values)
        case AllMembers():
            return all_of(values)
        case CountMembers(_, low, high):
            return _is_count_within(values, low, high)


def negated(value: bool | None) -> bool | None:
    """The opposite; unknown stays unknown."""
    return None if value is None else not value


def all_of(values: Iterable[bool | None]) -> bool | None:
    """False if one is false, else unknown if one is unknown, else true."""
    found: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is None:
            found = None
    return found


def any_of(values: Iterable[bool | None]) -> bool | None:
    """True if one is true, else unknown if one is unknown, else false."""
    return negated(all_of(negated(value) for value in values))


def _is_count_within(values: list[bool | None], low: int | None, high: int | None) -> bool | None:
    least = values.count(True)
    most = least + values.count(None)
    possible = range(least, most + 1)
    within = [(low is None or count >= low) and (high is None or count <= high) for count in possible]
    if all(within):
        return True
    return None if any(within) else False


def _truth(value: Value | None) -> bool | None:
    return None if value is None else bool(value)


def _compare(known: Value, op: Comparison, value: Value | tuple[Value, ...]) -> bool:
    left: Any = known  # of the type of `value`: the rule was checked when it was read
    if isinstance(value, tuple):
        return bool(value[0] <= left <= value[1] if op == "between" else left in value)
    match op:
        case "eq":
            return bool(left == value)
        case "ne":
            return bool(left != value)
        case "lt":
            return bool(left < value)
        case "lte":
            return bool(left <= value)
        case "gt":
            return bool(left > value)
        case _:
            return bool(left >= value)
