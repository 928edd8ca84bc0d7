"""Switchable misbehaviour around a simulated system.

`Faults` holds what is switched on for each system; `FaultyApp` is the ASGI middleware that does it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from math import ceil
from random import Random
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.mangle import duplicated, half_page, out_of_order, with_wrong_types

ABORT = "simulators.abort"
"""Key in `scope["extensions"]` of a function that cuts the connection; the simulators' server sets it."""


class FaultKind(StrEnum):
    """What can go wrong."""

    LATENCY = "LATENCY"
    """Answers after `seconds`."""
    RATE_LIMITED = "RATE_LIMITED"
    """429, with Retry-After of `seconds`, rounded up."""
    SERVER_ERROR = "SERVER_ERROR"
    """500."""
    UNAVAILABLE = "UNAVAILABLE"
    """503."""
    TIMEOUT = "TIMEOUT"
    """Never answers."""
    GARBAGE = "GARBAGE"
    """200 with broken JSON."""
    HTML = "HTML"
    """200 with a page for people."""
    WRONG_TYPES = "WRONG_TYPES"
    """The answer, in which some fields of some records have another type."""
    DUPLICATES = "DUPLICATES"
    """The answer, in which some records stand twice."""
    OUT_OF_ORDER = "OUT_OF_ORDER"
    """The answer, its records shuffled, with older revisions after newer ones."""
    HALF_PAGE = "HALF_PAGE"
    """The answer with the first half of a search's page, which says that more follows."""
    LOST_RESPONSE = "LOST_RESPONSE"
    """The work is done, and the connection is cut before the answer."""
    TRUNCATED = "TRUNCATED"
    """The connection is cut in the middle of the answer."""
    SLOW = "SLOW"
    """The answer trickles over `seconds`."""
    HUGE = "HUGE"
    """200 with a JSON text of `megabytes`."""
    DEEP = "DEEP"
    """200 with JSON nested 200,000 deep."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong, for which share of the requests (drawn by seed), at most how many times."""

    kind: FaultKind
    share: float = 1.0
    times: int | None = None
    seconds: float = 0.1
    megabytes: int = 16
    path: str = ""
    """Only requests whose path contains it."""
    seed: int = 1


class _Switched:
    """A fault that is on, with its dice and its count."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.rng = Random(f"{fault.seed}/{fault.kind}")
        self.happened = 0

    def strikes(self, path: str) -> bool:
        fault = self.fault
        if fault.path not in path or (fault.times is not None and self.happened >= fault.times):
            return False
        if self.rng.random() >= fault.share:
            return False
        self.happened += 1
        return True


class Faults:
    """What is switched on, by system code (`KIS`, `PKH`, `35.10`)."""

    def __init__(self) -> None:
        self._switched: dict[str, list[_Switched]] = {}

    def switch_on(self, system: str, fault: Fault) -> None:
        """Add a fault; of several, the first that strikes is done."""
        self._switched.setdefault(system, []).append(_Switched(fault))

    def switch_off(self, system: str | None = None) -> None:
        """Take away all faults of a system, of all systems without one."""
        if system is None:
            self._switched.clear()
        else:
            self._switched.pop(system, None)

    def happened(self, system: str) -> dict[str, int]:
        """How many times each kind that is switched on struck."""
        counts: dict[str, int] = {}
        for switched in self._switched.get(system, ()):
            kind = switched.fault.kind
            counts[kind] = counts.get(kind, 0) + switched.happened
        return counts

    def strike(self, system: str, path: str) -> tuple[Fault, Random] | None:
        """The fault that this request meets."""
        for switched in self._switched.get(system, ()):
            if switched.strikes(path):
                return switched.fault, switched.rng
        return None


class FaultyApp:
    """A system that misbehaves as `faults` says."""

    def __init__(self, app: ASGIApp, system: str, faults: Faults) -> None:
        self._app = app
        self._system = system
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        struck = self._faults.strike(self._system, scope["path"]) if scope["type"] == "http" else None
        if struck is None:
            await self._app(scope, receive, send)
        else:
            await _Striking(self._app, scope, receive, send).act(*struck)


class _Striking:
    """One request that meets a fault."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send

    async def act(self, fault: Fault, rng: Random) -> None:
        acts: dict[FaultKind, Callable[[], Awaitable[None]]] = {
            FaultKind.LATENCY: lambda: self._late(fault.seconds),
            FaultKind.RATE_LIMITED: lambda: self._refuse(429, {"retry-after": str(ceil(fault.seconds))}),
            FaultKind.SERVER_ERROR: lambda: self._refuse(500),
            FaultKind.UNAVAILABLE: lambda: self._refuse(503),
            FaultKind.TIMEOUT: self._silence,
            FaultKind.GARBAGE: lambda: self._reply(b'{"changes": [{"id": "P-1", "nik": 35', "application/json"),
            FaultKind.HTML: lambda: self._reply(b"<!doctype html><title>Maintenance</title>", "text/html"),
            FaultKind.WRONG_TYPES: lambda: self._mangled(with_wrong_types, rng),
            FaultKind.DUPLICATES: lambda: self._mangled(duplicated, rng),
            FaultKind.OUT_OF_ORDER: lambda: self._mangled(out_of_order, rng),
            FaultKind.HALF_PAGE: lambda: self._mangled(half_page, rng),
            FaultKind.LOST_RESPONSE: self._lost,
            FaultKind.TRUNCATED: self._truncated,
            FaultKind.SLOW: lambda: self._trickle(fault.seconds),
            FaultKind.HUGE: lambda: self._huge(fault.megabytes),
            FaultKind.DEEP: lambda: self._reply(b"[" * 200_000 + b"]" * 200_000, "application/json"),
        }
        await acts[fault.kind]()

    async def _late(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._app(self._scope, self._receive, self._send)

    async def _refuse(self, status: int, headers: dict[str, str] | None = None) -> None:
        await self._reply(b'{"error": "fault"}', "application/json", status, headers)

    async def _silence(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _reply(
        self, body: bytes, media_type: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        await self._start(status, media_type, len(body), headers)
        await self._send({"type": "http.response.body", "body": body})

    async def _start(self, status: int, media_type: str, length: int, headers: dict[str, str] | None = None) -> None:
        all_headers = {"content-type": media_type, "content-length": str(length)} | (headers or {})
        raw = [(name.encode(), value.encode()) for name, value in all_headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def _answer(self) -> tuple[int, bytes]:
        """Let the system do its work, and hold its answer back."""
        status, parts = 500, []

        async def hold(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        await self._app(self._scope, self._receive, hold)
        return status, b"".join(parts)

    async def _mangled(self, mangle: Callable[[Any, Random], Any], rng: Random) -> None:
        status, body = await self._answer()
        if status == 200:
            body = msgspec.json.encode(mangle(msgspec.json.decode(body), rng))
        await self._reply(body, "application/json", status)

    async def _lost(self) -> None:
        await self._answer()
        abort = self._scope.get("extensions", {}).get(ABORT)
        if abort is None:
            raise ConnectionAbortedError("the response is lost")
        abort()
        await self._silence()

    async def _truncated(self) -> None:
        status, body = await self._answer()
        await self._start(status, "application/json", len(body))
        await self._send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        abort = self._scope.get("extensions", {}).get(ABORT)
        if abort is None:
            raise ConnectionAbortedError("the response is cut")
        await asyncio.sleep(0)
        abort()
        await self._silence()

    async def _trickle(self, seconds: float) -> None:
        status, body = await self._answer()
        await self._start(status, "application/json", len(body))
        step = max(1, len(body) // 20)
        for at in range(0, len(body), step):
            more = at + step < len(body)
            await self._send({"type": "http.response.body", "body": body[at : at + step], "more_body": more})
            await asyncio.sleep(seconds / 20)

    async def _huge(self, megabytes: int) -> None:
        chunk = b"x" * 1_000_000
        await self._start(200, "application/json", megabytes * len(chunk) + 2)
        await self._send({"type": "http.response.body", "body": b'"', "more_body": True})
        for _ in range(megabytes):
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self._send({"type": "http.response.body", "body": b'"'})
