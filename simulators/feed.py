"""An ordered, resumable feed of changes, each entity as it is now."""

import base64
import binascii
from typing import Generic, Protocol, TypeVar


class CursorExpired(Exception):
    """The cursor is of an earlier life of the feed, or was never given out."""


class Revised(Protocol):
    """Anything with its place in the order of changes."""

    @property
    def revision(self) -> int:
        """From 1, growing."""
        ...


T = TypeVar("T", bound=Revised)


class Feed(Generic[T]):
    """A log in which revision N stands at position N; what was superseded is left out of pages."""

    def __init__(self) -> None:
        self._log: list[T] = []
        self._superseded: set[int] = set()
        self._life = 1

    @property
    def position(self) -> int:
        """The revision of the latest change, 0 without any."""
        return len(self._log)

    def append(self, value: T, replaces: int | None = None) -> None:
        """Put a change at the end; `replaces` is the revision at which the entity stood."""
        if value.revision != len(self._log) + 1:
            raise ValueError(f"revision {value.revision} cannot follow {len(self._log)}")
        self._log.append(value)
        if replaces:
            self._superseded.add(replaces)

    def page(self, cursor: str | None, limit: int) -> tuple[list[T], str, bool]:
        """At most `limit` changes after a cursor, the cursor after them, and whether more follow."""
        position = self.decode(cursor) if cursor else 0
        values: list[T] = []
        while position < len(self._log) and len(values) < limit:
            position += 1
            if position not in self._superseded:
                values.append(self._log[position - 1])
        return values, self.cursor(position), position < len(self._log)

    def cursor(self, position: int) -> str:
        """The opaque cursor of a position."""
        return base64.b32encode(f"{self._life}:{position}".encode()).decode()

    def decode(self, cursor: str) -> int:
        """The position of a cursor; CursorExpired when this feed did not give it."""
        try:
            life, _, position = base64.b32decode(cursor.encode()).decode().partition(":")
            at = int(position)
        except (ValueError, binascii.Error) as error:
            raise CursorExpired(cursor) from error
        if life != str(self._life) or not 0 <= at <= len(self._log):
            raise CursorExpired(cursor)
        return at

    def expire_cursors(self) -> None:
        """Forget all cursors given out so far."""
        self._life += 1
