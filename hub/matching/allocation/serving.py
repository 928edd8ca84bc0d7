"""Who is served under a policy: candidates of one group of programmes, taken in the order of the policy while slots last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace

import numpy as np

from hub.matching.allocation.feasible import Slots
from hub.matching.allocation.problem import Booleans, Integers, Policy, Pool


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """The candidates of one group in the order of need: their regencies and masks. `bits`: the programmes of the group;
    masks and pools speak of their positions among these. `held`: units that draw already, by regency.
    """

    regency_codes: Sequence[str]
    regency: Integers
    mask: Integers
    bits: tuple[int, ...]
    held: Integers


def serve(queue: Queue, pools: Iterable[Pool], policy: Policy) -> Booleans:
    """Whether each candidate is served.

    STRICT_PRIORITY takes them by need. REGIONAL_FLOORS takes from the least covered regency (held and served of all who are
    held or candidates) the neediest, again and again: water-filling, so no regency can rise but at the cost of a lower one.
    Either way a regency's own slots are for it alone, a province's for its regencies.
    """
    slots = _slots(queue, pools)
    return _by_need(queue, slots) if policy is Policy.STRICT_PRIORITY else _by_coverage(queue, slots)


def _by_need(queue: Queue, slots: Slots) -> Booleans:
    size = 1 << len(queue.bits)
    types = queue.regency * size + queue.mask
    is_closed = bytearray(len(queue.regency_codes) * size)
    served = bytearray(len(types))
    for position, of_type in enumerate(types.tolist()):
        if not is_closed[of_type]:
            if slots.serve(*divmod(of_type, size)):
                served[position] = 1
            else:
                is_closed[of_type] = 1
    return np.frombuffer(served, np.bool_)


def _by_coverage(queue: Queue, slots: Slots) -> Booleans:
    count = len(queue.regency_codes)
    by_regency = np.argsort(queue.regency, kind="stable")
    positions, masks = by_regency.tolist(), queue.mask[by_regency].tolist()
    ends = np.cumsum(np.bincount(queue.regency, minlength=count)).tolist()
    nexts = [0, *ends[:-1]]
    held = queue.held.tolist()
    need = [held[k] + ends[k] - nexts[k] for k in range(count)]
    served, closed = bytearray(len(positions)), [set[int]() for _ in range(count)]
    lowest = [(held[k] / need[k], positions[nexts[k]], k) for k in range(count) if nexts[k] < ends[k]]
    heapify(lowest)
    while lowest:
        _, position, regency = lowest[0]
        at = nexts[regency]
        if slots.serve(regency, masks[at]):
            served[position] = 1
            held[regency] += 1
        else:
            closed[regency].add(masks[at])
        at += 1
        while at < ends[regency] and masks[at] in closed[regency]:
            at += 1
        nexts[regency] = at
        if at < ends[regency]:
            heapreplace(lowest, (held[regency] / need[regency], positions[at], regency))
        else:
            heappop(lowest)
    return np.frombuffer(served, np.bool_)


def _slots(queue: Queue, pools: Iterable[Pool]) -> Slots:
    """The free slots by level; pools of regions without candidates serve nobody."""
    provinces = sorted({code[:2] for code in queue.regency_codes})
    width = len(queue.bits)
    at = {bit: number for number, bit in enumerate(queue.bits)}
    levels: dict[str | None, list[int]] = {code: [0] * width for code in (*queue.regency_codes, *provinces, None)}
    for pool in pools:
        if pool.programme in at and pool.region_code in levels:
            levels[pool.region_code][at[pool.programme]] += pool.available
    province_of = [provinces.index(code[:2]) for code in queue.regency_codes]
    return Slots(
        province_of,
        [levels[code] for code in queue.regency_codes],
        [levels[code] for code in provinces],
        levels[None],
    )
