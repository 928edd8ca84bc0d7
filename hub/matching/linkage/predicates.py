"""What can be asked of two normalised records, said once: as SQL over columns `x_l` and `x_r`, and as a Python function.

An unknown value satisfies nothing; `negate` turns that into "not known to be so". SQL is DuckDB's, whose
similarity functions count as rapidfuzz does; columns are ASCII, for DuckDB counts some of them in bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from hub.matching.linkage.record import Normalised

Holds = Callable[[Normalised, Normalised], bool]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A yes-or-no question about a pair; `columns` are those that it reads."""

    sql: str
    holds: Holds
    columns: frozenset[str]


def same(column: str) -> Predicate:
    """Both know it, and it is the same."""
    value = attrgetter(column)

    def holds(left: Normalised, right: Normalised) -> bool:
        known = value(left)
        return known is not None and known == value(right)

    return Predicate(f'"{column}_l" = "{column}_r"', holds, frozenset((column,)))


def unknown(column: str) -> Predicate:
    """One of them does not know it."""
    value = attrgetter(column)

    def holds(left: Normalised, right: Normalised) -> bool:
        return value(left) is None or value(right) is None

    return Predicate(f'("{column}_l" is null or "{column}_r" is null)', holds, frozenset((column,)))


def crossed(column: str, other: str) -> Predicate:
    """One side's `column` is the other side's `other`."""
    value, counterpart = attrgetter(column), attrgetter(other)

    def holds(left: Normalised, right: Normalised) -> bool:
        mine, yours = value(left), value(right)
        return (mine is not None and mine == counterpart(right)) or (yours is not None and yours == counterpart(left))

    sql = f'("{column}_l" = "{other}_r" or "{other}_l" = "{column}_r")'
    return Predicate(sql, holds, frozenset((column, other)))


def either_is(column: str, *values: str) -> Predicate:
    """One of the two is one of these values."""
    value, wanted = attrgetter(column), frozenset(values)

    def holds(left: Normalised, right: Normalised) -> bool:
        return value(left) in wanted or value(right) in wanted

    among = ", ".join(f"'{each}'" for each in values)
    return Predicate(f'("{column}_l" in ({among}) or "{column}_r" in ({among}))', holds, frozenset((column,)))


def within_edits(column: str, edits: int) -> Predicate:
    """At most so many edits apart: insertions, deletions, substitutions, transpositions of neighbours."""
    value = attrgetter(column)

    def holds(left: Normalised, right: Normalised) -> bool:
        mine, yours = value(left), value(right)
        if mine is None or yours is None:
            return False
        return DamerauLevenshtein.distance(mine, yours, score_cutoff=edits) <= edits

    return Predicate(f'damerau_levenshtein("{column}_l", "{column}_r") <= {edits}', holds, frozenset((column,)))


def similar(column: str, least: float) -> Predicate:
    """Jaro-Winkler similarity of at least so much."""
    value = attrgetter(column)

    def holds(left: Normalised, right: Normalised) -> bool:
        mine, yours = value(left), value(right)
        return mine is not None and yours is not None and JaroWinkler.similarity(mine, yours) >= least

    return Predicate(f'jaro_winkler_similarity("{column}_l", "{column}_r") >= {least}', holds, frozenset((column,)))


def words_within(column: str, least_length: int) -> Predicate:
    """All words of one are words of the other; the shorter text has at least so many letters."""
    value = attrgetter(column)

    def holds(left: Normalised, right: Normalised) -> bool:
        mine, yours = value(left), value(right)
        if mine is None or yours is None or min(len(mine), len(yours)) < least_length:
            return False
        some, others = set(mine.split()), set(yours.split())
        return some <= others or others <= some

    mine, yours = (f"string_split(\"{column}_{side}\", ' ')" for side in "lr")
    sql = (
        f'(least(length("{column}_l"), length("{column}_r")) >= {least_length}'
        f" and (list_has_all({mine}, {yours}) or list_has_all({yours}, {mine})))"
    )
    return Predicate(sql, holds, frozenset((column,)))


def word_shared(column: str) -> Predicate:
    """They have a word in common."""
    value = attrgetter(column)

    def holds(left: Normalised, right: Normalised) -> bool:
        mine, yours = value(left), value(right)
        return mine is not None and yours is not None and not set(mine.split()).isdisjoint(yours.split())

    mine, yours = (f"string_split(\"{column}_{side}\", ' ')" for side in "lr")
    return Predicate(f"list_has_any({mine}, {yours})", holds, frozenset((column,)))


def years_within(column: str, years: int) -> Predicate:
    """Two years, as text, at most so far apart."""
    value = attrgetter(column)

    def holds(left: Normalised, right: Normalised) -> bool:
        mine, yours = value(left), value(right)
        return mine is not None and yours is not None and abs(int(mine) - int(yours)) <= years

    sql = f'abs(cast("{column}_l" as integer) - cast("{column}_r" as integer)) <= {years}'
    return Predicate(sql, holds, frozenset((column,)))


def every(*parts: Predicate) -> Predicate:
    """All of them hold."""
    tests = tuple(part.holds for part in parts)

    def holds(left: Normalised, right: Normalised) -> bool:
        for test in tests:  # noqa: SIM110 -- all() over a generator takes twice as long
            if not test(left, right):
                return False
        return True

    return Predicate(f"({' and '.join(part.sql for part in parts)})", holds, _columns(parts))


def some(*parts: Predicate) -> Predicate:
    """At least one of them holds."""
    tests = tuple(part.holds for part in parts)

    def holds(left: Normalised, right: Normalised) -> bool:
        for test in tests:  # noqa: SIM110 -- as above
            if test(left, right):
                return True
        return False

    return Predicate(f"({' or '.join(part.sql for part in parts)})", holds, _columns(parts))


def negate(part: Predicate) -> Predicate:
    """It is not known to hold."""
    return Predicate(f"not coalesce({part.sql}, false)", lambda left, right: not part.holds(left, right), part.columns)


def _columns(parts: tuple[Predicate, ...]) -> frozenset[str]:
    return frozenset().union(*(part.columns for part in parts))
