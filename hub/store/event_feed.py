"""Events handed to all who follow in this process: read once for all of them, and none of them waits for another.

The database tells when something was written; one reader gives it positions, reads each new stretch once and hands it to the
followers whom it concerns. Each has a bounded queue. One that is slow, or that begins in the past, reads from the database at its
own pace until it has caught up: its queue is let go, so it costs the others nothing and the memory of the process is bounded.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from hub.domain.events import Interest
from hub.store.database import Database, Session
from hub.store.events import CHANNEL, Event, find_head, give_positions, list_events, remove_events
from hub.store.listen import heard, listening

STRETCH = 250
"""Positions that are read at a time."""
WAITING_MAX = 1_000
"""Events that wait for one follower before it counts as slow."""
TOGETHER_MAX = 100
"""Events that a follower gets at a time, so that what belongs to them is found in one go."""
KEPT = timedelta(days=30)
LOOK_SECONDS = 2.0
"""The reader looks by itself so often, for a word that was lost."""
_AGAIN_SECONDS = 1.0
_TIDY_SECONDS = 3_600.0
_log = structlog.get_logger(__name__)


class EventFeed:
    """The one reader of a process, and who follows it."""

    def __init__(self, database: Database, clock: Callable[[], datetime], kept: timedelta = KEPT) -> None:
        self.counters: Counter[str] = Counter()
        """read, and how often a follower fell behind."""
        self.position = 0
        """Up to here events were handed out."""
        self._database = database
        self._clock = clock
        self._kept = kept
        self._is_ready = asyncio.Event()
        self._narrow: dict[str, set[Follower]] = {}
        self._wide: set[Follower] = set()
        self._tidied_at = 0.0

    @property
    def followers(self) -> int:
        """How many follow."""
        return len(self._wide) + sum(map(len, self._narrow.values()))

    async def ready(self) -> None:
        """Wait until the reader knows where the log ends."""
        await self._is_ready.wait()

    async def follow(self) -> None:
        """Read and hand out until cancelled; a database that is away is waited for."""
        while True:
            try:
                async with listening(self._database.url, CHANNEL) as told:
                    while True:
                        await self.read_on()
                        await heard(told, LOOK_SECONDS)
                        told.clear()
            except Exception as error:  # noqa: BLE001 -- whatever keeps it from reading, it reads on later
                _log.warning("events_not_read", kind=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def read_on(self) -> None:
        """Give positions to what was committed, and hand out what has one."""
        jobs = self._database.jobs
        last = await give_positions(jobs, self._clock())
        if not self._is_ready.is_set():
            self.position = last
            self._is_ready.set()
        while self.position < last:
            through = min(last, self.position + STRETCH)
            events = await list_events(jobs, self.position, through)
            self.counters["read"] += len(events)
            self._hand_out(events)
            self.position = through
            await asyncio.sleep(0)
        await self._tidy()

    def join(self, follower: "Follower", regency_code: str | None) -> None:
        """From now on the follower is handed what concerns it; `regency_code`: nothing of any other."""
        self._set_of(regency_code).add(follower)

    def leave(self, follower: "Follower", regency_code: str | None) -> None:
        """The follower is handed nothing any more."""
        self._set_of(regency_code).discard(follower)
        if regency_code is not None and not self._narrow[regency_code]:
            del self._narrow[regency_code]

    def _set_of(self, regency_code: str | None) -> "set[Follower]":
        return self._wide if regency_code is None else self._narrow.setdefault(regency_code, set())

    def _hand_out(self, events: Sequence[Event]) -> None:
        for event in events:
            for follower in self._wide:
                follower.take(event)
            for code in event.regency_codes:
                for follower in self._narrow.get(code, ()):
                    follower.take(event)

    async def _tidy(self) -> None:
        """Now and then, remove what is too old."""
        now = asyncio.get_running_loop().time()
        if now - self._tidied_at >= _TIDY_SECONDS:
            self._tidied_at = now
            await remove_events(self._database.jobs, self._clock() - self._kept)


class Follower:
    """One who follows: what concerns it after a position, in order, at its own pace."""

    def __init__(self, feed: EventFeed, session: Session, interest: Interest, position: int) -> None:
        self._feed = feed
        self._session = session
        self._interest = interest
        self._position = position
        self._is_behind = True
        self._waiting: deque[Event] = deque()
        self._told = asyncio.Event()

    def take(self, event: Event) -> None:
        """The reader hands an event over; one too many, and all are let go, to be read from the database later."""
        if self._is_behind or not self._covers(event):
            return
        if len(self._waiting) >= WAITING_MAX:
            self._feed.counters["fell_behind"] += 1
            self._is_behind = True
            self._waiting.clear()
        else:
            self._waiting.append(event)
        self._told.set()

    async def stretches(self, regency_code: str | None) -> AsyncGenerator[Sequence[Event]]:
        """Events as they come, some at a time; raises CursorTooOld when some that it has not had are gone."""
        self._feed.join(self, regency_code)
        try:
            while True:
                if self._is_behind:
                    async for events in self._catch_up():
                        yield events
                elif self._waiting:
                    yield self._next_waiting()
                else:
                    self._told.clear()
                    await self._told.wait()
        finally:
            self._feed.leave(self, regency_code)

    def _next_waiting(self) -> list[Event]:
        waiting = self._waiting
        events = [waiting.popleft() for _ in range(min(TOGETHER_MAX, len(waiting)))]
        self._position = events[-1].position
        return events

    async def _catch_up(self) -> AsyncGenerator[Sequence[Event]]:
        """From the database, up to where the reader is now; what the reader hands out from now on waits meanwhile."""
        through = self._feed.position
        self._is_behind = False
        while self._position < through:
            upto = min(through, self._position + STRETCH)
            events = [e for e in await list_events(self._session, self._position, upto) if self._covers(e)]
            (await find_head(self._session)).require_after(self._position)
            self._position = upto
            for start in range(0, len(events), TOGETHER_MAX):
                yield events[start : start + TOGETHER_MAX]

    def _covers(self, event: Event) -> bool:
        return event.position > self._position and self._interest.covers(
            event.topic, event.regency_codes, is_sensitive=event.is_sensitive
        )
