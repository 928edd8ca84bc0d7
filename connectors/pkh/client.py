"""The connector of PKH: quotas, and the roster with its changes."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from connectors.base import BaseConnector
from connectors.decode import read_answer
from connectors.errors import System
from connectors.feed import RosterFeed
from connectors.http import Channel
from connectors.line import Call
from connectors.pkh import mapping
from connectors.settings import PkhSettings
from connectors.wire import pool_record
from hub.domain.records import PoolRecord
from hub.domain.source import Capability, Page

T = TypeVar("T")

SYSTEM = System(code="PKH", name="PKH", credentials="API key")


class PkhConnector(BaseConnector):
    """PKH behind the Connector Protocol."""

    capabilities = frozenset({Capability.PULL, Capability.POOLS})

    def __init__(self, settings: PkhSettings, channel: Channel) -> None:
        super().__init__(channel)
        self._api_key = settings.api_key
        self._feed = RosterFeed(
            channel.system,
            self._send,
            path="/households",
            snapshot=mapping.HouseholdsPage,
            shape=mapping.RECIPIENT,
            limit=settings.page_size,
        )

    async def check(self) -> None:
        """Return when PKH takes our key and answers quotas and roster in the agreed shape."""
        await self.pools()
        await self._feed.probe()

    async def pull(self, after: str | None) -> Page:
        """The next page: the roster first, then its changes."""
        return await self._feed.pull(after)

    async def pools(self) -> Sequence[PoolRecord]:
        """All quotas; one that cannot be read raises Fatal, since half of them would mislead."""
        call = Call(operation="pools", method="GET", path="/quotas", is_repeatable=True)
        answer = await self._send(call, partial(read_answer, answer=mapping.QuotasAnswer))
        return [pool_record(quota) for quota in answer.quotas]

    def _send(self, call: Call, read: Callable[[bytes], T]) -> Awaitable[T]:
        headers = {**call.headers, "X-Api-Key": self._api_key}
        return self._channel.send(msgspec.structs.replace(call, headers=headers), read)
