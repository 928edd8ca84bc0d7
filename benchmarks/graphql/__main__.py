"""The hub beside PostGraphile, Mercurius, Apollo Server and Hive Gateway, over the same million households.

    python -m benchmarks.graphql [--households 1000000] [--seconds 8] [--rounds 3] [--json]

Their answers are compared first. Then wrk drives one at a time, in interleaved rounds, so that all see the same machine.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.graphql.comparing import Differs, require_equal_answers
from benchmarks.graphql.contestants import Contestant, Stage, start_all
from benchmarks.graphql.dataset import open_dataset, prepare_peers, read_samples
from benchmarks.graphql.load import Load, drive, require_wrk, settle
from benchmarks.graphql.operations import Operation, make_operations
from benchmarks.graphql.results import Results, print_results
from hub.domain.errors import HubError

_WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how often each contestant is driven."""

    seconds: int
    rounds: int


async def main(households: int, course: Course, *, is_json: bool) -> bool:
    """Compare, measure, print; False when a request failed, for then the figures are worth nothing."""
    require_wrk()
    async with open_dataset(households) as url, AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark")))
        await prepare_peers(url)
        operations = make_operations(await read_samples(url))
        stage = Stage(url, scratch, stack)
        contestants = await start_all(stage)
        compared = await require_equal_answers(contestants, operations)
        sys.stderr.write(f"{compared} answers compared: all are equal\n")
        results = await _measure(contestants, operations, stage, course)
    print_results(f"GraphQL over {households:,} households", results, is_json=is_json)
    return results.are_valid


async def _measure(
    contestants: Sequence[Contestant], operations: Sequence[Operation], stage: Stage, course: Course
) -> Results:
    results = Results()
    for number in range(course.rounds):
        await stage.renew_token()
        for operation in operations:
            turn = number % len(contestants)
            for contestant in (*contestants[turn:], *contestants[:turn]):
                load = await _drive(contestant, operation, stage, course.seconds)
                results.add(operation.name, contestant.name, load)
                sys.stderr.write(f"round {number + 1}: {operation.name}: {contestant.name}: {load.rate:,.0f}/s\n")
    return results


async def _drive(contestant: Contestant, operation: Operation, stage: Stage, seconds: int) -> Load:
    bodies = stage.bodies(contestant, operation)
    for duration in (_WARM_UP_SECONDS, seconds):
        load = await drive(contestant.url, bodies, contestant.token, duration)
        await settle(contestant.url, contestant.headers())
    return load


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    try:
        valid = asyncio.run(main(given.households, Course(given.seconds, given.rounds), is_json=given.json))
    except (HubError, Differs) as error:
        sys.exit(f"error: {error}")
    sys.exit(0 if valid else 1)
