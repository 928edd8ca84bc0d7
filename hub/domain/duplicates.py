"""When two case files seem to be about the same: the same household or person, or the same words at the same place and time."""

import re
from datetime import timedelta
from enum import StrEnum

WITHIN = timedelta(days=30)
"""How far apart two case files of the same words can have come in."""
ALIKE = 0.5
"""The share of their words that two summaries have in common at least."""

_WORD = re.compile(r"\w{3,}")
_EMPTY = frozenset(
    {"ada", "agar", "akan", "atau", "belum", "bisa", "dan", "dari", "dengan", "ini", "itu", "karena", "kepada"}
)
_EMPTY |= {"mohon", "oleh", "pada", "para", "saya", "sudah", "tapi", "tidak", "untuk", "yang"}


class DuplicateSign(StrEnum):
    """Why a case file may be the same as another one."""

    SAME_PERSON = "SAME_PERSON"
    SAME_HOUSEHOLD = "SAME_HOUSEHOLD"
    SIMILAR_WORDS = "SIMILAR_WORDS"


def likeness(one: str | None, other: str | None) -> float:
    """The share of the words of two summaries that both have, 0 to 1; 0 where one says nothing."""
    mine, theirs = _words(one), _words(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _words(text: str | None) -> set[str]:
    return set(_WORD.findall((text or "").lower())) - _EMPTY
