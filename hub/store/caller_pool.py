"""The connections of callers: few, kept warm, and handed out without a word to the server.

asyncpg's own pool wraps every connection anew and resets it when it comes back. Here a connection keeps the access that
it carries, and a caller gets one that carries its own already if there is one: then a statement is one round trip.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.store.database import Access, CallerConnection

_CLOSING_SECONDS = 5.0


class PoolClosed(ConnectionError):
    """A connection was asked for after the pool was closed."""

    def __init__(self) -> None:
        super().__init__("the connections of callers are closed: the hub is stopping")


class CallerPool:
    """At most `size` connections; who waits gets one in the order of asking. For one event loop."""

    def __init__(self, connect: Callable[[], Awaitable["CallerConnection"]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._taken = 0
        """Places in use: by an idle connection, by one that is out, or by one that is being opened."""
        self._idle: list[CallerConnection] = []
        self._out: set[CallerConnection] = set()
        self._waiting: deque[asyncio.Future[CallerConnection | None]] = deque()
        self._is_closed = False

    def acquire(self, access: "Access | None" = None) -> "Lease":
        """A block with a connection, which carries `access` if one is given."""
        return Lease(self, access)

    async def take(self, access: "Access | None" = None) -> "CallerConnection":
        """A connection, best one that carries `access` already; it is `give_back`'s to return it."""
        if self._is_closed:
            raise PoolClosed
        while self._idle:
            connection = self._pick(access)
            if not connection.is_closed():
                self._out.add(connection)
                return connection
            self._taken -= 1
        if self._taken < self._size:
            self._taken += 1
            return await self._opened()
        return await self._waited()

    def give_back(self, connection: "CallerConnection") -> None:
        """Take a connection back; a broken one, or one in a transaction, gives up its place."""
        self._out.discard(connection)
        if self._is_closed or connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
            self._free()
            return
        waiter = self._next()
        if waiter is None:
            self._idle.append(connection)
        else:
            self._out.add(connection)
            waiter.set_result(connection)

    async def close(self) -> None:
        """Close what is idle, break off what is out, and turn away who waits."""
        self._is_closed = True
        while (waiter := self._next()) is not None:
            waiter.set_exception(PoolClosed())
        for connection in list(self._out):
            connection.terminate()
        while self._idle:
            await self._idle.pop().close(timeout=_CLOSING_SECONDS)

    def _pick(self, access: "Access | None") -> "CallerConnection":
        """The newest that carries the access: its caches are the warmest; else the one unused for longest."""
        idle = self._idle
        for place in range(len(idle) - 1, -1, -1):
            if access is None or idle[place].access == access:
                return idle.pop(place)
        return idle.pop(0)

    async def _opened(self) -> "CallerConnection":
        """A new connection for a place that is taken already."""
        try:
            connection = await self._connect()
        except BaseException:
            self._free()
            raise
        self._out.add(connection)
        return connection

    async def _waited(self) -> "CallerConnection":
        waiter: asyncio.Future[CallerConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            connection = await waiter
        except asyncio.CancelledError:
            self._pass_on(waiter)
            raise
        return await self._opened() if connection is None else connection

    def _pass_on(self, waiter: "asyncio.Future[CallerConnection | None]") -> None:
        """What was handed to one who no longer waits goes to the next."""
        if waiter.cancelled() or waiter.exception() is not None:
            return
        connection = waiter.result()
        if connection is None:
            self._free()
        else:
            self.give_back(connection)

    def _free(self) -> None:
        """A place is free: the next who waits opens a connection of its own."""
        waiter = self._next()
        if waiter is None:
            self._taken -= 1
        else:
            waiter.set_result(None)

    def _next(self) -> "asyncio.Future[CallerConnection | None] | None":
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None


class Lease:
    """The block of `CallerPool.acquire`."""

    __slots__ = ("_access", "_connection", "_pool")

    def __init__(self, pool: CallerPool, access: "Access | None") -> None:
        self._pool = pool
        self._access = access

    async def __aenter__(self) -> "CallerConnection":
        """The connection."""
        connection = self._connection = await self._pool.take(self._access)
        if self._access is not None and connection.access != self._access:
            try:
                await connection.enter(self._access)
            except BaseException:
                self._pool.give_back(connection)
                raise
        return connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Back to the pool."""
        self._pool.give_back(self._connection)
