"""Pages of unbounded lists: keyset cursors that carry the digest of their list, so that none is used for another."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Generic, TypeVar

import msgspec

from hub.domain.errors import Invalid

FIRST = 50
FIRST_MAX = 100
_DIGEST = 8

T = TypeVar("T")
Key = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """An object with the cursor that continues after it."""

    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where the page lies in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Page(Generic[T]):
    """A piece of a list; `has_next` None: there is a next one when there are more items than fit."""

    def __init__(
        self, window: "Window", items: Sequence[T], key: Callable[[T], Key], *, has_next: bool | None = None
    ) -> None:
        self.nodes = items[: window.first]
        self._has_next = len(items) > window.first if has_next is None else has_next
        self._window = window
        self._key = key

    @cached_property
    def edges(self) -> list[Edge[T]]:
        """The objects with their cursors."""
        return [Edge(self._cursor(node), node) for node in self.nodes]

    @cached_property
    def page_info(self) -> PageInfo:
        """Where the page lies."""
        start = self._cursor(self.nodes[0]) if self.nodes else None
        end = self._cursor(self.nodes[-1]) if self.nodes else None
        return PageInfo(self._has_next, self._window.after is not None, start, end)

    def _cursor(self, node: T) -> str:
        return _write(self._window.list, self._key(node))


@dataclass(frozen=True, slots=True)
class Window:
    """What a caller wants to see of a list. `list` names the list with its filters; `after` is a key in it."""

    list: tuple[object, ...]
    first: int
    after: Key | None

    @property
    def limit(self) -> int:
        """How many rows to read: one more than the page, to know whether there is a next one."""
        return self.first + 1

    def page(self, items: Sequence[T], key: Callable[[T], Key]) -> Page[T]:
        """The page of what was read with `limit`."""
        return Page(self, items, key)


def window(first: int, after: str | None, *filters: object) -> Window:
    """Raises Invalid when too much is asked for, or when the cursor is of another list.

    `filters` are the list's name and all that narrows it: a cursor belongs to exactly these.
    """
    if not 1 <= first <= FIRST_MAX:
        raise Invalid(f"first: {first} is not allowed, ask for 1 to {FIRST_MAX} and go on with after", ("first",))
    return Window(filters, first, None if after is None else _read(filters, after))


def _write(filters: tuple[object, ...], key: Key) -> str:
    text = msgspec.json.encode(key)
    return urlsafe_b64encode(_digest(filters, text) + text).rstrip(b"=").decode()


def _read(filters: tuple[object, ...], cursor: str) -> Key:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    if len(raw) <= _DIGEST or raw[:_DIGEST] != _digest(filters, raw[_DIGEST:]):
        raise Invalid(
            f"stale cursor {cursor[:60]!r}: it belongs to another query or other filters; start again without after",
            ("after",),
        )
    return msgspec.json.decode(raw[_DIGEST:], type=tuple[int | str, ...])


def _digest(filters: tuple[object, ...], key: bytes) -> bytes:
    return blake2b(repr(filters).encode() + b"\x1f" + key, digest_size=_DIGEST).digest()
