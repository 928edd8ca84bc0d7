"""The job that delivers to webhooks, in every process that serves; each endpoint is one process's at a time."""

import asyncio
from contextlib import suppress

import structlog

from connectors.webhook import WebhookSender
from hub.domain.webhooks import DeliveryPolicy
from hub.store.database import Database
from hub.store.events import CHANNEL, give_positions
from hub.store.listen import heard, listening
from hub.store.webhooks import Claims, claiming, list_due
from resolvers.context import Clock
from resolvers.webhook_delivery import Courier

AT_ONCE = 16
"""Endpoints that are delivered to at the same time; one that is slow takes one of these places for its deadline at most."""
LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Webhooks:
    """Delivers until cancelled."""

    def __init__(
        self, database: Database, clock: Clock, sender: WebhookSender, policy: DeliveryPolicy | None = None
    ) -> None:
        self.courier = Courier(database.jobs, clock, sender, policy or DeliveryPolicy())
        self._database = database
        self._clock = clock
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    async def work(self) -> None:
        """Deliver; a database that is away is waited for."""
        while True:
            try:
                async with claiming(self._database.url) as claims, listening(self._database.url, CHANNEL) as told:
                    self._wake = told
                    await self._deliver(claims)
            except Exception as error:  # noqa: BLE001 -- whatever keeps it from delivering, it delivers later
                _log.warning("webhooks_not_delivered", kind=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)
            finally:
                await self._end()

    async def _deliver(self, claims: Claims) -> None:
        while True:
            self._wake.clear()
            await give_positions(self._database.jobs, self._clock())
            await self._begin(claims)
            await heard(self._wake, LOOK_SECONDS)

    async def _begin(self, claims: Claims) -> None:
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return
        for endpoint_id in await list_due(self._database.jobs, self._clock(), AT_ONCE + free):
            if endpoint_id in self._under_way or len(self._under_way) >= AT_ONCE:
                continue
            if await claims.claim(endpoint_id):
                task = asyncio.create_task(self._turn(claims, endpoint_id))
                self._under_way[endpoint_id] = task

    async def _turn(self, claims: Claims, endpoint_id: int) -> None:
        """One turn of one endpoint; whoever is next, and whatever follows, is looked for at once."""
        try:
            await self.courier.deliver(endpoint_id)
        except Exception as error:  # noqa: BLE001 -- one endpoint holds up no other
            _log.warning("webhook_not_delivered", endpoint=endpoint_id, kind=type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            self._under_way.pop(endpoint_id, None)
            with suppress(Exception):  # the connection is gone, and with it the claim
                await claims.release(endpoint_id)
            self._wake.set()

    async def _end(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._under_way.clear()
