"""Programme rules as data: a typed expression tree, read from JSON and checked against the registry of fields.

An expression is one of
    {"all": [E, ...]}  {"any": [E, ...]}  {"not": E}
    {"field": F, "op": "eq" | "ne" | "lt" | "lte" | "gt" | "gte", "value": V}
    {"field": F, "op": "in", "value": [V, ...]}  {"field": F, "op": "between", "value": [low, high]}
    {"any_member": E}     in a household's rule: E holds for at least one present member

Logic has three values: true, false, and unknown where a field is not known (Kleene).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from hub.domain.errors import Invalid
from hub.matching.fields import FIELDS, Field, FieldType, Subject

Value = int | str | bool
Comparison = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "between"]
MAX_DEPTH = 12
MAX_CLAUSES = 60
_ORDERED = frozenset({"lt", "lte", "gt", "gte", "between"})
_PYTHON_TYPE: dict[FieldType, type] = {FieldType.INTEGER: int, FieldType.TEXT: str, FieldType.BOOLEAN: bool}
_INTEGER_LIMIT = 2**31
_ONLY_OF_HOUSEHOLDS = {"is_identified": "is_nik_active", "is_pkh_roster_read": "draws_pkh, which is not known before"}


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against a value (or the values of `in` and `between`)."""

    field: str
    op: Comparison
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class All:
    """False if one is false, else unknown if one is unknown, else true."""

    of: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if one is true, else unknown if one is unknown, else false."""

    of: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    of: "Expression"


@dataclass(frozen=True, slots=True)
class AnyMember:
    """AnyOf over the present members of a household; unknown when it has none."""

    of: "Expression"


Expression = Compare | All | AnyOf | Not | AnyMember


class Text(msgspec.Struct, frozen=True):
    """A sentence in Indonesian and English."""

    id: str
    en: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `excludes`: the unit must not meet it. `next_step` says what to do when it is not met."""

    id: str
    expression: Expression
    excludes: bool
    label: Text
    next_step: Text


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is eligible. `segment`: only this segment of the roster counts as enrolled."""

    unit: Subject
    clauses: tuple[Clause, ...]
    segment: str | None


class _WireClause(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    expression: dict[str, object]
    label: Text
    next_step: Text


class _WireComponent(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    amount: int


class _WireRule(msgspec.Struct, forbid_unknown_fields=True):
    unit: Subject
    requirements: list[_WireClause]
    exclusions: list[_WireClause] = []
    segment: str | None = None
    components: list[_WireComponent] = []
    max_counted_members: int | None = None


def read_rule(document: object) -> Rule:
    """A rule from its JSON; Invalid names the clause, the field or value, and what is allowed."""
    try:
        wire = msgspec.convert(document, _WireRule)
    except msgspec.ValidationError as error:
        raise Invalid(f"the rule is not of the right form: {error}") from error
    clauses = [
        Clause(c.id, _read_clause(c, wire.unit), excludes, c.label, c.next_step)
        for excludes, group in ((False, wire.requirements), (True, wire.exclusions))
        for c in group
    ]
    names = [clause.id for clause in clauses]
    if not names or len(names) > MAX_CLAUSES or len(set(names)) < len(names):
        raise Invalid(f"a rule has 1 to {MAX_CLAUSES} clauses with different ids, this one has {names}")
    return Rule(wire.unit, tuple(clauses), wire.segment)


def _read_clause(clause: _WireClause, unit: Subject) -> Expression:
    try:
        return _Reader(unit).read(clause.expression)
    except Invalid as error:
        raise Invalid(f"clause {clause.id}: {error.message}", (clause.id,)) from error


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one expression; `unit` is whose fields are in reach here."""

    unit: Subject
    depth: int = 1

    def read(self, node: object) -> Expression:
        if self.depth > MAX_DEPTH:
            raise Invalid(f"the expression is deeper than {MAX_DEPTH} levels: split it into clauses")
        match node:
            case {"all": list() as of, **rest} if of and not rest:
                return All(tuple(self._below.read(part) for part in of))
            case {"any": list() as of, **rest} if of and not rest:
                return AnyOf(tuple(self._below.read(part) for part in of))
            case {"not": of, **rest} if not rest:
                return Not(self._below.read(of))
            case {"any_member": of, **rest} if self.unit is Subject.HOUSEHOLD and not rest:
                return AnyMember(_Reader(Subject.PERSON, self.depth + 1).read(of))
            case {"field": str() as name, "op": str() as op, "value": value, **rest} if not rest:
                return self._read_comparison(name, op, value)
        raise Invalid(
            f"{_shown(node)} is no expression: use all, any, not, any_member (in a household's rule), or field with op and value"
        )

    @property
    def _below(self) -> "_Reader":
        return _Reader(self.unit, self.depth + 1)

    def _read_comparison(self, name: str, op: str, value: object) -> Compare:
        field = FIELDS.get(name)
        if field is None:
            raise Invalid(f"there is no field {name!r}: the fields are {', '.join(sorted(FIELDS))}")
        if self.unit is Subject.HOUSEHOLD and field.subject is Subject.PERSON:
            raise Invalid(f"{name!r} describes a person: put it into any_member")
        if self.unit is Subject.PERSON and name in _ONLY_OF_HOUSEHOLDS:
            raise Invalid(f"{name!r} describes a household: a person has {_ONLY_OF_HOUSEHOLDS[name]}")
        match op:
            case "eq" | "ne" | "lt" | "lte" | "gt" | "gte":
                checked: Value | tuple[Value, ...] = _checked(name, field, value)
            case "in" if isinstance(value, list) and value:
                checked = tuple(_checked(name, field, item) for item in value)
            case "between" if isinstance(value, list) and len(value) == 2:
                checked = tuple(_checked(name, field, item) for item in value)
            case _:
                raise Invalid(f"{name!r} cannot be compared by {op!r} with {_shown(value)}")
        if op in _ORDERED and field.type is not FieldType.INTEGER:
            raise Invalid(f"{name!r} is {field.type} and has no order: use eq, ne or in")
        return Compare(name, op, checked)


def _checked(name: str, field: Field, value: object) -> Value:
    if type(value) is not _PYTHON_TYPE[field.type]:
        raise Invalid(f"{name!r} is {field.type}, and {_shown(value)} is not")
    if field.words and value not in field.words:
        raise Invalid(f"{name!r} is never {_shown(value)}: its values are {', '.join(field.words)}")
    if isinstance(value, int) and not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        raise Invalid(f"{value} is too large for {name!r}")
    return value  # type: ignore[return-value]  # its type is one of Value by the first test


def _shown(value: object) -> str:
    return repr(value)[:80]


Facts = Mapping[str, Value | None]


def evaluate(expression: Expression, facts: Facts, members: Sequence[Facts] = ()) -> bool | None:
    """What the expression is for a unit, in plain Python: the reference that the SQL is held against."""
    match expression:
        case Compare(field, op, value):
            known = facts[field]
            return None if known is None else _compare(known, op, value)
        case All(of):
            return _all([evaluate(part, facts, members) for part in of])
        case AnyOf(of):
            return _any([evaluate(part, facts, members) for part in of])
        case Not(of):
            inner = evaluate(of, facts, members)
            return None if inner is None else not inner
        case AnyMember(of):
            return _any([evaluate(of, member) for member in members]) if members else None


def _compare(known: Value, op: Comparison, value: Value | tuple[Value, ...]) -> bool:
    if isinstance(value, tuple):
        return value[0] <= known <= value[1] if op == "between" else known in value  # type: ignore[operator]
    match op:
        case "eq":
            return known == value
        case "ne":
            return known != value
        case "lt":
            return known < value  # type: ignore[operator]  # both are numbers: checked when the rule was read
        case "lte":
            return known <= value  # type: ignore[operator]
        case "gt":
            return known > value  # type: ignore[operator]
        case _:
            return known >= value  # type: ignore[operator]


def _all(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _any(values: list[bool | None]) -> bool | None:
    if True in values:
        return True
    return None if None in values else False
