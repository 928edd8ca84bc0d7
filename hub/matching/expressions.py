"""The tree of a rule's clause. Logic has three values: true, false, and unknown where something is not known (Kleene).

Whatever asks the members of a household is unknown when nobody is known to be there: an empty record is no "no".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hub.matching.fields import FIELDS, FieldType

Value = int | str | bool
Comparison = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "between"]


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against a value (or the values of `in` and `between`)."""

    field: str
    op: Comparison
    value: Value | tuple[Value, ...]

    @property
    def type(self) -> FieldType:
        """What the field's values are."""
        return FIELDS[self.field].type


@dataclass(frozen=True, slots=True)
class Draws:
    """The household, or somebody in it, is on a programme now; with a `component`, draws just that; and `but`: draws
    something else of it than these components. Unknown where the roster has not been read, does not reach the household,
    or tells no components.
    """

    programme: str
    component: str | None = None
    but: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Such as PKH or PKH/PREGNANT."""
        return self.programme if self.component is None else f"{self.programme}/{self.component}"

    @property
    def name(self) -> str:
        """Its name among the facts of a unit."""
        return f"draws {self.target}" + (f" but {', '.join(self.but)}" if self.but else "")


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
    """AnyOf over the present members of a household."""

    of: "Expression"


@dataclass(frozen=True, slots=True)
class AllMembers:
    """All over the present members of a household."""

    of: "Expression"


@dataclass(frozen=True, slots=True)
class CountMembers:
    """The number of present members that `of` holds for is within `low` to `high` (None: no bound).

    With m members for whom it is known to hold and u for whom it is not known, the number is anything from m to m + u: true if
    all of these are within the bounds, false if none is, else unknown.
    """

    of: "Expression"
    low: int | None
    high: int | None


OfMembers = AnyMember | AllMembers | CountMembers
Expression = Compare | Draws | All | AnyOf | Not | AnyMember | AllMembers | CountMembers
Leaf = Compare | Draws | AnyMember | AllMembers | CountMembers


def leaves_of(expression: Expression) -> Iterator[Leaf]:
    """What the expression asks of the unit itself, in order of appearance; members are asked as one."""
    match expression:
        case All(of) | AnyOf(of):
            for part in of:
                yield from leaves_of(part)
        case Not(of):
            yield from leaves_of(of)
        case _:
            yield expression


def draws_of(expression: Expression) -> list[Draws]:
    """Which programmes the expression asks for."""
    return [leaf for leaf in leaves_of(expression) if isinstance(leaf, Draws)]
