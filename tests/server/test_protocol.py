"""A POST to /graphql that arrives in one piece goes a short way; what is answered is the same on every way."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hub.domain.errors import Unauthenticated
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.store.database import Database
from schema.build import build_schema
from schema.context import RequestContext
from schema.engine import Engine
from server.app import HubApp
from server.graphql import GraphQLEndpoint
from server.graphql_request import HttpLimits
from server.protocol import HubProtocol
from tests.schema.world import clock

VIEWER = b'{"query":"{ viewer { role } }"}'
ROLE = b'{"data":{"viewer":{"role":"PARTNER_APP"}}}'
Talk = Callable[..., Awaitable[bytes]]


class _Gate:
    """Knows one token; holds who brings it until it is open, and then lets pass at once if it is `quick`."""

    def __init__(self, *, is_quick: bool) -> None:
        self._is_quick = is_quick
        self.opened = asyncio.Event()
        self.opened.set()
        self.entered = asyncio.Event()

    def known(self, authorization_header: str | None) -> Principal | None:
        if not self._is_quick or not self.opened.is_set() or authorization_header != "Bearer known":
            return None
        return Principal("test", Role.PARTNER_APP, SCOPES_OF_ROLE[Role.PARTNER_APP])

    async def principal(self, authorization_header: str | None) -> Principal:
        self.entered.set()
        await self.opened.wait()
        if authorization_header != "Bearer known":
            raise Unauthenticated("send the token that is known")
        return Principal("test", Role.PARTNER_APP, SCOPES_OF_ROLE[Role.PARTNER_APP])


class _Server(uvicorn.Server):
    """Says when it serves, and leaves signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serves = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serves.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


@pytest.fixture(params=[False, True], ids=["slow", "quick"])
def gate(request: pytest.FixtureRequest) -> _Gate:
    return _Gate(is_quick=request.param)


@pytest.fixture
def endpoint(gate: _Gate, database: Database) -> GraphQLEndpoint:
    def context_of(principal: Principal) -> RequestContext:
        return RequestContext(principal, database.jobs, database.jobs, clock, {})

    return GraphQLEndpoint(Engine(build_schema().graphql), gate, context_of, HttpLimits(body=2_000))


@pytest.fixture
async def server(endpoint: GraphQLEndpoint) -> AsyncIterator[uvicorn.Server]:
    app = HubApp(endpoint, Starlette(routes=[Route("/hello", _hello)]))
    server = _Server(
        uvicorn.Config(app, port=0, http=HubProtocol, ws="none", lifespan="off", log_level="error", server_header=False)
    )
    serving = asyncio.create_task(server.serve())
    await server.serves.wait()
    yield server
    server.should_exit = True
    await serving


@pytest.fixture
def talk(server: uvicorn.Server) -> Talk:
    """Sends pieces, each in a packet of its own, and reads to the end of the connection."""
    port = server.servers[0].sockets[0].getsockname()[1]

    async def talk(*pieces: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        async with asyncio.timeout(30):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return re.sub(rb"date: [^\r]*\r\n", b"", answer)

    return talk


def _post(body: bytes = VIEWER, *lines: bytes, path: bytes = b"/graphql", keep: bool = False) -> bytes:
    connection = [] if keep else [b"Connection: close"]
    given = [b"Host: hub", b"Authorization: Bearer known", b"Content-Type: application/json", *connection, *lines]
    named = {line.partition(b":")[0]: line for line in given}  # the last of a name is the one
    named.setdefault(b"Content-Length", b"Content-Length: %d" % len(body))
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", *named.values(), b"", body])


def _ok(body: bytes, *, close: bool = True) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: %d\r\n" % len(body)
    return head + b"cache-control: no-store\r\n" + (b"connection: close\r\n" if close else b"") + b"\r\n" + body


async def test_a_whole_request_is_answered_at_once(talk: Talk) -> None:
    assert await talk(_post()) == _ok(ROLE)


@pytest.mark.parametrize(
    "request_",
    [
        _post(),
        _post(b'{"query":"{ nothing }"}'),
        _post(b'{"query":"{ __typename }"}', b"Accept: application/graphql-response+json"),
        _post(b"not json"),
        _post(b""),
        _post(b'{"query":"' + b"x" * 3_000 + b'"}'),
        _post(VIEWER, b"Content-Type: text/plain"),
        _post(VIEWER, b"Accept: text/csv"),
        _post(VIEWER, b"Authorization: Bearer stranger"),
        _post(VIEWER, b"Router-Authorization: Bearer stranger"),
        _post(b"1f\r\n" + VIEWER + b"\r\n0\r\n\r\n", b"Transfer-Encoding: chunked", b"Content-Length: ").replace(
            b"Content-Length: \r\n", b""
        ),
        _post(path=b"/graphql?x=1"),
        _post(path=b"/hello"),
        _post().replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
async def test_a_request_in_pieces_gets_the_answer_of_the_whole_one(talk: Talk, request_: bytes) -> None:
    whole = await talk(request_)
    assert whole.startswith(b"HTTP/1.1 ")
    body = request_.index(b"\r\n\r\n") + 4
    for cut in (3, body, body + 5):
        assert await talk(request_[:cut], request_[cut:]) == whole


async def test_a_connection_stays_open_and_is_used_again(talk: Talk) -> None:
    kept = _ok(ROLE, close=False)
    assert await talk(_post(keep=True), _post(keep=True), _post()) == kept + kept + _ok(ROLE)


async def test_requests_that_come_before_the_answer_are_answered_in_their_order(
    talk: Talk, gate: _Gate, endpoint: GraphQLEndpoint
) -> None:
    gate.opened.clear()
    other = _post(b'{"query":"{ __typename }"}', keep=True)
    hello = b"GET /hello HTTP/1.1\r\nHost: hub\r\n\r\n"
    asked = asyncio.create_task(talk(_post(keep=True) + other + hello + _post()))
    await gate.entered.wait()
    gate.opened.set()
    answer = await asked
    bodies = [ROLE, b'{"data":{"__typename":"Query"}}', b"hello", ROLE]
    assert [answer.count(body) for body in bodies] == [2, 1, 1, 2]
    places = [answer.index(body) for body in bodies[:3]] + [answer.rindex(ROLE)]
    assert places == sorted(places)
    assert endpoint.answers == {200: 3}


async def test_a_caller_who_asks_before_sending_is_told_to_go_on(talk: Talk) -> None:
    answer = await talk(_post(VIEWER, b"Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert answer.endswith(ROLE)


async def test_what_is_no_http_is_refused(talk: Talk) -> None:
    assert (await talk(b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_a_caller_who_goes_away_disturbs_nobody(server: uvicorn.Server, gate: _Gate, talk: Talk) -> None:
    gate.opened.clear()
    port = server.servers[0].sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_post(keep=True))
    await gate.entered.wait()
    writer.close()
    await writer.wait_closed()
    gate.opened.set()
    assert await talk(_post()) == _ok(ROLE)


async def test_a_server_that_ends_answers_first(server: uvicorn.Server, gate: _Gate, talk: Talk) -> None:
    gate.opened.clear()
    asked = asyncio.create_task(talk(_post(keep=True)))
    await gate.entered.wait()
    server.should_exit = True
    await asyncio.sleep(0.3)
    gate.opened.set()
    assert await asked == _ok(ROLE)
