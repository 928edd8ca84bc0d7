"""Many things that time out, one timer."""

import asyncio
import time

import pytest

from server.timeouts import Deadline, Timeouts

SOON = 0.05


class Thing:
    def __init__(self) -> None:
        self.expired_at: float | None = None

    def expire(self) -> None:
        self.expired_at = time.monotonic()


async def test_each_is_told_when_its_own_time_is_up_and_who_stopped_is_not() -> None:
    timeouts = Timeouts(SOON)
    first, stopped, last = Thing(), Thing(), Thing()
    begun = time.monotonic()
    timeouts.start(first)
    timeouts.start(stopped)
    await asyncio.sleep(SOON / 2)
    timeouts.start(last)
    timeouts.stop(stopped)
    await asyncio.sleep(SOON * 3)
    assert stopped.expired_at is None
    assert first.expired_at is not None
    assert last.expired_at is not None
    assert SOON <= first.expired_at - begun < last.expired_at - begun
    assert last.expired_at - begun >= 1.5 * SOON


async def test_who_starts_anew_has_all_of_the_time_again() -> None:
    timeouts = Timeouts(SOON)
    thing, other = Thing(), Thing()
    timeouts.start(thing)
    timeouts.start(other)
    await asyncio.sleep(SOON / 2)
    timeouts.start(thing)
    await asyncio.sleep(SOON * 3)
    assert thing.expired_at is not None
    assert other.expired_at is not None
    assert thing.expired_at > other.expired_at


async def test_a_block_that_takes_too_long_is_cancelled_and_the_task_goes_on() -> None:
    timeouts = Timeouts(SOON)
    with pytest.raises(TimeoutError), Deadline(timeouts):
        await asyncio.sleep(60)
    with Deadline(timeouts):
        await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_block_that_others_cancel_is_not_out_of_time() -> None:
    async def wait() -> None:
        with Deadline(Timeouts(60)):
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
