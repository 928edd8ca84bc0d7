"""Who is who against the truth: FEBRL 3 and 4, a made roster beside stock Splink, another office, one record at a time.

python -m benchmarks.linkage [--size full|small] [--json]
"""

import argparse
import sys
from collections.abc import Callable

from benchmarks.linkage.clerks import ROSTER_FAULTS, Faults
from benchmarks.linkage.febrl import Quality, measure_febrl3, measure_febrl4
from benchmarks.linkage.made import (
    SAMPLED,
    Measured,
    apart,
    be_quiet,
    measure_another_office,
    measure_hub,
    measure_shipped,
    measure_stock,
)
from benchmarks.linkage.online import measure_lookup
from benchmarks.linkage.registers import EVALUATED_SEED, FULL, SMALL, Size, cached_registers
from benchmarks.report import Figure, print_figures
from hub.matching.linkage import BLOCKING_RULES, read_weights

_SIZES = {"full": FULL, "small": SMALL}
_FEBRL: dict[str, tuple[Callable[[], Quality], float]] = {
    "FEBRL 3": (measure_febrl3, 0.995),
    "FEBRL 4": (measure_febrl4, 0.999),
}
_LOOKUP_MS, _F1_BEHIND = 5.0, 0.003


def main(size: Size) -> dict[str, Figure]:
    """All figures, by name."""
    be_quiet()
    figures: dict[str, Figure] = {}
    for name, (measure, target) in _FEBRL.items():
        _say(name)
        quality = measure()
        figures[f"{name}: precision"] = Figure(100 * quality.precision, "%")
        figures[f"{name}: recall"] = Figure(100 * quality.recall, "%")
        figures[f"{name}: F1"] = Figure(100 * quality.f1, "%", quality.f1, target)
    cached_registers(size, (Faults(), ROSTER_FAULTS), EVALUATED_SEED)
    hub = _apart("hub", measure_hub, size)
    stock = _apart("stock Splink", measure_stock, size)
    figures |= hub.figures("hub", is_target=True) | stock.figures("stock Splink")
    figures["time beside stock Splink"] = Figure(hub.seconds, "s", hub.seconds / stock.seconds, lower_is_better=True)
    figures["memory beside stock Splink"] = Figure(
        hub.gigabytes, "GB", hub.gigabytes / stock.gigabytes, lower_is_better=True
    )
    figures |= _apart("shipped weights", measure_shipped, size).figures("shipped weights")
    figures |= _apart("another office", measure_another_office, SMALL).figures("another office, no NIK")
    return figures | _lookup(size, hub)


def _lookup(size: Size, hub: Measured) -> dict[str, Figure]:
    """One record at a time, with the weights that the batch learnt; F1 on the same records as the batch's."""
    _say("one record at a time")
    made = cached_registers(size, (Faults(), ROSTER_FAULTS), EVALUATED_SEED)
    found = measure_lookup(made.roster, made.district.slice(0, SAMPLED), read_weights(hub.weights), str(size.roster))
    figures = {
        "one record: F1": Figure(100 * found.f1, "%"),
        "one record: F1 behind the batch": Figure(
            100 * (hub.sample_f1 - found.f1), "points", hub.sample_f1 - found.f1, _F1_BEHIND, lower_is_better=True
        ),
        "one record: candidates, p50": Figure(found.percentile("candidates", 50), "records"),
        "one record: candidates, p99": Figure(found.percentile("candidates", 99), "records"),
        "one record: database p99": Figure(found.percentile("database_ms", 99), "ms"),
        "one record: scorer p99": Figure(found.percentile("scorer_ms", 99), "ms"),
        "one record: p50": Figure(found.percentile("total_ms", 50), "ms"),
        "one record: p99": _limit(found.percentile("total_ms", 99)),
    }
    for rule, (most, usual) in found.keys.items():
        figures[f"one record: largest key {'+'.join(BLOCKING_RULES[rule])}"] = Figure(most, f"records, p99 {usual}")
    return figures


def _limit(milliseconds: float) -> Figure:
    return Figure(milliseconds, "ms", milliseconds, _LOOKUP_MS, lower_is_better=True)


def _apart(name: str, measure: Callable[[Size], Measured], size: Size) -> Measured:
    _say(name)
    return apart(measure, size)


def _say(what: str) -> None:
    sys.stderr.write(f"measuring: {what}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=_SIZES, default="full")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = main(_SIZES[given.size])
    print_figures(f"Linkage, {given.size}", figures, is_json=given.json)
