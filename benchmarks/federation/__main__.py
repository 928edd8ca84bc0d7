"""514 simulated districts as one logical subgraph, and what two gateways make of three of them.

    python -m benchmarks.federation [--districts 514] [--households 40] [--rounds 100] [--processes 3] [--no-gateways] [--json]

Every answer is compared with the truth: a row that is lost or comes twice ends the benchmark with exit code 1.
"""

import argparse
import sys

import uvloop

from benchmarks.federation.districts import districts
from benchmarks.federation.gateways import gateways
from benchmarks.federation.joining import joining
from benchmarks.federation.measure import Hub, WrongAnswer, measure
from benchmarks.report import print_figures
from hub.domain.errors import HubError
from server.logs import configure_logs
from server.serving import settled
from simulators.regions import Regions

_SEED = 7


async def main(given: argparse.Namespace) -> None:
    """Start the districts, measure, print; the hub's process is as that of `slrt-hub serve`: its loop, log, collector."""
    configure_logs("info")
    codes = Regions.read().first(given.districts)
    async with districts(codes, given.households, _SEED, given.processes) as found:
        sys.stderr.write(f"{len(found)} districts are up\n")
        hub = Hub(found)
        try:
            with settled():
                figures = await measure(hub, given.rounds)
            figures |= await joining(hub)
            if given.gateways:
                figures |= await gateways(hub)
        finally:
            await hub.districts.aclose()
    print_figures(f"{given.districts} districts as one subgraph", figures, is_json=given.json)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--districts", type=int, default=514)
    parser.add_argument("--households", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--gateways", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", action="store_true")
    try:
        uvloop.run(main(parser.parse_args()))
    except (HubError, WrongAnswer) as error:
        sys.exit(f"error: {error}")
