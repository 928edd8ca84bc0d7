"""One record is one person: of all pairs, those that give the most bits while no record stands in two."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

L = TypeVar("L", bound=Hashable)
R = TypeVar("R", bound=Hashable)
Pair = tuple[L, R, float]


def assign(pairs: Iterable[Pair[L, R]]) -> list[Pair[L, R]]:
    """The pairs (left, right, bits) of the one-to-one assignment with the greatest sum of bits; pairs of zero bits
    or less are left out.

    Optimal, by a shortest augmenting path for each left record in the order of their first pairs; who came first keeps what
    another could have as well. A path looks no further than giving way pays, so tens of thousands of records that
    hang together through namesakes are as quick as as many apart.
    """
    edges: dict[L, list[tuple[R, float]]] = {}
    for left, right, bits in pairs:
        if bits > 0:
            edges.setdefault(left, []).append((right, bits))
    assignment = _Assignment(edges)
    for left in edges:
        assignment.add(left)
    return assignment.pairs()


class _Path(Generic[L, R]):
    """The search for the one who loses least, so that one more can have somebody.

    `losses` are those of left records that would have to give way; `reached` are the right records that came free so, with
    the loss, who would take it, and its bits. `alone` is the least loss at which somebody stays alone, and who.
    """

    def __init__(self, first: L) -> None:
        self.losses: dict[L, float] = {}
        self.reached: dict[R, tuple[float, L, float]] = {}
        self.alone = (float("inf"), first)
        self._queue: list[tuple[float, int, R, L, float]] = []
        self._order = count()

    def wants(self, right: R, loss: float, by: L, bits: float) -> None:
        """Somebody could take a right record at this loss."""
        if right not in self.reached:
            heappush(self._queue, (loss, next(self._order), right, by, bits))

    def nearest(self) -> R | None:
        """The right record that comes next; None when staying alone costs no more."""
        queue = self._queue
        while queue and queue[0][2] in self.reached:
            heappop(queue)
        if not queue or queue[0][0] >= self.alone[0]:
            return None
        loss, _, right, by, bits = heappop(queue)
        self.reached[right] = (loss, by, bits)
        return right


class _Assignment(Generic[L, R]):
    """Who has whom. A right record has a price, at which nobody would rather have another than the one that he has; what
    that leaves of the bits is the margin of a left record, zero for one that is better off alone."""

    def __init__(self, edges: Mapping[L, Sequence[tuple[R, float]]]) -> None:
        self._edges = edges
        self._prices: dict[R, float] = {}
        self._margins: dict[L, float] = {}
        self._holders: dict[R, L] = {}
        self._held: dict[L, tuple[R, float]] = {}

    def pairs(self) -> list[Pair[L, R]]:
        """In the order of the left records."""
        return [(left, *self._held[left]) for left in self._edges if left in self._held]

    def add(self, left: L) -> None:
        """Let one more left record have one, where others give way if all are better off."""
        prices = self._prices
        self._margins[left] = max(0.0, *(bits - prices.get(right, 0.0) for right, bits in self._edges[left]))
        path: _Path[L, R] = _Path(left)
        self._look(path, left, 0.0)
        while (right := path.nearest()) is not None and right in self._holders:
            self._look(path, self._holders[right], path.reached[right][0])
        self._reprice(path, path.alone[0] if right is None else path.reached[right][0])
        if right is None and path.alone[1] != left:
            right, _ = self._held.pop(path.alone[1])
        self._pass_on(right, left, path)

    def _look(self, path: _Path[L, R], at: L, loss: float) -> None:
        """What a left record could have in place of what he has, or nothing."""
        path.losses[at] = loss
        nothing = loss + self._margins[at]
        if nothing < path.alone[0]:
            path.alone = (nothing, at)
        for right, bits in self._edges[at]:
            path.wants(right, nothing - bits + self._prices.get(right, 0.0), at, bits)

    def _reprice(self, path: _Path[L, R], end: float) -> None:
        for left, loss in path.losses.items():
            self._margins[left] -= end - loss
        for right, (loss, _, _) in path.reached.items():
            self._prices[right] = self._prices.get(right, 0.0) + end - loss

    def _pass_on(self, right: R | None, first: L, path: _Path[L, R]) -> None:
        """Give a right record to the one who reached for it, his own to the one before, and so on up to the first."""
        while right is not None:
            _, by, bits = path.reached[right]
            before = self._held.get(by)
            self._holders[right] = by
            self._held[by] = (right, bits)
            right = None if by == first or before is None else before[0]
