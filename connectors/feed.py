"""The feed of the national systems: a snapshot in pages, then the changes since its first page."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

import msgspec

from connectors.cursor import FeedCursor, decode_cursor, encode_cursor
from connectors.decode import RecordShape, read_answer, read_records
from connectors.errors import System, of_condition, source_error
from connectors.line import Call
from hub.domain.records import RosterRecord
from hub.domain.source import Page

W = TypeVar("W")
T = TypeVar("T")


class SnapshotPage(Protocol):
    """A page of the roster; `changes_cursor` is where the feed stood at the first page."""

    @property
    def entries(self) -> list[msgspec.Raw]:
        """The records as they came."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """The next page, None after the last."""
        ...

    @property
    def changes_cursor(self) -> str:
        """Where the changes go on."""
        ...


class ChangesPage(msgspec.Struct, frozen=True):
    """A page of changes."""

    changes: list[msgspec.Raw]
    cursor: str
    has_more: bool


class Send(Protocol):
    """How a feed sends a call: the connector adds its credentials."""

    def __call__(self, call: Call, read: Callable[[bytes], T], /) -> Awaitable[T]:
        """The answer, or SourceError."""
        ...


class RosterFeed(Generic[W]):
    """Pulls one page after a cursor: None, or what an earlier page gave."""

    def __init__(
        self,
        system: System,
        send: Send,
        *,
        path: str,
        snapshot: type[SnapshotPage],
        shape: RecordShape[W, RosterRecord],
        limit: int,
    ) -> None:
        self._system = system
        self._send = send
        self._path = path
        self._snapshot = snapshot
        self._shape = shape
        self._limit = limit

    async def pull(self, after: str | None) -> Page:
        """The next page; CursorExpired for a foreign cursor, Fatal for a feed that does not move."""
        if after is None:
            return await self._pull_snapshot(None)
        cursor = decode_cursor(self._system, after)
        if cursor.phase == "SNAPSHOT":
            return await self._pull_snapshot(cursor)
        return await self._pull_changes(cursor)

    async def probe(self) -> None:
        """Read one line of the roster: Fatal or Retriable when the page does not fit."""
        await self._get("check", self._path, {"limit": 1}, self._snapshot)

    async def _pull_snapshot(self, at: FeedCursor | None) -> Page:
        place: dict[str, str | int] = {} if at is None else {"cursor": at.position}
        page = await self._get("roster", self._path, place, self._snapshot)
        # The first page's place wins: what changed while the snapshot was read is read again.
        changes = at.changes if at is not None and at.changes else page.changes_cursor
        if page.next_cursor is None:
            following = self._changes_at(changes)
        else:
            self._require_progress(at.position if at else None, page.next_cursor)
            following = FeedCursor(
                source=self._system.code,
                phase="SNAPSHOT",
                position=page.next_cursor,
                changes=changes,
            )
        return self._page(page.entries, following, has_more=True)

    async def _pull_changes(self, at: FeedCursor) -> Page:
        page = await self._get("changes", "/changes", {"after": at.position}, ChangesPage)
        if page.has_more:
            self._require_progress(at.position, page.cursor)
        following = self._changes_at(page.cursor)
        return self._page(page.changes, following, has_more=page.has_more)

    async def _get(self, operation: str, path: str, place: dict[str, str | int], answer: type[T]) -> T:
        call = Call(
            operation=operation,
            method="GET",
            path=path,
            is_repeatable=True,
            params={"limit": self._limit, **place},
        )
        return await self._send(call, partial(read_answer, answer=answer))

    def _changes_at(self, position: str) -> FeedCursor:
        return FeedCursor(source=self._system.code, phase="CHANGES", position=position)

    def _require_progress(self, before: str | None, after: str) -> None:
        if before == after:
            raise source_error(self._system, of_condition("ENDLESS_FEED"))

    def _page(self, entries: Sequence[msgspec.Raw], at: FeedCursor, *, has_more: bool) -> Page:
        records, rejects = read_records(entries, self._shape)
        return Page(records=[*records], rejects=rejects, cursor=encode_cursor(at), has_more=has_more)
