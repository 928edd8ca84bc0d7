"""Puts a contestant under load with wrk."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2
import msgspec

from hub.domain.errors import SetupError

CONNECTIONS = 32
_IDLE_SECONDS = 0.05
_SETTLE_SECONDS = 60
_QUESTION = {"query": "{ __typename }"}
_SCRIPT = Path(__file__).with_name("cycle.lua")


class Load(msgspec.Struct, frozen=True):
    """What one run of wrk saw; p50 and p99 in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    failed: int
    """Answers that were not 200 or held errors."""
    broken: int
    """Requests without an answer."""
    example: str

    @property
    def is_valid(self) -> bool:
        """A run in which requests failed is no measurement. One without any answer is: a slow one."""
        return not self.failed and not self.broken

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def require_wrk() -> None:
    """SetupError says how to install wrk."""
    if shutil.which("wrk") is None:
        raise SetupError("wrk is missing: install it (Debian: apt-get install wrk; macOS: brew install wrk)")


async def drive(url: str, bodies: Path, token: Path | None, seconds: int) -> Load:
    """Send the bodies, one a line, over and over from 32 connections."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(_SCRIPT), url, "--"]
    command += [str(bodies), *([] if token is None else [str(token)])]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(seconds + 60):
        output, _ = await process.communicate()
    if process.returncode:
        raise SetupError(f"wrk failed: {output.decode(errors='replace')[-500:]}")
    return msgspec.json.decode(output.rstrip().rpartition(b"\n")[2], type=Load)


async def settle(url: str, headers: Mapping[str, str]) -> None:
    """Wait until a server is idle: wrk leaves without its last answers, and a server may still be working on them."""
    quick = 0
    async with asyncio.timeout(_SETTLE_SECONDS), httpx2.AsyncClient(headers=dict(headers), timeout=30) as client:
        while quick < 3:
            begun = time.perf_counter()
            await client.post(url, json=_QUESTION)
            is_idle = time.perf_counter() - begun < _IDLE_SECONDS
            quick = quick + 1 if is_idle else 0
            await asyncio.sleep(_IDLE_SECONDS)
