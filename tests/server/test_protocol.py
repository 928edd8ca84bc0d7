"""Head and body of an answer leave in one write."""

import asyncio
from typing import Any

import pytest

from server.protocol import JoinedWrites


class Wire(asyncio.Transport):
    """Notes what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def transport(wire: Wire) -> JoinedWrites:
    return JoinedWrites(wire, asyncio.get_running_loop())


async def test_what_is_written_in_one_turn_is_sent_together(wire: Wire, transport: JoinedWrites) -> None:
    transport.write(b"head ")
    transport.write(b"body")
    assert wire.sent == []
    await asyncio.sleep(0)
    transport.write(b"next")
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"next"]


async def test_what_is_held_is_sent_before_the_connection_is_closed(wire: Wire, transport: JoinedWrites) -> None:
    transport.write(b"last")
    transport.close()
    assert (wire.sent, wire.closed) == ([b"last"], True)
    await asyncio.sleep(0)
    assert wire.sent == [b"last"]


async def test_nothing_is_sent_to_one_who_has_gone_or_is_cut_off(wire: Wire, transport: JoinedWrites) -> None:
    transport.write(b"too late")
    transport.abort()
    await asyncio.sleep(0)
    assert wire.sent == []
