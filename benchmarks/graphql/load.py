"""Puts a contestant under load with wrk."""

import asyncio
import shutil
from pathlib import Path

import msgspec

from hub.domain.errors import SetupError

CONNECTIONS = 32
_SCRIPT = Path(__file__).with_name("cycle.lua")


class Load(msgspec.Struct, frozen=True):
    """What one run of wrk saw; p50 and p99 in milliseconds. A run with `failed` or `broken` requests is no measurement."""

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
