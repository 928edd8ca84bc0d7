"""What can be asked of two normalised records, said once: as SQL over columns `x_l` and `x_r`, and as a Python expression
over `left` and `right`.

An unknown value satisfies nothing; `negate` turns that into "not known to be so". SQL is DuckDB's, whose
similarity functions count as rapidfuzz does; columns are ASCII, for DuckDB counts some of them in bytes. Python is text, so
that all questions of a comparison become one function (`hub.matching.linkage.levels`): for each pair some forty are asked.
"""

from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler


def _words_within(mine: str, yours: str, least_length: int) -> bool:
    if min(len(mine), len(yours)) < least_length:
        return False
    some, others = set(mine.split()), set(yours.split())
    return some <= others or others <= some


def _word_shared(mine: str, yours: str) -> bool:
    return not set(mine.split()).isdisjoint(yours.split())


NAMES = {
    "edits": DamerauLevenshtein.distance,
    "similarity": JaroWinkler.similarity,
    "words_within": _words_within,
    "word_shared": _word_shared,
}
"""What the Python expressions call."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A yes-or-no question about a pair; `columns` are those that it reads."""

    sql: str
    python: str
    columns: frozenset[str]


def same(column: str) -> Predicate:
    """Both know it, and it is the same."""
    python = f"(left.{column} is not None and left.{column} == right.{column})"
    return Predicate(f'"{column}_l" = "{column}_r"', python, frozenset((column,)))


def unknown(column: str) -> Predicate:
    """One of them does not know it."""
    python = f"(left.{column} is None or right.{column} is None)"
    return Predicate(f'("{column}_l" is null or "{column}_r" is null)', python, frozenset((column,)))


def crossed(column: str, other: str) -> Predicate:
    """One side's `column` is the other side's `other`."""
    sides = (("left", "right"), ("right", "left"))
    python = " or ".join(f"{one}.{column} is not None and {one}.{column} == {two}.{other}" for one, two in sides)
    sql = f'("{column}_l" = "{other}_r" or "{other}_l" = "{column}_r")'
    return Predicate(sql, f"({python})", frozenset((column, other)))


def either_is(column: str, *values: str) -> Predicate:
    """One of the two is one of these values."""
    python = f"(left.{column} in {values!r} or right.{column} in {values!r})"
    among = ", ".join(f"'{each}'" for each in values)
    return Predicate(f'("{column}_l" in ({among}) or "{column}_r" in ({among}))', python, frozenset((column,)))


def within_edits(column: str, edits: int) -> Predicate:
    """At most so many edits apart: insertions, deletions, substitutions, transpositions of neighbours."""
    sql = f'damerau_levenshtein("{column}_l", "{column}_r") <= {edits}'
    return _of_known(column, sql, f"edits(left.{column}, right.{column}, score_cutoff={edits}) <= {edits}")


def similar(column: str, least: float) -> Predicate:
    """Jaro-Winkler similarity of at least so much."""
    sql = f'jaro_winkler_similarity("{column}_l", "{column}_r") >= {least}'
    return _of_known(column, sql, f"similarity(left.{column}, right.{column}) >= {least}")


def words_within(column: str, least_length: int) -> Predicate:
    """All words of one are words of the other; the shorter text has at least so many letters."""
    mine, yours = (f"string_split(\"{column}_{side}\", ' ')" for side in "lr")
    sql = (
        f'(least(length("{column}_l"), length("{column}_r")) >= {least_length}'
        f" and (list_has_all({mine}, {yours}) or list_has_all({yours}, {mine})))"
    )
    return _of_known(column, sql, f"words_within(left.{column}, right.{column}, {least_length})")


def word_shared(column: str) -> Predicate:
    """They have a word in common."""
    mine, yours = (f"string_split(\"{column}_{side}\", ' ')" for side in "lr")
    return _of_known(column, f"list_has_any({mine}, {yours})", f"word_shared(left.{column}, right.{column})")


def years_within(column: str, years: int) -> Predicate:
    """Two years, as text, at most so far apart."""
    sql = f'abs(cast("{column}_l" as integer) - cast("{column}_r" as integer)) <= {years}'
    return _of_known(column, sql, f"abs(int(left.{column}) - int(right.{column})) <= {years}")


def every(*parts: Predicate) -> Predicate:
    """All of them hold."""
    return _joined("and", parts)


def some(*parts: Predicate) -> Predicate:
    """At least one of them holds."""
    return _joined("or", parts)


def negate(part: Predicate) -> Predicate:
    """It is not known to hold."""
    return Predicate(f"not coalesce({part.sql}, false)", f"(not {part.python})", part.columns)


def _of_known(column: str, sql: str, python: str) -> Predicate:
    known = f"(left.{column} is not None and right.{column} is not None and {python})"
    return Predicate(sql, known, frozenset((column,)))


def _joined(word: str, parts: tuple[Predicate, ...]) -> Predicate:
    sql, python = (f" {word} ".join(texts) for texts in zip(*((part.sql, part.python) for part in parts), strict=True))
    return Predicate(f"({sql})", f"({python})", frozenset().union(*(part.columns for part in parts)))
