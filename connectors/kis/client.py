"""The connector of KIS: pools, roster with changes, and issuing cards."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from connectors.base import BaseConnector
from connectors.decode import by_key, in_batches, read_answer
from connectors.errors import CredentialsRefused, System
from connectors.feed import RosterFeed
from connectors.http import Channel
from connectors.kis import mapping
from connectors.kis.token import TokenCache
from connectors.line import Call
from connectors.settings import KisSettings
from connectors.wire import pool_record
from hub.domain.errors import Fatal
from hub.domain.records import PoolRecord
from hub.domain.source import Capability, IssueOutcome, IssueRequest, Page

T = TypeVar("T")

SYSTEM = System(code="KIS", name="KIS", credentials="client id and secret")
MAX_CARDS = 200
"""Cards in one call, by the interface of KIS."""


class KisConnector(BaseConnector):
    """KIS behind the Connector Protocol. `clock` counts seconds and times the token."""

    capabilities = frozenset({Capability.PULL, Capability.POOLS, Capability.ISSUE})

    def __init__(
        self,
        settings: KisSettings,
        channel: Channel,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(channel)
        self._tokens = TokenCache(channel, settings.client_id, settings.client_secret, clock)
        self._feed = RosterFeed(
            channel.system,
            self._send,
            path="/participants",
            snapshot=mapping.ParticipantsPage,
            shape=mapping.PARTICIPANT,
            limit=settings.page_size,
        )

    async def check(self) -> None:
        """Return when KIS takes our credentials and answers pools and roster in the agreed shape."""
        await self.pools()
        await self._feed.probe()

    async def pull(self, after: str | None) -> Page:
        """The next page: the roster first, then its changes."""
        return await self._feed.pull(after)

    async def pools(self) -> Sequence[PoolRecord]:
        """All pools; one that cannot be read raises Fatal, since half of the pools would mislead."""
        call = Call(operation="pools", method="GET", path="/pools", is_repeatable=True)
        answer = await self._send(call, partial(read_answer, answer=mapping.PoolsAnswer))
        return [pool_record(pool) for pool in answer.pools]

    async def issue(self, requests: Sequence[IssueRequest]) -> Sequence[IssueOutcome]:
        """Issue cards, each call with its own deadline; safe to repeat as a whole after any error."""
        foreign = {r.programme_code for r in requests} - {mapping.PROGRAMME}
        if foreign:
            raise Fatal(self.code, f"KIS issues {mapping.PROGRAMME}, and not {', '.join(sorted(foreign))}")
        outcomes: list[IssueOutcome] = []
        for batch in in_batches(requests, MAX_CARDS):
            outcomes += await self._issue(batch)
        return outcomes

    async def _issue(self, batch: Sequence[IssueRequest]) -> Sequence[IssueOutcome]:
        items = [mapping.card_request(request) for request in batch]
        call = Call(
            operation="issue",
            method="POST",
            path="/cards",
            is_repeatable=True,  # Each item carries its idempotency key.
            headers={"Content-Type": "application/json"},
            body=msgspec.json.encode(mapping.CardRequests(items)),
        )
        return await self._send(call, partial(_read_outcomes, keys=[request.key for request in batch]))

    async def _send(self, call: Call, read: Callable[[bytes], T]) -> T:
        deadline_at = self._channel.deadline_at()
        token = await self._tokens.get(deadline_at)
        try:
            return await self._channel.send(_signed(call, token), read, deadline_at)
        except CredentialsRefused:
            # It may have been revoked before its time: one fresh token, then it is final.
            self._tokens.discard(token)
            token = await self._tokens.get(deadline_at)
            return await self._channel.send(_signed(call, token), read, deadline_at)


def _signed(call: Call, token: str) -> Call:
    headers = {**call.headers, "Authorization": f"Bearer {token}"}
    return msgspec.structs.replace(call, headers=headers)


def _read_outcomes(body: bytes, keys: Sequence[str]) -> list[IssueOutcome]:
    results = mapping.read_results(read_answer(body, mapping.CardResults))
    return by_key(keys, ((result.key, result) for result in results))
