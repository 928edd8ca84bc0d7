"""Programme rules as data: clauses with a typed expression tree each, read from JSON and checked against the registry of fields.

An expression is one of
    {"all": [E, ...]}  {"any": [E, ...]}  {"not": E}
    {"field": F, "op": "eq" | "ne" | "lt" | "lte" | "gt" | "gte", "value": V}
    {"field": F, "op": "in", "value": [V, ...]}  {"field": F, "op": "between", "value": [low, high]}
    {"draws": {"programme": P, "component": C}}    the unit's household draws P (its component C, if named)
and in a household's rule, about its present members,
    {"any_member": E}  {"all_members": E}
    {"count_members": E, "op": "eq" | "ne" | "lt" | "lte" | "gt" | "gte", "value": N}
    {"count_members": E, "op": "between", "value": [low, high]}

There is no arithmetic and no cast: engines differ in both.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from hub.domain.errors import Invalid
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
    Value,
)
from hub.matching.fields import FIELDS, Field, FieldType, Subject, Text

MAX_DEPTH = 12
MAX_CLAUSES = 60
_MAX_NAME = 63  # bytes of a column's name in PostgreSQL
_ORDERED = frozenset({"lt", "lte", "gt", "gte", "between"})
_PYTHON_TYPE: dict[FieldType, type] = {FieldType.INTEGER: int, FieldType.TEXT: str, FieldType.BOOLEAN: bool}
_INTEGER_LIMIT = 2**31
_ONLY_OF_HOUSEHOLDS = {
    "is_identified": "is_nik_active",
    "is_pkh_roster_read": "draws, which is not known before",
}
_BOUNDS: dict[str, Callable[[int], tuple[int | None, int | None]]] = {
    "eq": lambda n: (n, n),
    "lt": lambda n: (None, n - 1),
    "lte": lambda n: (None, n),
    "gt": lambda n: (n + 1, None),
    "gte": lambda n: (n, None),
}
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `excludes`: the unit must not meet it. `next_step` says what to do when it is not met."""

    id: str
    expression: Expression
    excludes: bool
    label: Text
    next_step: Text


class Entitlement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A programme, or one component of it, that a stacking rule speaks of."""

    programme: str
    component: str | None = None


class Stacking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may not, and what may, be drawn beside this programme. The more specific entry holds: a component that is allowed
    is allowed though its programme is excluded. What is in neither list is allowed.
    """

    excludes: tuple[Entitlement, ...] = ()
    allows: tuple[Entitlement, ...] = ()


NO_STACKING = Stacking()


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is eligible. `segment`: only this segment of the roster counts as enrolled. Each exclusion of `stacking` is also one
    of the clauses, after all others.
    """

    unit: Subject
    clauses: tuple[Clause, ...]
    segment: str | None
    stacking: Stacking = NO_STACKING


class _WireClause(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    expression: dict[str, object]
    label: Text
    next_step: Text


class _WireComponent(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    amount: int
    expression: dict[str, object] | None = None


class _WireRule(msgspec.Struct, forbid_unknown_fields=True):
    unit: Subject
    requirements: list[_WireClause]
    exclusions: list[_WireClause] = []
    stacking: Stacking = NO_STACKING
    segment: str | None = None
    amount: int | None = None
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
    clauses += _stacking_clauses(wire.stacking)
    names = [clause.id for clause in clauses]
    if not names or len(names) > MAX_CLAUSES or len(set(names)) < len(names):
        raise Invalid(f"a rule has 1 to {MAX_CLAUSES} clauses with different ids, this one has {names}")
    return Rule(wire.unit, tuple(clauses), wire.segment, wire.stacking)


def _read_clause(clause: _WireClause, unit: Subject) -> Expression:
    try:
        return _Reader(unit).read(clause.expression)
    except Invalid as error:
        raise Invalid(f"clause {clause.id}: {error.message}", (clause.id,)) from error


def _stacking_clauses(stacking: Stacking) -> list[Clause]:
    both = set(stacking.excludes) & set(stacking.allows)
    if both:
        shown = ", ".join(sorted(Draws(e.programme, e.component).target for e in both))
        raise Invalid(f"stacking both excludes and allows {shown}: leave one of the two out", ("stacking",))
    for entry in stacking.allows:
        _draws(entry.programme, entry.component)
    clauses = []
    for entry in stacking.excludes:
        allowed = (e.component for e in stacking.allows if e.programme == entry.programme and e.component)
        draws = _draws(entry.programme, entry.component, () if entry.component else tuple(sorted(allowed)))
        clauses.append(
            Clause(
                f"stacking:{draws.target}",
                draws,
                excludes=True,
                label=Text(f"Tidak menerima {draws.target}", f"Does not draw {draws.target}"),
                next_step=Text(
                    f"Keluarga memilih salah satu: program ini atau {draws.target}.",
                    f"The family chooses one: this programme or {draws.target}.",
                ),
            )
        )
    return clauses


def _draws(programme: str, component: str | None, but: tuple[str, ...] = ()) -> Draws:
    for code in (programme, component, *but):
        if code is not None and not _CODE.fullmatch(code):
            raise Invalid(f"{code!r} is no code of a programme or component: write it as in PKH or EARLY_CHILD")
    draws = Draws(programme, component, but)
    if len(draws.name) > _MAX_NAME:
        raise Invalid(f"{draws.name!r} is longer than {_MAX_NAME} characters: name what is excluded one by one")
    return draws


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one expression; `unit` is whose fields are in reach here."""

    unit: Subject
    depth: int = 1
    is_member: bool = False

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
            case {"field": str() as name, "op": str() as op, "value": value, **rest} if not rest:
                return self._read_comparison(name, op, value)
            case {"draws": {"programme": str() as programme, **which}, **rest} if not rest:
                return self._read_draws(programme, which)
        return self._read_of_members(node)

    @property
    def _below(self) -> "_Reader":
        return _Reader(self.unit, self.depth + 1, self.is_member)

    def _read_of_members(self, node: object) -> Expression:
        member = _Reader(Subject.PERSON, self.depth + 1, is_member=True)
        if self.unit is Subject.HOUSEHOLD:
            match node:
                case {"any_member": of, **rest} if not rest:
                    return AnyMember(member.read(of))
                case {"all_members": of, **rest} if not rest:
                    return AllMembers(member.read(of))
                case {"count_members": of, "op": str() as op, "value": value, **rest} if not rest:
                    return _count(member.read(of), op, value)
        raise Invalid(
            f"{_shown(node)} is no expression: use all, any, not, draws, or field with op and value; in a household's rule"
            " also any_member, all_members, or count_members with op and value"
        )

    def _read_draws(self, programme: str, which: dict[object, object]) -> Draws:
        component = which.pop("component", None)
        if which or not (component is None or isinstance(component, str)):
            raise Invalid(f"draws takes a programme and a component, and not {_shown(which or component)}")
        if self.is_member:
            raise Invalid(f"what is drawn belongs to the household: put draws {programme} outside of the members")
        return _draws(programme, component)

    def _read_comparison(self, name: str, op: str, value: object) -> Compare:
        field = FIELDS.get(name)
        if field is None:
            raise Invalid(f"there is no field {name!r}: the fields are {', '.join(sorted(FIELDS))}")
        if self.unit is Subject.HOUSEHOLD and field.subject is Subject.PERSON:
            raise Invalid(f"{name!r} describes a person: put it into any_member, all_members or count_members")
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


def _count(of: Expression, op: str, value: object) -> Expression:
    if op == "between" and isinstance(value, list) and len(value) == 2:
        low, high = _whole(value[0]), _whole(value[1])
        if low <= high:
            return CountMembers(of, low, high)
    if op == "ne":
        return Not(_count(of, "eq", value))
    if op not in _BOUNDS:
        raise Invalid(
            f"members cannot be counted by {op!r} with {_shown(value)}: use eq, ne, lt, lte, gt or gte with a number,"
            " or between with the lower and the higher one"
        )
    return CountMembers(of, *_BOUNDS[op](_whole(value)))


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < _INTEGER_LIMIT:
        raise Invalid(f"members are counted in whole numbers from 0, and {_shown(value)} is not one")
    return value


def _shown(value: object) -> str:
    return repr(value)[:80]
