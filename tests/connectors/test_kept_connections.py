"""Connections that are kept: used again, given up when they are closed, and never read further than they are asked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import httpx2
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.errors import of_exception
from connectors.kept_connections import KeptConnections
from connectors.line import REFUSAL_MOST, Answer, Call
from connectors.settings import HttpSettings

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENT = HttpSettings(connect_deadline=5.0, read_deadline=5.0)
POST = Call(operation="ask", method="POST", path="", is_repeatable=True, body=b"abc")
LIMIT = 10_000
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@asynccontextmanager
async def line_to(
    serve: Serve, settings: HttpSettings = PATIENT, path: str = "/graphql", host: str = "127.0.0.1"
) -> AsyncIterator[KeptConnections]:
    server = await asyncio.start_server(serve, host, 0)
    port = server.sockets[0].getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    line = KeptConnections(f"http://{name}:{port}{path}", settings)
    try:
        yield line
    finally:
        await line.aclose()
        server.close()
        await asyncio.sleep(0.01)  # what served a connection sees its end


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(sum(lengths))


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
            seen.append(b"CLOSED")
            writer.close()

    return serve


async def test_a_connection_is_used_again_and_the_request_is_whole() -> None:
    seen: list[bytes] = []
    call = msgspec.structs.replace(POST, headers={"Authorization": "Bearer t"})
    async with line_to(answering(OK, OK, seen=seen), path="/graphql?x=1") as line:
        for _ in range(2):
            answer = await line.exchange(call, LIMIT)
            headers = {"content-type": "application/json", "content-length": "2"}
            assert answer == Answer(200, headers, b"{}", is_whole=True)
            assert answer.is_success
    port = int(line._url.split(":")[2].split("/")[0])
    request = (
        f"POST /graphql?x=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
        "Accept-Encoding: identity\r\nUser-Agent: slrt-hub\r\nAuthorization: Bearer t\r\nContent-Length: 3\r\n\r\nabc"
    ).encode()
    assert seen[:3] == [b"CONNECTED", request, request]


@pytest.mark.parametrize(
    ("path", "call", "first_line"),
    [
        ("/", msgspec.structs.replace(POST, path="/things"), b"POST /things HTTP/1.1"),
        (
            "/base/",
            msgspec.structs.replace(POST, path="/things", params={"a b": 1}),
            b"POST /base/things?a+b=1 HTTP/1.1",
        ),
        ("/a?b=c", msgspec.structs.replace(POST, params={"d": "é"}), b"POST /a?b=c&d=%C3%A9 HTTP/1.1"),
        ("", msgspec.structs.replace(POST, method="GET", body=None), b"GET / HTTP/1.1"),
    ],
)
async def test_the_target_is_the_path_below_the_url_with_the_parameters(
    path: str, call: Call, first_line: bytes
) -> None:
    seen: list[bytes] = []
    async with line_to(answering(OK, seen=seen), path=path) as line:
        assert (await line.exchange(call, LIMIT)).body == b"{}"
    assert seen[1].split(b"\r\n")[0] == first_line


async def test_calls_at_the_same_time_have_a_connection_each_which_are_kept() -> None:
    seen: list[bytes] = []
    async with line_to(answering(OK, OK, seen=seen)) as line:
        for _ in range(2):
            answers = await asyncio.gather(*(line.exchange(POST, LIMIT) for _ in range(3)))
            assert [answer.body for answer in answers] == [b"{}"] * 3
    assert seen.count(b"CONNECTED") == 3


async def test_a_kept_connection_that_was_closed_meanwhile_is_replaced() -> None:
    seen: list[bytes] = []
    async with line_to(answering(OK, seen=seen, closes=True)) as line:
        for _ in range(3):
            assert (await line.exchange(POST, LIMIT)).status == 200
    assert seen.count(b"CONNECTED") == 3


async def test_a_kept_connection_that_is_about_to_close_is_replaced() -> None:
    seen: list[bytes] = []
    async with line_to(answering(OK, OK, seen=seen)) as line:
        await line.exchange(POST, LIMIT)
        line._idle[0]._transport.close()
        assert (await line.exchange(POST, LIMIT)).status == 200
    assert seen.count(b"CONNECTED") == 2


async def test_a_kept_connection_on_which_an_answer_breaks_off_is_an_error_and_not_asked_again() -> None:
    seen: list[bytes] = []
    async with line_to(answering(OK, b"HTTP/1.1 200 OK\r\ncontent-le", seen=seen, closes=True)) as line:
        await line.exchange(POST, LIMIT)
        with pytest.raises(httpx2.RemoteProtocolError):
            await line.exchange(POST, LIMIT)
    assert seen.count(b"CONNECTED") == 1


def certificate_in(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "district.test")])
    signed = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "district.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return file


async def test_a_certificate_has_to_hold(tmp_path: Path) -> None:
    seen: list[bytes] = []
    file = certificate_in(tmp_path)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(file)
    server = await asyncio.start_server(answering(OK, OK, seen=seen), "127.0.0.1", 0, ssl=serving)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    trusting = KeptConnections(url, PATIENT, ssl.create_default_context(cafile=file))
    for _ in range(2):
        assert (await trusting.exchange(POST, LIMIT)).body == b"{}"
    assert seen.count(b"CONNECTED") == 1
    with pytest.raises(httpx2.ConnectError) as caught:
        await KeptConnections(url, PATIENT, ssl.create_default_context()).exchange(POST, LIMIT)
    assert of_exception(caught.value).rule.kind == "TLS"
    await trusting.aclose()
    server.close()
    await asyncio.sleep(0.01)


@pytest.mark.parametrize("host", ["::1", "localhost"])
async def test_a_host_can_be_a_name_or_an_address_of_either_kind(host: str) -> None:
    async with line_to(answering(OK, seen=[]), host=host) as line:
        assert (await line.exchange(POST, LIMIT)).status == 200


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx: y\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx", b"x"),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\ny", b"y"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
)
async def test_every_way_in_which_a_body_can_end(answer: bytes, body: bytes) -> None:
    async with line_to(answering(answer, seen=[], closes=True)) as line:
        found = await line.exchange(POST, LIMIT)
    assert (found.body, found.is_whole, found.is_success) == (body, True, True)
    assert not {"link", "x"} & found.headers.keys()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"<html>",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000,
    ],
    ids=lambda answer: answer[:60],
)
async def test_half_an_answer_and_what_is_no_http_are_errors(answer: bytes) -> None:
    async with line_to(answering(answer, seen=[], closes=True)) as line:
        with pytest.raises(httpx2.RemoteProtocolError):
            await line.exchange(POST, LIMIT)


@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["with the answer", "after it"])
async def test_what_nobody_asked_for_is_never_the_answer_to_the_next_call(pause: float) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await request_of(reader)
            writer.write(OK)
            if pause:
                await writer.drain()
                await asyncio.sleep(pause)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged")
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with line_to(serve) as line:
        for _ in range(2):
            assert (await line.exchange(POST, LIMIT)).body == b"{}"
            await asyncio.sleep(2 * pause)


async def test_silence_ends_at_the_read_deadline_and_the_connection_with_it() -> None:
    seen: list[bytes] = []
    hasty = msgspec.structs.replace(PATIENT, read_deadline=0.05)
    async with line_to(answering(b"HTTP/1.1 200 OK\r\n", seen=seen), hasty) as line:
        with pytest.raises(httpx2.ReadTimeout):
            await line.exchange(POST, LIMIT)
        async with asyncio.timeout(5):
            while b"CLOSED" not in seen:
                await asyncio.sleep(0.01)


async def test_an_answer_that_comes_slowly_and_steadily_is_not_silent() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        for byte in (OK[:40], OK[40:-2], b"{", b"}"):
            await asyncio.sleep(0.2)
            writer.write(byte)
        writer.close()

    async with line_to(drip, msgspec.structs.replace(PATIENT, read_deadline=0.6)) as line:
        assert (await line.exchange(POST, LIMIT)).body == b"{}"


async def test_a_caller_who_leaves_closes_the_connection() -> None:
    seen: list[bytes] = []
    async with line_to(answering(b"HTTP/1.1 200 OK\r\n", seen=seen)) as line:
        caller = asyncio.create_task(line.exchange(POST, LIMIT))
        async with asyncio.timeout(5):
            while len(seen) < 2:
                await asyncio.sleep(0.01)
            caller.cancel()
            while b"CLOSED" not in seen:
                await asyncio.sleep(0.01)
    assert caller.cancelled()


async def test_nobody_there_a_header_that_cannot_be_sent_and_a_url_that_leads_nowhere() -> None:
    nowhere = KeptConnections("http://127.0.0.1:1/", PATIENT)
    with pytest.raises(httpx2.ConnectError):
        await nowhere.exchange(POST, LIMIT)
    for value, error in (("a\r\nx: y", httpx2.LocalProtocolError), ("ключ", UnicodeEncodeError)):
        with pytest.raises(error):
            await nowhere.exchange(msgspec.structs.replace(POST, headers={"Authorization": value}), LIMIT)
    for url, kind in (
        ("ftp://x/", httpx2.UnsupportedProtocol),
        ("/graphql", httpx2.UnsupportedProtocol),
        ("http://x:y/", httpx2.InvalidURL),
    ):
        with pytest.raises(kind):
            await KeptConnections(url, PATIENT).exchange(POST, LIMIT)


@pytest.mark.parametrize(
    "head", [b"content-length: 1000000000", b"transfer-encoding: chunked"], ids=["announced", "not announced"]
)
async def test_an_answer_beyond_the_limit_is_not_taken_in(head: bytes) -> None:
    written, is_closed = 0, asyncio.Event()

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        try:
            while written < 200_000_000:
                writer.write(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
                await writer.drain()
                written += 100_000
        except ConnectionError:
            is_closed.set()
        finally:
            writer.close()

    async with line_to(pour) as line:
        answer = await line.exchange(POST, LIMIT)
        assert (answer.status, answer.body, answer.is_whole) == (200, b"", False)
        async with asyncio.timeout(20):
            await is_closed.wait()
    assert written < 100_000_000


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 9\r\n\r\nabc",
        b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: %d\r\n\r\n" % (REFUSAL_MOST + 1),
        b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ntransfer-encoding: chunked\r\n\r\nno length",
    ],
)
async def test_a_refusal_counts_by_its_status_though_its_body_breaks_off(answer: bytes) -> None:
    async with line_to(answering(answer, seen=[], closes=True)) as line:
        found = await line.exchange(POST, 10 * REFUSAL_MOST)
    assert (found.status, found.headers["retry-after"], found.body, found.is_whole) == (503, "7", b"", False)


async def test_a_line_that_was_closed_keeps_nothing() -> None:
    seen: list[bytes] = []
    async with line_to(answering(OK, OK, seen=seen)) as line:
        await line.exchange(POST, LIMIT)
        await line.aclose()
        await line.exchange(POST, LIMIT)
        async with asyncio.timeout(5):
            while seen.count(b"CLOSED") < 2:
                await asyncio.sleep(0.01)
    assert seen.count(b"CONNECTED") == 2
