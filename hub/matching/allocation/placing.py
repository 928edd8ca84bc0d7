"""From which pool each served unit gets its entitlement: the preferred programme first, then the nearest pool.

Who is served is settled before. Units of one type (regency and mask) are interchangeable here, so a minimum-cost flow from some
thousand types to the pools decides for all at once, exactly.
"""

from collections.abc import Sequence

import numpy as np
from ortools.graph.python import min_cost_flow

from hub.domain.errors import InternalError
from hub.matching.allocation.problem import Booleans, Integers, Pool
from hub.matching.allocation.serving import Queue

NOWHERE = -1
_LEVELS = 3


def place(queue: Queue, served: Booleans, pools: Sequence[Pool]) -> Integers:
    """For each candidate the position of its pool in `pools`; NOWHERE for those who are not served.

    Among units of a type the neediest get the cheapest pools: they draw near and what is preferred.
    """
    placed = np.full(len(served), NOWHERE, np.int64)
    positions = np.flatnonzero(served)
    types = queue.regency[positions] * (1 << len(queue.bits)) + queue.mask[positions]
    of_types, counts = np.unique(types, return_counts=True)
    arcs = _arcs(queue, of_types.tolist(), pools)
    flows = _flow(counts, arcs, pools)
    by_type = positions[np.argsort(types, kind="stable")]
    placed[by_type] = np.repeat(arcs[:, 1], flows)
    return placed


def _arcs(queue: Queue, types: list[int], pools: Sequence[Pool]) -> Integers:
    """Rows (number of the type, position of the pool, cost) for every pool that a type may draw from, the cheapest first."""
    by_place: dict[tuple[str | None, int], list[int]] = {}
    for position in sorted(range(len(pools)), key=lambda position: pools[position].pool_id):
        by_place.setdefault((pools[position].region_code, pools[position].programme), []).append(position)
    rows = []
    for number, of_type in enumerate(types):
        regency, mask = divmod(of_type, 1 << len(queue.bits))
        code = queue.regency_codes[regency]
        for at, bit in enumerate(queue.bits):
            if mask >> at & 1:
                for level, region in enumerate((code, code[:2], None)):
                    rows += [(number, pool, at * _LEVELS + level) for pool in by_place.get((region, bit), ())]
    return np.array(rows, np.int64).reshape(-1, 3)


def _flow(counts: Integers, arcs: Integers, pools: Sequence[Pool]) -> Integers:
    """How many units go along each arc."""
    types, sink = len(counts), len(counts) + len(pools)
    drawn = np.unique(arcs[:, 1])
    available = np.array([pool.available for pool in pools], np.int64)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate((arcs[:, 0], types + drawn)).astype(np.int32),
        np.concatenate((types + arcs[:, 1], np.full(len(drawn), sink))).astype(np.int32),
        np.concatenate((counts[arcs[:, 0]], available[drawn])),
        np.concatenate((arcs[:, 2], np.zeros(len(drawn), np.int64))),
    )
    flow.set_nodes_supplies(
        np.concatenate((np.arange(types), [sink])).astype(np.int32), np.concatenate((counts, [-counts.sum()]))
    )
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise InternalError(f"units that can be served found no pools: {status}")
    flows: Integers = flow.flows(np.arange(len(arcs), dtype=np.int32))
    return flows
