"""Waiting for what other processes tell."""

import asyncio

import pytest

from hub.store.listen import heard


async def test_what_is_told_is_heard_at_once_and_silence_ends_after_its_time() -> None:
    told = asyncio.Event()
    assert await heard(told, 0.01) is False
    told.set()
    assert await heard(told, 60) is True


async def test_a_cancellation_that_comes_together_with_what_was_told_gets_through() -> None:
    told = asyncio.Event()
    waiting = asyncio.create_task(heard(told, 60))
    await asyncio.sleep(0)
    told.set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_cancellation_that_comes_together_with_the_end_of_the_time_gets_through() -> None:
    waiting = asyncio.create_task(heard(asyncio.Event(), 0))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
