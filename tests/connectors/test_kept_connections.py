"""Connections that are kept: used again, given up when they are closed, and never read further than they are asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from connectors.kept_connections import KeptConnections

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TIMEOUT = httpx2.Timeout(5.0)


@asynccontextmanager
async def client_of(serve: Serve, patience: httpx2.Timeout = TIMEOUT) -> AsyncIterator[httpx2.AsyncClient]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = KeptConnections(None)
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{port}", timeout=patience) as client:
        yield client
    server.close()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(length)


def answering(*answers: bytes, seen: list[bytes], closes: bool = False) -> Serve:
    """A server that gives these answers on each of its connections, one a request, and notes what was sent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(b"CONNECTED")
        try:
            for answer in answers:
                seen.append(await request_of(reader))
                writer.write(answer)
                await writer.drain()
            if not closes:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return serve


OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


async def test_a_connection_is_used_again_and_the_request_is_whole() -> None:
    seen: list[bytes] = []
    async with client_of(answering(OK, OK, seen=seen)) as client:
        for _ in range(2):
            response = await client.post("/graphql?x=1", content=b"abc", headers={"authorization": "Bearer t"})
            assert (response.status_code, response.json()) == (200, {})
            assert response.headers["content-type"] == "application/json"
    assert [part == b"CONNECTED" for part in seen] == [True, False, False]
    assert seen[1].startswith(b"POST /graphql?x=1 HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"authorization: Bearer t\r\n" in seen[1].replace(b"Authorization", b"authorization")
    assert seen[1].endswith(b"\r\n\r\nabc")


async def test_a_kept_connection_that_was_closed_meanwhile_is_replaced() -> None:
    seen: list[bytes] = []
    async with client_of(answering(OK, seen=seen, closes=True)) as client:
        for _ in range(3):
            assert (await client.post("/", content=b"a")).status_code == 200
    assert seen.count(b"CONNECTED") == 3


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx", b"x"),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\ny", b"y"),
    ],
)
async def test_every_way_in_which_a_body_can_end(answer: bytes, body: bytes) -> None:
    async with client_of(answering(answer, seen=[], closes=True)) as client:
        response = await client.post("/", content=b"a")
    assert (response.status_code, response.content) == (200, body)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
        b"<html>",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
    ],
)
async def test_half_an_answer_and_what_is_no_http_are_errors(answer: bytes) -> None:
    async with client_of(answering(answer, seen=[], closes=True)) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.post("/", content=b"a")


async def test_silence_ends_at_the_read_timeout() -> None:
    async with client_of(answering(b"HTTP/1.1 200 OK\r\n", seen=[]), httpx2.Timeout(5.0, read=0.05)) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.post("/", content=b"a")


async def test_nobody_there_and_a_header_that_cannot_be_sent() -> None:
    transport = KeptConnections(None)
    async with httpx2.AsyncClient(transport=transport, timeout=TIMEOUT) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.post("http://127.0.0.1:1/", content=b"a")
        with pytest.raises(httpx2.LocalProtocolError):
            await client.post("http://127.0.0.1:1/", content=b"a", headers={"authorization": "Bearer a\r\nx: y"})


async def test_an_answer_that_is_not_read_on_is_not_taken_in() -> None:
    written = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        try:
            while written < 200_000_000:
                writer.write(b"x" * 100_000)
                await writer.drain()
                written += 100_000
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with client_of(pour) as client:
        async with client.stream("POST", "/", content=b"a") as response:
            async for _ in response.aiter_bytes():
                await asyncio.sleep(0.3)
                break
        assert written < 100_000_000
