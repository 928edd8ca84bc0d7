"""A line between hub and district that misbehaves: requests are lost, late, twice, out of order, or their answers never come."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

LATE = 2.5
"""Seconds: longer than the hub waits, so that it asks again before the late request arrives."""
_KEPT = 20


class Line:
    """An HTTP proxy to a port of this machine; `share` of the requests meet one of `faults`, drawn by seed."""

    def __init__(self, port: int, seed: int, share: float, faults: tuple[str, ...]) -> None:
        self.port = 0
        self.is_cut = False
        self.share = share
        self.happened: Counter[str] = Counter()
        self._to = port
        self._faults = faults
        self._rng = random.Random(seed)
        self._earlier: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, OSError):
            request = await _request(reader)
            answer = None if self.is_cut else await self._answer(request)
            if answer is not None:
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def _answer(self, request: bytes) -> bytes | None:
        fault = self._rng.choice(self._faults) if self._rng.random() < self.share else ""
        self.happened[fault] += bool(fault)
        if fault == "lost":
            return None
        if fault == "late":
            self._later(LATE, request)
            await asyncio.sleep(LATE)
            return None
        answer = await self._send(request)
        if fault == "twice":
            answer = await self._send(request)
        if fault == "old again" and self._earlier:
            await self._send(self._rng.choice(self._earlier))
        self._earlier = [*self._earlier[-_KEPT:], request]
        return None if fault == "answer lost" else answer

    def _later(self, seconds: float, request: bytes) -> None:
        async def send() -> None:
            await asyncio.sleep(seconds)
            with suppress(ConnectionError, OSError):
                await self._send(request)

        task = asyncio.create_task(send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._to)
        writer.write(request)
        await writer.drain()
        answer = await reader.read()
        writer.close()
        return answer

    async def settle(self) -> None:
        """Behave from now on, once all that is late has arrived."""
        self.share, self.is_cut = 0.0, False
        await asyncio.gather(*self._tasks)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    names = [line.partition(b":") for line in head.split(b"\r\n")]
    length = next((int(value) for name, _, value in names if name.lower() == b"content-length"), 0)
    body = await reader.readexactly(length)
    return head.removesuffix(b"\r\n") + b"connection: close\r\n\r\n" + body


@asynccontextmanager
async def open_line(port: int, seed: int, share: float, faults: tuple[str, ...]) -> AsyncIterator[Line]:
    """A line to that port until the block ends."""
    line = Line(port, seed, share, faults)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
