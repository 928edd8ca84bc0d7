"""What a channel needs of HTTP: a call goes out, and its whole answer comes back, up to a limit.

Two lines there are: httpx2's pool (`connectors/pooled_line.py`), which knows proxies and is what every system gets, and
kept connections (`connectors/kept_connections.py`) for systems that are asked by the hundred.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import msgspec

REFUSAL_MOST = 64 * 1024
"""Bytes that are read of an answer that is not a success."""
USUAL_HEADERS: Mapping[str, str] = {
    "Accept": "application/json",
    # Compressed answers are not asked for: a small one can unpack to any size.
    "Accept-Encoding": "identity",
    "User-Agent": "slrt-hub",
}

_NUMBER = re.compile(r"\d{1,18}(\.\d{1,9})?", re.ASCII)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `operation` names it in the log; `is_repeatable` when sending it twice does no harm."""

    operation: str
    method: str
    path: str
    is_repeatable: bool
    params: Mapping[str, str | int] = {}
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Answer(NamedTuple):
    """What came back: headers by their names in lower case. `is_whole`: its body was not longer than the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


class Line(Protocol):
    """The way to one system."""

    async def exchange(self, call: Call, limit: int) -> Answer:
        """Send the call, read the answer; httpx2's exceptions say what went wrong.

        Of a success at most `limit` bytes are taken in, of a refusal REFUSAL_MOST: beyond that it is not whole. A refusal
        that breaks off is not whole either, and no exception: its status says what it had to say.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...


def limit_for(status: int, limit: int) -> int:
    """How many bytes of an answer of this status are taken in."""
    return limit if 200 <= status < 300 else min(limit, REFUSAL_MOST)


def number(header: str | None) -> float | None:
    """A header that is a number; None for anything else.

    Retry-After may also be a date: the systems do not use that, and it is read as absent.
    """
    return float(header) if header is not None and _NUMBER.fullmatch(header) else None
