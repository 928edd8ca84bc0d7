"""One record is one person: of all pairs, those that give the most bits while no record stands in two."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

L = TypeVar("L", bound=Hashable)
R = TypeVar("R", bound=Hashable)
Pair = tuple[L, R, float]


def assign(pairs: Iterable[Pair[L, R]]) -> list[Pair[L, R]]:
    """The pairs (left, right, bits) of the one-to-one assignment with the greatest sum of bits; pairs of zero bits
    or less are left out.

    Optimal, by augmenting paths in each connected group; of equal sums the first in the order given is preferred.
    Groups are small (relatives, namesakes), the time goes with the cube of the largest.
    """
    chosen: list[Pair[L, R]] = []
    for group in _groups([pair for pair in pairs if pair[2] > 0]):
        chosen += group if len(group) == 1 else _best_of(group)
    return chosen


def _groups(pairs: Sequence[Pair[L, R]]) -> list[list[Pair[L, R]]]:
    """Pairs that are connected through shared records, in the order of their first pair."""
    parents = list(range(len(pairs)))

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    first_left: dict[L, int] = {}
    first_right: dict[R, int] = {}
    for at, (left, right, _) in enumerate(pairs):
        for earlier in (first_left.setdefault(left, at), first_right.setdefault(right, at)):
            low, high = sorted((root(earlier), root(at)))
            parents[high] = low
    groups: dict[int, list[Pair[L, R]]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        groups[root(at)].append(pair)
    return list(groups.values())


def _best_of(group: Sequence[Pair[L, R]]) -> list[Pair[L, R]]:
    """The Hungarian method on the group's matrix; what is not in the group weighs nothing."""
    lefts = list(dict.fromkeys(left for left, _, _ in group))
    rights = list(dict.fromkeys(right for _, right, _ in group))
    bits = {(left, right): weight for left, right, weight in group}
    size = max(len(lefts), len(rights))
    costs = [[0.0] * size for _ in range(size)]
    for (left, right), weight in bits.items():
        costs[lefts.index(left)][rights.index(right)] = -weight
    taken = _hungarian(costs)
    return [
        (left, rights[at], bits[left, rights[at]])
        for left, at in zip(lefts, taken, strict=False)
        if at < len(rights) and (left, rights[at]) in bits
    ]


def _hungarian(costs: Sequence[Sequence[float]]) -> list[int]:
    """For each row of a square matrix its column, with the least sum (Kuhn and Munkres, with potentials)."""
    size = len(costs)
    row_price, column_price = [0.0] * (size + 1), [0.0] * (size + 1)
    row_of = [0] * (size + 1)
    for row in range(1, size + 1):
        _augment(costs, row, row_of, (row_price, column_price))
    taken = [0] * size
    for column in range(1, size + 1):
        taken[row_of[column] - 1] = column - 1
    return taken


def _augment(
    costs: Sequence[Sequence[float]], row: int, row_of: list[int], prices: tuple[list[float], list[float]]
) -> None:
    """Give one more row a column along the cheapest path; rows and columns count from 1, column 0 is the path's beginning."""
    row_price, column_price = prices
    size = len(costs)
    cheapest, came_from, is_done = [float("inf")] * (size + 1), [0] * (size + 1), [False] * (size + 1)
    row_of[0] = row
    column = 0
    while row_of[column]:
        is_done[column] = True
        at = row_of[column]
        for other in (free for free in range(1, size + 1) if not is_done[free]):
            cost = costs[at - 1][other - 1] - row_price[at] - column_price[other]
            if cost < cheapest[other]:
                cheapest[other], came_from[other] = cost, column
        nearest = min((free for free in range(1, size + 1) if not is_done[free]), key=cheapest.__getitem__)
        _move_prices(cheapest[nearest], is_done, cheapest, row_of, prices)
        column = nearest
    while column:
        row_of[column] = row_of[came_from[column]]
        column = came_from[column]


def _move_prices(
    step: float,
    is_done: Sequence[bool],
    cheapest: list[float],
    row_of: Sequence[int],
    prices: tuple[list[float], list[float]],
) -> None:
    """Raise what has been reached by the length of the step, so that the edge to the nearest column becomes free."""
    row_price, column_price = prices
    for column, reached in enumerate(is_done):
        if reached:
            row_price[row_of[column]] += step
            column_price[column] -= step
        else:
            cheapest[column] -= step
