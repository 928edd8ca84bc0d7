"""A database that notes the statements of callers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.store.caller_pool import CallerPool
from hub.store.database import Access, CallerSession, Connection, Database


class CountingSession(CallerSession):
    """Notes every statement."""

    def __init__(self, pool: CallerPool, access: Access, noted: list[str]) -> None:
        super().__init__(pool, access)
        self._noted = noted

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with super().connection() as connection:
            with connection.query_logger(lambda record: self._noted.append(record.query)):
                yield connection


class CountingDatabase(Database):
    """Gives counting sessions to callers."""

    __slots__ = ("noted",)
    noted: list[str]

    @classmethod
    def around(cls, database: Database) -> "CountingDatabase":
        counting = cls(database.jobs, database.caller_pool)
        object.__setattr__(counting, "noted", [])
        return counting

    def caller(self, access: Access) -> CallerSession:
        return CountingSession(self.caller_pool, access, self.noted)
