"""Regions and programmes from memory: open to every caller, and all but unchanging.

A change in the database (a migration, a new reference) shows to callers within `KEPT_FOR`; what is not there yet is
looked for every time. Rules are not kept here: they are versioned by the day.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from hub.store.programmes import Programme
from hub.store.regions import Region

KEPT_FOR = timedelta(seconds=60)
KEPT_MOST = 20_000

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by code, each kept for a while; the oldest go when there are too many."""

    def __init__(self, most: int = KEPT_MOST) -> None:
        self._most = most
        self._values: dict[str, tuple[datetime, V]] = {}

    async def find(
        self, codes: Sequence[str], now: datetime, read: Callable[[Sequence[str]], Awaitable[Sequence[V | None]]]
    ) -> list[V | None]:
        """One value per code; `read` finds all that are missing or too old at once."""
        values, since = self._values, now - KEPT_FOR
        # a clock that was set back must not stretch the time
        found = [
            kept[1] if (kept := values.get(code)) is not None and since < kept[0] <= now else None for code in codes
        ]
        if None not in found:
            return found
        missing = [code for code, value in zip(codes, found, strict=True) if value is None]
        fresh = dict(zip(missing, await read(missing), strict=True))
        for code, value in fresh.items():
            self._keep(code, now, value)
        return [fresh.get(code) if value is None else value for code, value in zip(codes, found, strict=True)]

    def _keep(self, code: str, now: datetime, value: V | None) -> None:
        self._values.pop(code, None)
        if value is None:
            return
        while len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[code] = (now, value)


class Reference:
    """What all requests of a process share."""

    def __init__(self) -> None:
        self.regions: Kept[Region] = Kept()
        self.programmes: Kept[Programme] = Kept()
