"""`python -m simulators`: serve a world, announce it in one line of JSON, stop with its parent."""

import argparse
import asyncio
import gc
import signal
import stat
import sys
from contextlib import nullcontext, suppress
from datetime import date
from os import fstat, read
from pathlib import Path
from typing import NamedTuple

import msgspec

from simulators.journal import Journal, JournalError
from simulators.regions import Regions
from simulators.server import announcement, build
from simulators.serving import served
from simulators.simulation import Simulation
from simulators.world import AS_OF, World, WorldSettings


class Options(NamedTuple):
    """What the command line asks for."""

    settings: WorldSettings
    port: int
    journal: Path | None


def options_of(arguments: list[str]) -> Options:
    """Read the command line; SystemExit explains what does not fit."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("--districts", default="3", help="how many, or codes: 35.10,35.09 (default 3)")
    parser.add_argument("--households", type=int, default=2_000, help="in each district (default 2,000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--as-of", type=date.fromisoformat, default=AS_OF, help="the day on which the clock stands")
    parser.add_argument("--buffer-stock", type=int, default=None, help="KIS cards in the buffer (default: scaled)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--journal", type=Path, default=None, help="file that keeps what callers did: a later start goes on from there"
    )
    given = parser.parse_args(arguments)
    regions = Regions.read()
    try:
        asked = given.districts
        codes = regions.first(int(asked)) if asked.isdigit() else asked.split(",")
        regencies = tuple(regions.select(codes))
    except ValueError as error:
        parser.error(str(error))
    settings = WorldSettings(
        regencies=regencies,
        households=given.households,
        seed=given.seed,
        as_of=given.as_of,
        buffer_stock=given.buffer_stock,
    )
    return Options(settings, given.port, given.journal)


async def serve(simulation: Simulation, port: int) -> None:
    """Serve until SIGTERM, SIGINT, or the end of stdin where that is a pipe."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def stop_at_end_of_stdin() -> None:
        if not read(0, 4_096):
            stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if stat.S_ISFIFO(fstat(0).st_mode) or stat.S_ISSOCK(fstat(0).st_mode):
        loop.add_reader(0, stop_at_end_of_stdin)
    async with served(build(simulation), port) as bound:
        sys.stdout.write(msgspec.json.encode(announcement(simulation, bound)).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Entry of the command."""
    options = options_of(sys.argv[1:])
    try:
        with Journal(options.journal, options.settings) if options.journal else nullcontext() as journal:
            _run(options, journal)
    except JournalError as error:
        sys.stderr.write(f"python -m simulators: error: {error}\n")
        sys.exit(2)


def _run(options: Options, journal: Journal | None) -> None:
    gc.disable()
    simulation = Simulation(World(options.settings), journal=journal)
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    gc.enable()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(simulation, options.port))


if __name__ == "__main__":
    main()
