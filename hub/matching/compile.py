"""Turns the clauses of a rule into SQL expressions with bound parameters. Values never become text of a statement.

The expressions speak of the columns of `fact` (a unit's facts) and, inside any_member, of `member` (a person's facts).
"""

from dataclasses import dataclass, field

from hub.matching.fields import FIELDS
from hub.matching.rules import All, AnyMember, AnyOf, Compare, Expression, Not, Rule, Value

_OPERATOR = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(slots=True)
class CompiledRule:
    """`clauses`: one three-valued expression per clause, true when the clause is met. `members`: aggregates over `member`
    that stand in the household's facts as m0, m1, ... `met_by`: for each clause the members (as m-columns) it asks for.
    `parameters`: name to value, as `:name` in the texts.
    """

    clauses: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    member_conditions: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)


def compile_rule(rule: Rule) -> CompiledRule:
    """The SQL of a rule; an exclusion is met when its expression is false."""
    compiled = CompiledRule()
    for clause in rule.clauses:
        sql = _compile(clause.expression, "fact", compiled)
        compiled.clauses.append(f"(not {sql})" if clause.excludes else sql)
    return compiled


def fields_of(expression: Expression) -> list[str]:
    """The unit's own fields that the expression asks for, in order of appearance."""
    match expression:
        case Compare(name):
            return [name]
        case All(of) | AnyOf(of):
            return list(dict.fromkeys(name for part in of for name in fields_of(part)))
        case Not(of):
            return fields_of(of)
        case AnyMember():
            return []


def _compile(expression: Expression, row: str, into: CompiledRule) -> str:
    match expression:
        case Compare():
            return _compare(expression, row, into)
        case All(of):
            return "(" + " and ".join(_compile(part, row, into) for part in of) + ")"
        case AnyOf(of):
            return "(" + " or ".join(_compile(part, row, into) for part in of) + ")"
        case Not(of):
            return f"(not {_compile(of, row, into)})"
        case AnyMember(of):
            return _any_member(_compile(of, "member", into), into)


def _any_member(condition: str, into: CompiledRule) -> str:
    into.member_conditions.append(condition)
    into.members.append(
        f"case when bool_or({condition}) then true when bool_or({condition} is null) then null else false end"
    )
    return f"fact.m{len(into.members) - 1}"


def _compare(comparison: Compare, row: str, into: CompiledRule) -> str:
    column = f"{row}.{comparison.field}"
    kind = FIELDS[comparison.field].type.value
    value = comparison.value
    if isinstance(value, tuple):
        if comparison.op == "between":
            return f"({column} between {_bind(value[0], kind, into)} and {_bind(value[1], kind, into)})"
        return f"({column} = any ({_bind(list(value), kind + '[]', into)}))"
    return f"({column} {_OPERATOR[comparison.op]} {_bind(value, kind, into)})"


def _bind(value: Value | list[Value], kind: str, into: CompiledRule) -> str:
    name = f"rule_{len(into.parameters)}"
    into.parameters[name] = value
    return f":{name}::{kind}"
