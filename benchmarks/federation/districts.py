"""Simulated districts as processes: several in each, every district on a socket of its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import msgspec

from benchmarks.federation.serve import District
from hub.domain.district import DistrictCapability, DistrictStatus
from hub.federation.directory import Directory, Shard

_LINE_MOST = 2**26
_START_SECONDS = 300


@asynccontextmanager
async def districts(codes: Sequence[str], households: int, seed: int, processes: int) -> AsyncIterator[list[District]]:
    """The districts, in the order of their codes, until the block ends."""
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(_process(codes[number::processes], households, seed))
            for number in range(min(processes, len(codes)))
        ]
        async with asyncio.timeout(_START_SECONDS):
            lines = [await process.stdout.readline() for process in started if process.stdout is not None]
        found = [district for line in lines for district in msgspec.json.decode(line, type=list[District])]
        yield sorted(found, key=lambda district: district.code)


def directory_of(found: Sequence[District], revision: int = 1) -> Directory:
    """All of them, able to do everything."""
    capabilities = frozenset(DistrictCapability)
    fresh = timedelta(days=1)
    return Directory(
        [Shard(each.code, each.url, capabilities, 1, DistrictStatus.ONLINE, 4, fresh) for each in found], revision
    )


@asynccontextmanager
async def _process(codes: Sequence[str], households: int, seed: int) -> AsyncIterator[asyncio.subprocess.Process]:
    module = ["-m", "benchmarks.federation.serve", ",".join(codes), str(households), str(seed)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *module, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=_LINE_MOST
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
