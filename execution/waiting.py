"""What a request has to wait for: begun together, cancelled together, and asked together where one source is asked."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from graphql.pyutils import is_awaitable

from execution.joint import Joint
from execution.kinds import AWAITABLE, STREAM, kind

Receive = Callable[[Any], None]
"""Goes on with what was waited for, or with its error."""


class Cancelled(Exception):
    """Something that a field waited for was cancelled, and the request was not."""

    def __init__(self) -> None:
        super().__init__("The work of this field was cancelled.")


class Waiting:
    """Gathers what is to be waited for while a request does what can be done at once, and then waits for all of it."""

    __slots__ = ("_pending", "_wave")

    def __init__(self) -> None:
        self._pending: list[tuple[Awaitable[Any], Receive]] = []
        self._wave: list[tuple[Joint[Any], Receive]] = []

    def add(self, value: Any, receive: Receive) -> None:
        """Go on with a value as soon as it is there, which may be now."""
        if type(value) is Joint:
            self._wave.append((value, receive))
        elif kind(type(value)) & AWAITABLE:
            self._pending.append((value, receive))
        else:
            receive(value)

    async def over(self) -> None:
        """Wait for everything, and for what comes of it; what stands alone needs no task of its own."""
        while self._pending or self._wave:
            pending = self._taken()
            if len(pending) > 1:
                await together([self._follow(awaitable, receive) for awaitable, receive in pending])
                return
            awaitable, receive = pending[0]
            receive(await outcome(awaitable))

    async def _follow(self, awaitable: Awaitable[Any], receive: Receive) -> None:
        receive(await outcome(awaitable))
        await self.over()

    def _taken(self) -> list[tuple[Awaitable[Any], Receive]]:
        """All that has gathered: one question for each source, and what is awaited by itself."""
        pending, wave = self._pending, self._wave
        self._pending = []
        if wave:
            self._wave = []
            while wave:
                source = wave[0][0].source
                part = [asked for asked in wave if asked[0].source is source]
                wave = [asked for asked in wave if asked[0].source is not source] if len(part) < len(wave) else []
                pending.append((source.answer([joint.question for joint, _ in part]), partial(_answered, part)))
        return pending


def _answered(wave: Sequence[tuple[Joint[Any], Receive]], answers: Any) -> None:
    """Go on with what each answer comes to, or with its error; an error in place of the answers is that of each."""
    if isinstance(answers, Exception):
        answers = [answers] * len(wave)
    for (joint, receive), answer in zip(wave, answers, strict=True):
        try:
            result = joint.finish(answer)
        except Exception as error:  # noqa: BLE001  # as of any awaitable: the field's error
            result = error
        receive(result)


async def together(pending: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run everything at the same time; if the request is cancelled, all of it is, at once."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(coroutine) for coroutine in pending]
    over = _end_of(tasks, loop)
    try:
        await over
        for task in tasks:
            task.result()
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _end_of(tasks: Sequence[asyncio.Task[None]], loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
    """Done when all tasks are, or the first of them failed. A third of what a TaskGroup costs."""
    over: asyncio.Future[None] = loop.create_future()
    running = len(tasks)

    def ended(task: asyncio.Task[None]) -> None:
        nonlocal running
        running -= 1
        if not over.done() and (not running or task.cancelled() or task.exception() is not None):
            over.set_result(None)

    for task in tasks:
        task.add_done_callback(ended)
    return over


async def settle(values: Sequence[Any], *, streams: bool) -> list[Any]:
    """The values with every awaitable (and asynchronous iterable, for a list) replaced by what it gives.

    What it raises takes its place: it is the error of that position.
    """
    settled = list(values)
    places: list[int] = []
    waiting: list[Awaitable[Any]] = []
    for place, value in enumerate(settled):
        if is_awaitable(value):
            waiting.append(value)
        elif streams and kind(type(value)) & STREAM:
            waiting.append(_drain(value))
        else:
            continue
        places.append(place)
    for place, result in zip(places, await outcomes(waiting), strict=True):
        settled[place] = result
    return settled


async def outcomes(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """What each awaitable gives or raises; they run at the same time."""
    if len(awaitables) == 1:
        return [await outcome(awaitables[0])]
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    return [Cancelled() if isinstance(r, asyncio.CancelledError) else r for r in results]


async def outcome(awaitable: Awaitable[Any]) -> Any:
    """What an awaitable gives, or the exception that it raises."""
    try:
        return await awaitable
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return Cancelled()
    except Exception as error:  # noqa: BLE001  # whatever the author's code raises is the field's error
        return error


async def _drain(stream: AsyncIterable[Any]) -> list[Any]:
    return [item async for item in stream]
