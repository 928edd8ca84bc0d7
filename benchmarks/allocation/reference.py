"""The optimum by another way: OR-tools' minimum-cost flow over types of units, with a weight for each class of need.

The sets that can be served form a matroid, so whatever positive weights fall from class to class, the heaviest set serves as
many of each class as strict priority does.
"""

from collections.abc import Sequence

import numpy as np
from ortools.graph.python import min_cost_flow

from hub.matching.allocation.problem import Candidates, Integers, Pool


def served_by_class(candidates: Candidates, classes: Integers, pools: Sequence[Pool]) -> list[int]:
    """How many of each class (0 is served first) an optimal allocation serves, one programme for each unit."""
    count = int(classes.max()) + 1 if len(classes) else 0
    keys = np.stack((candidates.regency, candidates.mask, classes))
    types, sizes = np.unique(keys, axis=1, return_counts=True)
    arcs = _arcs(candidates.regency_codes, types, pools)
    sink, source = types.shape[1] + len(pools), types.shape[1] + len(pools) + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    into = _add(flow, np.full(len(sizes), source), np.arange(len(sizes)), sizes, -(count - types[2]))
    _add(flow, arcs[:, 0], types.shape[1] + arcs[:, 1], sizes[arcs[:, 0]], np.zeros(len(arcs), np.int64))
    available = np.array([pool.available for pool in pools], np.int64)
    _add(flow, np.arange(types.shape[1], sink), np.full(len(pools), sink), available, np.zeros(len(pools), np.int64))
    _add(flow, np.array([source]), np.array([sink]), sizes.sum(keepdims=True), np.zeros(1, np.int64))
    flow.set_nodes_supplies(np.array([source, sink], np.int32), np.array([sizes.sum(), -sizes.sum()]))
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the reference found no optimum")
    served: list[int] = np.bincount(types[2], flow.flows(into), minlength=count).astype(int).tolist()
    return served


def _add(
    flow: min_cost_flow.SimpleMinCostFlow, tails: Integers, heads: Integers, caps: Integers, costs: Integers
) -> Integers:
    arcs: Integers = flow.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32), heads.astype(np.int32), caps.astype(np.int64), costs.astype(np.int64)
    )
    return arcs


def _arcs(regency_codes: Sequence[str], types: Integers, pools: Sequence[Pool]) -> Integers:
    """Rows (type, pool) for every pool that a type may draw from."""
    position = {code: number for number, code in enumerate(regency_codes)}
    rows = []
    for number, pool in enumerate(pools):
        code = pool.region_code or ""
        inside = [at for regency, at in position.items() if regency.startswith(code)]
        fits = np.flatnonzero(np.isin(types[0], inside) & (types[1] >> pool.programme & 1 > 0))
        rows.append(np.stack((fits, np.full(len(fits), number)), axis=1))
    return np.concatenate(rows) if rows else np.zeros((0, 2), np.int64)
