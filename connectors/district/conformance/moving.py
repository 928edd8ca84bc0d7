"""Comparing two ways to read the same rows of a system that goes on working meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from connectors.district.conformance.model import Skip

R = TypeVar("R")
_TRIES = 3

Reader = Callable[[], Awaitable[Sequence[R]]]


async def compared(whole: Reader[R], pieces: Reader[R]) -> tuple[Sequence[R], Sequence[R]]:
    """The rows in one page and in several, of a moment at which nothing changed between; Skip when there was none."""
    before = await whole()
    for _ in range(_TRIES):
        parts = await pieces()
        after = await whole()
        if after == before or parts == before:
            return before, parts
        before = after
    raise Skip("the rows kept changing while they were read")


def difference(whole: Sequence[R], pieces: Sequence[R]) -> str:
    """What is different, in words; empty when nothing is. Rows are told by their number, never by their content."""
    if whole == pieces:
        return ""
    lost, doubled = [row for row in whole if row not in pieces], len(pieces) - len(set(pieces))
    more = [row for row in pieces if row not in whole]
    words = [f"{len(lost)} rows lost"] * bool(lost) + [f"{doubled} rows twice"] * bool(doubled)
    words += [f"{len(more)} rows that the whole does not have"] * bool(more)
    return ", ".join(words) or "the same rows in another order"
