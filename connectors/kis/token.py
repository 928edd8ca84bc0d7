"""The access token of KIS: OAuth 2.0 client credentials, kept until shortly before it ends.

Authlib's client is not used here: it would go past the channel's deadline, size limit and breaker.
"""

import asyncio
import base64
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import msgspec

from connectors.decode import read_answer
from connectors.http import Channel
from connectors.line import Call

_LEEWAY = 30.0
"""Seconds before its end at which a token is renewed, or a tenth of its life when that is less."""


class TokenAnswer(msgspec.Struct, frozen=True):
    """The answer of the token endpoint; `expires_in` in seconds."""

    access_token: str
    expires_in: float


class TokenCache:
    """Hands out a valid token; callers that come together wait for one request."""

    def __init__(self, channel: Channel, client_id: str, client_secret: str, clock: Callable[[], float]) -> None:
        self._channel = channel
        # RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        self._basic = base64.b64encode(pair.encode()).decode("ascii")
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = float("-inf")

    async def get(self, deadline_at: float) -> str:
        """The token, fetched when there is none or it is about to end; SourceError when refused."""
        async with self._lock:
            if self._clock() >= self._renew_at:
                await self._fetch(deadline_at)
            return self._token

    def discard(self, token: str) -> None:
        """Forget a token that was refused, unless it has been renewed since."""
        if token == self._token:
            self._renew_at = float("-inf")

    async def _fetch(self, deadline_at: float) -> None:
        call = Call(
            operation="token",
            method="POST",
            path="/oauth/token",
            is_repeatable=True,
            headers={
                "Authorization": f"Basic {self._basic}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=b"grant_type=client_credentials",
        )
        asked_at = self._clock()
        answer = await self._channel.send(call, partial(read_answer, answer=TokenAnswer), deadline_at)
        self._token = answer.access_token
        self._renew_at = asked_at + answer.expires_in - min(_LEEWAY, answer.expires_in / 10)
