"""Connections to PostgreSQL: for jobs with the owner's rights, for callers under row-level security.

The access of a caller (regions, client) is set once on a connection and remembered, so that a statement of the same
caller costs one round trip. A connection that was never told an access makes every policy fail with an error.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec

from hub.domain.errors import SetupError
from hub.domain.principal import Principal, RegionRange
from hub.store.caller_pool import CallerPool, Lease
from hub.store.joined import Columns, Look, joined, parted, rounds
from hub.store.queries import Query, compile_query

Row: TypeAlias = asyncpg.Record
Cells: TypeAlias = "Row | tuple[Any, ...]"
"""A row, as one or as the tuple that is made of columns."""
Connection: TypeAlias = "asyncpg.Connection[Row] | asyncpg.pool.PoolConnectionProxy[Row]"
Pool: TypeAlias = "asyncpg.Pool[Row]"

SET_ACCESS = compile_query(
    "set_access",
    "select set_config('hub.region_from', :region_from, false), set_config('hub.region_to', :region_to, false),"
    " set_config('hub.client_id', :client_id, false), set_config('hub.sensitive', :sensitive, false)",
)


_CONNECT_SECONDS = 10.0

_NO_JIT = {"jit": "off"}
"""Compiling a rule's statement takes seconds where running it takes a fraction of one."""

_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}
"""Every statement of a caller goes by keys or a range and has one good plan; to plan it anew costs more than to run it."""

_ROOM_FOR_BATCHES = {"work_mem": "64MB", "temp_buffers": "64MB"}


class Access(msgspec.Struct, frozen=True):
    """What row-level security lets a caller touch."""

    regions: RegionRange
    client_id: str
    sees_sensitive: bool = False

    @classmethod
    def of(cls, principal: Principal) -> "Access":
        """What a caller may touch."""
        return cls(principal.regions, principal.client_id, principal.sees_sensitive)


if TYPE_CHECKING:
    _Connection = asyncpg.Connection[Row]
else:  # generic only in its stubs
    _Connection = asyncpg.Connection


class CallerConnection(_Connection):
    """A connection of the role hub_app that remembers whose access it carries."""

    access: Access | None = None

    async def enter(self, access: Access) -> None:
        """Carry this access from now on; free of charge when it does already."""
        if self.access == access:
            return
        self.access = None
        values = SET_ACCESS.arguments(
            {
                "region_from": access.regions.start,
                "region_to": access.regions.end,
                "client_id": access.client_id,
                "sensitive": "on" if access.sees_sensitive else "off",
            }
        )
        await self.fetch(SET_ACCESS.sql, *values)
        self.access = access


class Session(ABC):
    """Runs named queries; every method takes the query's parameters by name."""

    @abstractmethod
    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for one statement or one transaction."""

    async def fetch(self, query: Query, /, **values: object) -> list[Row]:
        """All rows."""
        async with self.connection() as connection:
            return await connection.fetch(query.sql, *query.arguments(values))

    async def answer(self, questions: Sequence[Look]) -> Sequence[Columns | Exception]:
        """The columns that each look finds, or its error; looks at different sheets leave as one statement."""
        found: list[Columns | Exception] = [()] * len(questions)
        for numbers in rounds(questions):
            answers = await self._looked([questions[number] for number in numbers])
            for number, answer in zip(numbers, answers, strict=True):
                found[number] = answer
        return found

    async def _looked(self, looks: Sequence[Look]) -> Sequence[Columns | Exception]:
        sheets = tuple([each.sheet for each in looks])
        try:
            async with self.connection() as connection:
                rows = await connection.fetch(joined(sheets), *[value for each in looks for value in each.arguments])
        except asyncpg.PostgresError as error:
            if len(looks) == 1:
                return [error]
            return [
                answer for each in looks for answer in await self._looked([each])
            ]  # the one that causes it tells it
        return parted(sheets, rows)

    async def fetch_row(self, query: Query, /, **values: object) -> Row | None:
        """The first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(query.sql, *query.arguments(values))

    async def fetch_value(self, query: Query, /, **values: object) -> Any:
        """The first column of the first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchval(query.sql, *query.arguments(values))

    async def execute(self, query: Query, /, **values: object) -> None:
        """Run for the effect."""
        async with self.connection() as connection:
            await connection.execute(query.sql, *query.arguments(values))

    async def pages(self, query: Query, size: int, /, **values: object) -> AsyncGenerator[list[Row]]:
        """All rows in pages of one snapshot, without holding them all."""
        async with self.connection() as connection, connection.transaction():
            cursor = await connection.cursor(query.sql, *query.arguments(values))
            while page := await cursor.fetch(size):
                yield page

    async def copy(self, table: str, columns: Sequence[str], rows: Any) -> None:
        """COPY rows (tuples, from an iterable or asynchronous iterable) into a table."""
        async with self.connection() as connection:
            await connection.copy_records_to_table(table, records=rows, columns=columns)

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[Transaction]":
        """A block in which all statements stand or fall together."""
        async with self.connection() as connection, connection.transaction():
            yield Transaction(connection)


class Transaction(Session):
    """A session inside one transaction; a transaction within it is a savepoint."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """The connection of this transaction."""
        yield self._connection


class JobSession(Session):
    """The owner's rights: for migrations, sync and matching, never for a caller's request."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Any connection of the pool."""
        async with self._pool.acquire() as connection:
            yield connection


class CallerSession(Session):
    """A caller's rights: every statement runs under row-level security with this access."""

    def __init__(self, pool: CallerPool, access: Access) -> None:
        self._pool = pool
        self._access = access

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection that carries this caller's access."""
        return _Statement(self._pool, self._access)


class _Statement(Lease):
    """A lease that tells a statement which ran too long as what it is."""

    __slots__ = ()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Back to the pool."""
        await super().__aexit__(kind, error, trace)
        if isinstance(error, asyncpg.QueryCanceledError):
            raise TimeoutError("a statement took longer than callers may wait") from error


@dataclass(frozen=True, slots=True)
class Database:
    """The two ways into one database."""

    jobs: JobSession
    caller_pool: CallerPool
    url: str = field(default="", repr=False)
    """For a connection that listens."""

    def caller(self, access: Access) -> CallerSession:
        """A session that is bound by row-level security."""
        return CallerSession(self.caller_pool, access)


@asynccontextmanager
async def open_database(url: str, *, connections: int = 10, statement_seconds: float = 30.0) -> AsyncIterator[Database]:
    """Both pools on a migrated database; raises SetupError when nobody answers at `url`.

    `connections` bounds each pool; `statement_seconds` is how long a caller's statement may run.
    """
    caller_settings = {
        "role": "hub_app",
        "statement_timeout": str(int(statement_seconds * 1000)),
        "application_name": "slrt-hub caller",
        **_NO_JIT,
        **_PLANNED_ONCE,
    }
    try:
        jobs = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections,
            init=_use_json,
            server_settings={"application_name": "slrt-hub jobs", **_NO_JIT, **_ROOM_FOR_BATCHES},
        )
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise unreachable(url, error) from error

    async def connect() -> CallerConnection:
        connection = await asyncpg.connect(
            url, timeout=_CONNECT_SECONDS, connection_class=CallerConnection, server_settings=caller_settings
        )
        await _use_json(connection)
        return connection

    callers = CallerPool(connect, connections)
    async with jobs:
        try:
            yield Database(JobSession(jobs), callers, url)
        finally:
            await callers.close()


def unreachable(url: str, error: BaseException) -> SetupError:
    """The error for a DATABASE_URL at which no PostgreSQL answers; the password in it is not shown."""
    shown = url.rpartition("@")[2] or url
    return SetupError(
        f"no PostgreSQL answers at DATABASE_URL ({shown}): {error}; "
        "start it, mend the URL, or unset DATABASE_URL to use the embedded database"
    )


async def _use_json(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )
