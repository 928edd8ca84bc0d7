"""A least-recently-used cache that is bounded twice: by entries and by their weight."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class BoundedCache(Generic[KeyT, ValueT]):
    """Keeps at most `entries` values of at most `weight` in total; the least recently used go first.

    The weight is the caller's own unit (characters of a document, fields of a plan). A value that is
    heavier than the whole cache is not kept.
    """

    def __init__(self, entries: int, weight: int) -> None:
        if entries < 1 or weight < 1:
            raise ValueError(f"A cache needs room: {entries} entries, weight {weight}.")
        self._entries = entries
        self._room = weight
        self._weight = 0
        self._values: OrderedDict[KeyT, tuple[ValueT, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: KeyT) -> bool:
        return key in self._values

    @property
    def weight(self) -> int:
        """The weight of everything that is held."""
        return self._weight

    def get(self, key: KeyT) -> ValueT | None:
        """The value of `key`, which becomes the most recently used one; None if it is not held."""
        held = self._values.get(key)
        if held is None:
            return None
        self._values.move_to_end(key)
        return held[0]

    def put(self, key: KeyT, value: ValueT, weight: int = 1) -> None:
        """Hold `value`, and let go of the least recently used ones until everything fits."""
        self._drop(key)
        if weight > self._room:
            return
        self._values[key] = (value, weight)
        self._weight += weight
        while len(self._values) > self._entries or self._weight > self._room:
            self._drop(next(iter(self._values)))

    def _drop(self, key: KeyT) -> None:
        held = self._values.pop(key, None)
        if held is not None:
            self._weight -= held[1]
