"""Statistical disclosure control: which cells of a table are withheld so that none shows, or can be found to be, a few people."""

from collections.abc import Sequence

SMALLEST_SHOWN = 5


def withheld(cells: Sequence[Sequence[int]], *, has_margin: bool) -> frozenset[int]:
    """Positions of the cells to withhold. A cell is its counts; one of 1 to 4 makes it small, zero does not.

    With `has_margin` the sum over all cells is shown elsewhere, so what is withheld must not follow by subtraction: further
    cells, the smallest first, are withheld until at least two are and no count of theirs together is small.
    """
    hidden = {position for position, cell in enumerate(cells) if _is_small(cell)}
    if not hidden or not has_margin:
        return frozenset(hidden)
    others = sorted((p for p, cell in enumerate(cells) if p not in hidden and any(cell)), key=lambda p: sum(cells[p]))
    for position in others:
        if len(hidden) > 1 and not _is_small([sum(counts) for counts in zip(*(cells[p] for p in hidden), strict=True)]):
            break
        hidden.add(position)
    return frozenset(hidden)


def _is_small(counts: Sequence[int]) -> bool:
    return any(0 < count < SMALLEST_SHOWN for count in counts)
