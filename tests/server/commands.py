"""`slrt-hub` as a process on the database of a test."""

import asyncio
import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str


async def run_command(url: str, *arguments: str) -> Ended:
    """Run a command to its end; its tables are as wide as they like."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from server.cli import main; main()", *arguments),
        env=os.environ | {"DATABASE_URL": url, "SLRT_HUB_LOG_LEVEL": "error", "COLUMNS": "300"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), error.decode())
