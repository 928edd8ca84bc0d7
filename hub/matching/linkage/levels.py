"""The comparisons of two persons and the levels of each, from the closest down: read by Splink as SQL and by the
scorer as Python.

The first level that holds is the pair's. A comparison is not counted where `is_void` holds: something is not known, or another
comparison says it already. What must not count twice: the birth date in two equal NIKs, and the place of two equal
family cards. And an
equal NIK counts for nothing where name and birth year are plainly another's: a child is written down with its mother's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hub.matching.linkage.predicates import (
    NAMES,
    Predicate,
    crossed,
    either_is,
    every,
    negate,
    same,
    similar,
    some,
    unknown,
    within_edits,
    word_shared,
    words_within,
    years_within,
)
from hub.matching.linkage.record import Normalised

VOID, DIFFERENT = "VOID", "DIFFERENT"
_DEFAULT_DAYS = ("01-01", "12-31", "07-01")
"""Days that clerks write for somebody of whom only the year is known."""


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement; `frequency_of`: the column whose value says less where it is common, and more where it is rare."""

    id: str
    when: Predicate
    frequency_of: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question to both records; below its last level the two are DIFFERENT."""

    name: str
    is_void: Predicate
    levels: tuple[Level, ...]
    level_of: Callable[[Normalised, Normalised], str] = field(init=False, repr=False, compare=False)
    """The id of the level that holds for a pair; VOID or DIFFERENT where none does."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "level_of", _compiled(self.is_void, self.levels))

    @property
    def level_ids(self) -> tuple[str, ...]:
        """Every level of a comparison that counts, DIFFERENT included."""
        return (*(level.id for level in self.levels), DIFFERENT)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of Normalised that it reads."""
        return self.is_void.columns.union(*(level.when.columns for level in self.levels))


def _compiled(is_void: Predicate, levels: tuple[Level, ...]) -> Callable[[Normalised, Normalised], str]:
    """All questions of a comparison as one function: asked one by one they take three times as long."""
    asked = ((is_void, VOID), *((level.when, level.id) for level in levels))
    tests = "".join(f"    if {predicate.python}:\n        return {id_!r}\n" for predicate, id_ in asked)
    namespace: dict[str, Any] = dict(NAMES)
    exec(f"def level_of(left, right):\n{tests}    return {DIFFERENT!r}\n", namespace)  # noqa: S102  # our own text
    level_of: Callable[[Normalised, Normalised], str] = namespace["level_of"]
    return level_of


_ANOTHER_PERSON = every(
    negate(some(unknown("sound"), unknown("birth_year"))),
    negate(some(word_shared("sound"), similar("sound", 0.75))),
    negate(years_within("birth_year", 1)),
)
"""Neither name nor birth year have anything in common."""

_BY_NIK = every(negate(same("nik")), some(same("nik_date"), crossed("nik_date", "birth_short")))

COMPARISONS = (
    Comparison(
        "name",
        unknown("sound"),
        (
            Level("SAME_SPELLING", same("name"), frequency_of="sound_sorted"),
            Level("SAME_SOUND", same("sound_sorted"), frequency_of="sound_sorted"),
            Level("JOINED_OR_CLOSE", some(same("sound_joined"), similar("sound_sorted", 0.95))),
            Level("SIMILAR", every(within_edits("sound_joined", 2), similar("sound_joined", 0.85))),
            Level("PART_OF_OTHER", words_within("sound", 3), frequency_of="sound_sorted"),
            Level("WORD_SHARED", some(word_shared("sound"), similar("sound", 0.75))),
        ),
    ),
    Comparison(
        "birth_date",
        every(unknown("birth_date"), negate(_BY_NIK)),
        (
            Level(
                "SAME",
                every(same("birth_date"), negate(either_is("birth_day", *_DEFAULT_DAYS))),
                frequency_of="birth_date",
            ),
            Level("SAME_BY_NIK", _BY_NIK),
            Level("SAME_DEFAULT_DAY", same("birth_date"), frequency_of="birth_date"),
            Level("SAME_YEAR_DEFAULT_DAY", every(same("birth_year"), either_is("birth_day", "01-01"))),
            Level("DAY_AND_MONTH_SWAPPED", crossed("birth_date", "birth_swapped")),
            Level("ONE_EDIT", within_edits("birth_date", 1)),
            Level("SAME_YEAR", same("birth_year")),
            Level("NEAR_YEAR_DEFAULT_DAY", every(years_within("birth_year", 5), either_is("birth_day", "01-01"))),
        ),
    ),
    Comparison(
        "nik",
        some(unknown("nik"), every(same("nik"), _ANOTHER_PERSON)),
        (
            Level("SAME", same("nik")),
            Level("ONE_EDIT_IN_FIRST_12", every(within_edits("nik", 1), negate(same("nik_first12")))),
            Level("ONE_EDIT_IN_SERIAL", within_edits("nik", 1)),
            Level("SAME_FIRST_12", same("nik_first12")),
            Level("SAME_DATE", same("nik_date")),
        ),
    ),
    Comparison(
        "kk_number",
        unknown("kk_number"),
        (Level("SAME", same("kk_number")), Level("ONE_EDIT", within_edits("kk_number", 1))),
    ),
    Comparison(
        "place",
        some(unknown("regency"), same("kk_number")),
        (
            Level("SAME_RT", every(same("village"), same("rt"), some(same("hamlet"), same("rw")))),
            Level("SAME_HAMLET_OR_RT", every(same("village"), some(same("hamlet"), same("rt")))),
            Level("SAME_VILLAGE", same("village")),
            Level("SAME_SUBDISTRICT", same("subdistrict")),
            Level("SAME_REGENCY_NO_VILLAGE", every(same("regency"), unknown("village"))),
            Level("SAME_REGENCY", same("regency")),
        ),
    ),
    Comparison("sex", unknown("sex"), (Level("SAME", same("sex")),)),
)
