"""A scripted system behind httpx2's mock transport, and settings that do not wait."""

from collections.abc import Awaitable, Callable

import httpx2
import msgspec
import pytest

from connectors.errors import System
from connectors.http import Channel
from connectors.pooled_line import PooledLine
from connectors.settings import HttpSettings

Answer = httpx2.Response | Exception | Callable[[httpx2.Request], Awaitable[httpx2.Response]]


class Script:
    """Answers requests one after the other, the last answer again and again; keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._answer)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx2.Response):
            return answer
        return await answer(request)


@pytest.fixture
def scripted() -> Callable[..., Script]:
    return Script


@pytest.fixture
def reply() -> Callable[..., httpx2.Response]:
    """A JSON response of any value."""

    def make(value: object, status: int = 200, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return httpx2.Response(
            status,
            content=msgspec.json.encode(value),
            headers={"content-type": "application/json", **named},
        )

    return make


@pytest.fixture
def quick() -> HttpSettings:
    return HttpSettings(deadline=2.0, attempts=3, wait_initial=0.0, wait_jitter=0.0, retry_after_cap=1.0)


@pytest.fixture
async def channel_to(quick: HttpSettings):
    """Makes channels to a script, and closes them in the end."""
    channels: list[Channel] = []

    def make(script: Script, system: System | None = None, **changes: object) -> Channel:
        settings = msgspec.structs.replace(quick, **changes)
        line = PooledLine("http://system.test/base/", settings, transport=script.transport)
        channel = Channel(system or System(code="SYS", name="The system", credentials="secret word"), line, settings)
        channels.append(channel)
        return channel

    yield make
    for channel in channels:
        await channel.aclose()
