"""Turns the clauses of a rule into SQL expressions with bound parameters: one compiler, and a table of what engines spell in
their own way. Values never become text of a statement.

The expressions speak of the columns of `fact` (a unit's facts) and, for members, of `member` (a person's facts).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.matching.expressions import (
    All,
    AllMembers,
    AnyMember,
    AnyOf,
    Compare,
    CountMembers,
    Draws,
    Expression,
    Not,
    OfMembers,
    Value,
    draws_of,
)
from hub.matching.rules import Rule

_OPERATOR = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine spells a parameter (of a `name` and an SQL type), a quoted name, and "is one of".

    `takes_lists`: a list is one parameter; else each of its values is one.
    """

    name: str
    parameter: str
    quote: str
    takes_lists: bool = False


POSTGRESQL = Dialect("PostgreSQL", ":{name}::{type}", '"', takes_lists=True)
DUCKDB = Dialect("DuckDB", "${name}", '"')
SPARK = Dialect("Spark SQL", ":{name}", "`")


@dataclass(slots=True)
class CompiledRule:
    """`clauses`: one three-valued expression per clause, true when the clause is met. `members`: aggregates over `member`
    that stand in the household's facts as m0, m1, ... `draws`: what has to stand in the facts under its quoted name.
    `parameters`: name to value, as the dialect spells them in the texts.
    """

    dialect: Dialect
    clauses: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    draws: list[Draws] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)


def compile_rule(rule: Rule, dialect: Dialect = POSTGRESQL) -> CompiledRule:
    """The SQL of a rule, a draft's as well as a published one's; an exclusion is met when its expression is false."""
    compiled = CompiledRule(dialect)
    compiler = _Compiler(compiled)
    for clause in rule.clauses:
        sql = compiler.compile(clause.expression)
        compiled.clauses.append(f"(not {sql})" if clause.excludes else sql)
    found = (draws for clause in rule.clauses for draws in draws_of(clause.expression))
    compiled.draws.extend(dict.fromkeys(found))
    return compiled


def mask_of(compiled: CompiledRule, condition: str) -> str:
    """An integer with bit n set where the condition (with `{0}` for n) holds of clause n."""
    bits = (f"(case when {condition.format(n)} then {1 << n} else 0 end)" for n in range(len(compiled.clauses)))
    return "(" + " + ".join(bits) + ")"


def required_mask(rule: Rule) -> int:
    """The bits of the requirements; what else can fail is an exclusion."""
    return sum(1 << n for n, clause in enumerate(rule.clauses) if not clause.excludes)


@dataclass(frozen=True, slots=True)
class _Compiler:
    into: CompiledRule
    row: str = "fact"

    def compile(self, expression: Expression) -> str:
        match expression:
            case Compare():
                return self._compare(expression)
            case Draws():
                return f"{self.row}.{self._quoted(expression.name)}"
            case All(of):
                return self._joined(of, " and ")
            case AnyOf(of):
                return self._joined(of, " or ")
            case Not(of):
                return f"(not {self.compile(of)})"
            case AnyMember() | AllMembers() | CountMembers():
                return self._of_members(expression)

    def _joined(self, parts: Sequence[Expression], word: str) -> str:
        return "(" + word.join(self.compile(part) for part in parts) + ")"

    def _of_members(self, expression: OfMembers) -> str:
        holds = _Compiler(self.into, "member").compile(expression.of)
        match expression:
            case AnyMember():
                return self._aggregate(
                    f"case when bool_or({holds}) then true when bool_or({holds} is null) then null else false end"
                )
            case AllMembers():
                return self._aggregate(
                    f"case when bool_or(not {holds}) then false when bool_or({holds} is null) then null else true end"
                )
            case CountMembers(_, low, high):
                least = self._aggregate(f"count(case when {holds} then 1 end)")
                unknown = self._aggregate(f"count(case when {holds} is null then 1 end)")
                return self._within(least, f"{least} + {unknown}", low, high)

    def _aggregate(self, sql: str) -> str:
        self.into.members.append(sql)
        return f"fact.m{len(self.into.members) - 1}"

    def _within(self, least: str, most: str, low: int | None, high: int | None) -> str:
        """Without members both counts are null, no branch is taken, and the result is null."""
        sure, never = [], []
        if low is not None:
            bound = self._bind(low, "integer")
            sure.append(f"{least} >= {bound}")
            never.append(f"{most} < {bound}")
        if high is not None:
            bound = self._bind(high, "integer")
            sure.append(f"{most} <= {bound}")
            never.append(f"{least} > {bound}")
        return f"(case when {' and '.join(sure)} then true when {' or '.join(never)} then false end)"

    def _compare(self, comparison: Compare) -> str:
        column = f"{self.row}.{comparison.field}"
        kind, value = comparison.type.value, comparison.value
        if not isinstance(value, tuple):
            return f"({column} {_OPERATOR[comparison.op]} {self._bind(value, kind)})"
        if comparison.op == "between":
            return f"({column} between {self._bind(value[0], kind)} and {self._bind(value[1], kind)})"
        if self.into.dialect.takes_lists:
            return f"({column} = any ({self._bind(list(value), kind + '[]')}))"
        return f"({column} in ({', '.join(self._bind(item, kind) for item in value)}))"

    def _bind(self, value: Value | list[Value], kind: str) -> str:
        name = f"rule_{len(self.into.parameters)}"
        self.into.parameters[name] = value
        return self.into.dialect.parameter.format(name=name, type=kind)

    def _quoted(self, name: str) -> str:
        return f"{self.into.dialect.quote}{name}{self.into.dialect.quote}"
