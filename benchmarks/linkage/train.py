"""Train the weights that the hub ships: on made registers of a seed that no benchmark or test evaluates, without their truth.

    python -m benchmarks.linkage.train

writes hub/matching/linkage/weights.json. To train on registers of your own, see docs/reference/linkage.md.
"""

import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import msgspec

from benchmarks.linkage.clerks import Faults
from benchmarks.linkage.registers import Size, cached_registers
from hub.matching.linkage.batch import BatchOptions, train_batch
from hub.matching.linkage.training import untrained_weights

TRAINING_SEED = 20_260_331
_SIZE = Size(roster=300_000, district=100_000, both=80_000)
_VERSION = "SIMULATED-1"


def main() -> None:
    """Train and write."""
    faults = (Faults(), replace(Faults(), regency_only=0.25))
    made = cached_registers(_SIZE, faults, TRAINING_SEED)
    district, roster = (table.drop(["person"]) for table in (made.district, made.roster))
    weights = train_batch(district, roster, untrained_weights(), options=BatchOptions(version=_VERSION))
    target = Path(str(resources.files("hub.matching.linkage"))) / "weights.json"
    target.write_bytes(msgspec.json.format(msgspec.json.encode(weights), indent=1) + b"\n")
    sys.stderr.write(f"wrote {target}\n")


if __name__ == "__main__":
    main()
