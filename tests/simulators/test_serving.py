"""How the simulators' server treats its connections."""

import socket

import httpx2
from starlette.types import Receive, Scope, Send

from simulators.faults import ABORT
from simulators.serving import served


async def test_small_answers_leave_at_once() -> None:
    no_delay: list[int] = []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        connection = scope["extensions"][ABORT].__self__.get_extra_info("socket")
        no_delay.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with served(app) as port, httpx2.AsyncClient(timeout=5) as client:
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 204

    assert no_delay == [1]
