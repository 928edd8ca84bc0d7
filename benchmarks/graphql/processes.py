"""Servers as processes: each in a group of its own, with its output in a log file, stopped at the end of a block."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2

from hub.domain.errors import SetupError

_START_SECONDS = 60
_STOP_SECONDS = 15
_POLL_SECONDS = 0.1
_QUESTION = {"query": "{ __typename }"}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def inherited() -> dict[str, str]:
    """The environment for a contestant: ours, without anything that would set up another hub or database."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SLRT_HUB_", "DATABASE_", "PG"))}


async def output_of(command: Sequence[str], environment: Mapping[str, str], seconds: float = 120) -> str:
    """What a command prints; SetupError holds its last words when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(seconds):
        output, words = await process.communicate()
    if process.returncode:
        raise SetupError(f"{' '.join(command[:3])} failed: {words.decode(errors='replace')[-1_000:]}")
    return output.decode()


@asynccontextmanager
async def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path, url: str, headers: Mapping[str, str]
) -> AsyncIterator[None]:
    """Run a GraphQL server for as long as the block does; it begins when the server answers at `url`."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        await _answering(process, log, url, headers)
        yield
    finally:
        await _stop(process)


async def _answering(process: asyncio.subprocess.Process, log: Path, url: str, headers: Mapping[str, str]) -> None:
    said: object = "nothing"
    try:
        async with asyncio.timeout(_START_SECONDS), httpx2.AsyncClient(headers=dict(headers), timeout=5) as client:
            while process.returncode is None:
                try:
                    response = await client.post(url, json=_QUESTION)
                except httpx2.TransportError as error:
                    said = error
                else:
                    if response.status_code == 200 and "errors" not in response.json():
                        return
                    said = response.text[:300]
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        pass  # told below, with the server's own words
    words = log.read_text(errors="replace")[-1_500:]
    raise SetupError(f"{url} does not serve; it answered: {said}; the log {log} ends with: {words}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    """The whole group: what is called node in .venv is a program that starts node."""
    _signal(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        pass  # it is killed with its group
    finally:
        _signal(process, signal.SIGKILL)
        await process.wait()


def _signal(process: asyncio.subprocess.Process, which: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, which)
