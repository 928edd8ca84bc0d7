"""Whether one more unit can be served without taking a slot from those who were served before.

Units that differ in nothing but their rank are one type: a regency and a mask of programmes. By Hall's theorem everybody can be
served exactly when no set of pools has more units that depend on it alone than it has slots. Pools are nested (regency,
province, nation), so of all sets only the worst ones count, and they are found level by level:

    regency k   worst_k(R) = max over K within R of (units of k whose programmes lie in K) - (slots of k for K)
    province j  worst_j(N) = max over R within N of (sum of worst_k(R) over its regencies) - (slots of j for R)
    nation      (sum of worst_j(N) over the provinces) <= slots of the nation for N, for every N

The sets that can be served form a matroid (transversal), so taking candidates in any order of preference and keeping each that
can still be served is exact: nobody is left out for the sake of somebody further down.
"""

from collections.abc import Sequence
from functools import cache

Capacities = Sequence[Sequence[int]]
"""Slots by region and programme."""
_Masks = tuple[int, ...]


class Slots:
    """What can still be served. One unit costs a few integer operations, whatever the number of units and regions."""

    def __init__(self, province_of: Sequence[int], regencies: Capacities, provinces: Capacities, nation: Sequence[int]):
        self._province_of = province_of
        size = 1 << len(nation)
        self._regency = [_emptied(row, size) for row in regencies]
        self._province = [_emptied(row, size) for row in provinces]
        self._nation = _emptied(nation, size)
        self._worst_of_regency = [[0] * size for _ in regencies]
        self._worst_of_province = [[0] * size for _ in provinces]
        self._above, self._between = _lattice(size)

    def serve(self, regency: int, mask: int) -> bool:
        """Serve one more unit of a type; False leaves all as it is, and is False for ever after."""
        load, worst, above = self._regency[regency], self._worst_of_regency[regency], self._above[mask]
        for programmes in above:
            if load[programmes] == worst[programmes]:
                return self._spill(regency, mask)
        for programmes in above:
            load[programmes] += 1
        return True

    def _spill(self, regency: int, mask: int) -> bool:
        """The regency itself cannot; whether province or nation can."""
        province = self._province_of[regency]
        load, worst = self._regency[regency], self._worst_of_regency[regency]
        province_load, province_worst = self._province[province], self._worst_of_province[province]
        above, between, nation = self._above[mask], self._between[mask], self._nation
        rising = _rising(above, between, load, worst)
        spilling = _spilling(above, rising, province_load, province_worst)
        for programmes in spilling:
            if nation[programmes] >= 0:
                return False
        for programmes in above:
            load[programmes] += 1
        for programmes in rising:
            worst[programmes] += 1
            province_load[programmes] += 1
        for programmes in spilling:
            province_worst[programmes] += 1
            nation[programmes] += 1
        return True


def _rising(above: _Masks, between: dict[int, _Masks], load: list[int], worst: list[int]) -> list[int]:
    """Of the masks above a type's own those whose worst set grows with one more unit of it."""
    found = []
    for outer in above:
        for inner in between[outer]:
            if load[inner] == worst[outer]:
                found.append(outer)
                break
    return found


def _spilling(above: _Masks, rising: list[int], load: list[int], worst: list[int]) -> list[int]:
    """The same a level higher, where only the rising masks have grown."""
    found = []
    for outer in above:
        for inner in rising:
            if inner & outer == inner and load[inner] == worst[outer]:
                found.append(outer)
                break
    return found


def _emptied(slots: Sequence[int], size: int) -> list[int]:
    """Load less slots of each set of programmes, before anybody is served."""
    return [-sum(count for bit, count in enumerate(slots) if mask >> bit & 1) for mask in range(size)]


@cache
def _lattice(size: int) -> tuple[list[_Masks], list[dict[int, _Masks]]]:
    """For each mask the masks that hold it, and for each of these the masks between the two."""
    above = [tuple(sup for sup in range(size) if sup & mask == mask) for mask in range(size)]
    between = [
        {sup: tuple(inner for inner in above[mask] if inner & sup == inner) for sup in above[mask]}
        for mask in range(size)
    ]
    return above, between
