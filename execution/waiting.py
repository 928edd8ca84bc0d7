"""Asynchronous work of a level: started together, cancelled together."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Coroutine, Sequence
from typing import Any

from graphql.pyutils import is_awaitable

from execution.kinds import STREAM, kind

Pending = list[Coroutine[Any, Any, None]]


class Cancelled(Exception):
    """Something that a field waited for was cancelled, and the request was not."""

    def __init__(self) -> None:
        super().__init__("The work of this field was cancelled.")


async def together(pending: Pending) -> None:
    """Run everything at the same time; if the request is cancelled, all of it is, at once."""
    if len(pending) < 2:
        for only in pending:
            await only
        return
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
