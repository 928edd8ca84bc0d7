"""A made roster and a made district linked by the hub and by stock Splink, each in a process of its own, against the truth."""

import logging
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.linkage.clerks import ANOTHER_OFFICE, ROSTER_FAULTS, Faults
from benchmarks.linkage.registers import EVALUATED_SEED, Registers, Size, cached_registers
from benchmarks.linkage.stock import link_stock
from benchmarks.report import Figure
from hub.matching.linkage import load_weights
from hub.matching.linkage.batch import BatchOptions, link_batch

SAMPLED = 3_000
MEMORY_LIMIT = "3GB"
PRECISION, RECALL, WITHOUT_NIK = 0.995, 0.965, 0.95
"""The targets: recall at this precision, and the share of the pairs without an equal NIK that are found there."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Links of one contestant against the truth."""

    precision: float
    recall: float
    """At the contestant's own threshold; stock Splink's is a probability of one half."""
    recall_at_precision: float
    """The most at a precision of at least 0.995."""
    found_without_nik: float
    """There: the share of true pairs whose NIKs are not equal, or not known."""
    seconds: float
    gigabytes: float
    to_review: int = 0
    weights: bytes = b""
    sample_f1: float = 0.0
    """At the contestant's own threshold, over the first so many records of the district (SAMPLED)."""

    @property
    def f1(self) -> float:
        """At the contestant's own threshold."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)

    def figures(self, name: str, *, is_target: bool = False) -> dict[str, Figure]:
        """Shares in percent."""
        return {
            f"{name}: precision": Figure(100 * self.precision, "%"),
            f"{name}: recall": Figure(100 * self.recall, "%"),
            f"{name}: F1": Figure(100 * self.f1, "%"),
            f"{name}: recall at precision 0.995": _share(self.recall_at_precision, RECALL if is_target else None),
            f"{name}: found without equal NIK": _share(self.found_without_nik, WITHOUT_NIK if is_target else None),
            f"{name}: time": Figure(self.seconds, "s"),
            f"{name}: peak memory": Figure(self.gigabytes, "GB"),
        }


def measure_hub(size: Size) -> Measured:
    """The hub, with weights that it learns from the two registers."""
    return _measure_hub(cached_registers(size, (Faults(), ROSTER_FAULTS), EVALUATED_SEED), is_shipped=False)


def measure_shipped(size: Size) -> Measured:
    """The hub, with the weights that it ships."""
    return _measure_hub(cached_registers(size, (Faults(), ROSTER_FAULTS), EVALUATED_SEED), is_shipped=True)


def measure_another_office(size: Size) -> Measured:
    """The hub with the weights that it ships, between registers with other faults and without any NIK."""
    return _measure_hub(cached_registers(size, (ANOTHER_OFFICE, ANOTHER_OFFICE), EVALUATED_SEED), is_shipped=True)


def measure_stock(size: Size) -> Measured:
    """Stock Splink."""
    made = cached_registers(size, (Faults(), ROSTER_FAULTS), EVALUATED_SEED)
    begun = time.perf_counter()
    links = link_stock(made.district.drop(["person"]), made.roster.drop(["person"]), MEMORY_LIMIT)
    seconds = time.perf_counter() - begun
    return against_truth(made, links, 0.0, seconds)


def apart(measure: Callable[[Size], Measured], size: Size) -> Measured:
    """Run it in a new process, so that its peak of memory is its own."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=be_quiet) as pool:
        return pool.submit(measure, size).result()


def against_truth(made: Registers, links: pa.Table, link_at: float, seconds: float) -> Measured:
    """Judge links (left_id, right_id, bits): at a threshold, and where precision is 0.995."""
    district, roster = (
        dict(zip(table["record_id"].to_pylist(), table["person"].to_pylist(), strict=True))
        for table in (made.district, made.roster)
    )
    both = set(district.values()) & set(roster.values())
    ordered = links.sort_by([("bits", "descending")])
    left, right = ordered["left_id"].to_pylist(), ordered["right_id"].to_pylist()
    true = np.array([district[one] == roster[other] for one, other in zip(left, right, strict=True)], dtype=bool)
    found = true.cumsum()
    precise = np.flatnonzero(found / np.arange(1, len(true) + 1) >= PRECISION)
    most = int(precise[-1]) + 1 if len(precise) else 0
    linked = int(np.count_nonzero(ordered["bits"].to_numpy() >= link_at))
    hard = _without_equal_nik(made)
    caught = sum(one in hard for one, is_true in zip(left[:most], true[:most], strict=True) if is_true)
    return Measured(
        precision=float(found[linked - 1]) / linked if linked else 0.0,
        recall=float(found[linked - 1]) / len(both) if linked else 0.0,
        recall_at_precision=float(found[most - 1]) / len(both) if most else 0.0,
        found_without_nik=caught / max(len(hard), 1),
        seconds=seconds,
        gigabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        to_review=len(true) - linked,
        sample_f1=_f1_of_sample(made, both, left[:linked], true[:linked]),
    )


def _f1_of_sample(made: Registers, both: set[int], left: list[str], true: NDArray[np.bool_]) -> float:
    sample = made.district.slice(0, SAMPLED)
    wanted = set(sample["record_id"].to_pylist())
    expected = sum(person in both for person in sample["person"].to_pylist())
    linked = [bool(is_true) for one, is_true in zip(left, true, strict=True) if one in wanted]
    return 2 * sum(linked) / max(len(linked) + expected, 1)


def _measure_hub(made: Registers, *, is_shipped: bool) -> Measured:
    begun = time.perf_counter()
    weights = load_weights() if is_shipped else None
    options = BatchOptions(memory_limit=MEMORY_LIMIT)
    linked = link_batch(made.district.drop(["person"]), made.roster.drop(["person"]), weights, options=options)
    seconds = time.perf_counter() - begun
    links = linked.pairs.select(["left_id", "right_id"]).append_column("bits", linked.pairs["settled_bits"])
    measured = against_truth(made, links, linked.weights.link_at, seconds)
    return replace(measured, weights=msgspec.json.encode(linked.weights))


def _without_equal_nik(made: Registers) -> set[str]:
    niks = dict(zip(made.roster["person"].to_pylist(), made.roster["nik"].to_pylist(), strict=True))
    rows = zip(*(made.district[column].to_pylist() for column in ("record_id", "person", "nik")), strict=True)
    return {record for record, person, nik in rows if person in niks and (nik is None or nik != niks[person])}


def _share(share: float, target: float | None = None) -> Figure:
    return Figure(100 * share, "%", None if target is None else share, target)


def be_quiet() -> None:
    """Splink warns of levels that a register does not show; the hub keeps what it knew of them."""
    logging.getLogger("splink").setLevel(logging.ERROR)
