"""A second call beside one that is late: which of them counts, and that the other one ends."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hub.domain.errors import Retriable
from hub.federation.hedge import Hedge

SOON, NEVER = 0.0, 3600.0


class Stage:
    """Two calls whose ends the test decides, and a note of what became of them."""

    def __init__(self) -> None:
        self.ends: dict[str, asyncio.Future[str]] = {}
        self.begun = {"first": asyncio.Event(), "second": asyncio.Event()}
        self.cancelled: list[str] = []
        self.hedge = Hedge(lambda: self.call("second"))

    async def call(self, name: str) -> str:
        self.ends[name] = asyncio.get_running_loop().create_future()
        self.begun[name].set()
        try:
            return await self.ends[name]
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise

    def run(self, late_after: float = SOON) -> "asyncio.Task[str]":
        return asyncio.create_task(self.hedge.run(self.call("first"), late_after))

    def end(self, name: str, outcome: str | Exception) -> None:
        if isinstance(outcome, Exception):
            self.ends[name].set_exception(outcome)
        else:
            self.ends[name].set_result(outcome)


async def both_run(stage: Stage) -> "asyncio.Task[str]":
    task = stage.run()
    await stage.begun["second"].wait()
    return task


def failure(source: str) -> Retriable:
    return Retriable(source, "is away", reason="UNREACHABLE")


async def test_a_call_that_is_in_time_is_the_only_one() -> None:
    stage = Stage()
    task = stage.run(NEVER)
    await stage.begun["first"].wait()
    stage.end("first", "1")
    assert await task == "1"
    assert (set(stage.ends), stage.hedge.has_won) == ({"first"}, False)


async def test_a_call_that_fails_in_time_is_not_made_again() -> None:
    stage = Stage()
    task = stage.run(NEVER)
    await stage.begun["first"].wait()
    stage.end("first", failure("1"))
    with pytest.raises(Retriable) as caught:
        await task
    assert (caught.value.source, set(stage.ends)) == ("1", {"first"})


async def test_when_there_may_be_no_second_call_the_first_is_waited_for() -> None:
    stage = Stage()
    asked = asyncio.Event()
    stage.hedge = Hedge(asked.set)
    task = stage.run()
    await asked.wait()
    stage.end("first", "1")
    assert (await task, stage.hedge.has_won) == ("1", False)


@pytest.mark.parametrize(("winner", "loser"), [("first", "second"), ("second", "first")])
async def test_the_first_answer_counts_and_the_other_call_is_cancelled(winner: str, loser: str) -> None:
    stage = Stage()
    task = await both_run(stage)
    stage.end(winner, winner)
    assert await task == winner
    await asyncio.sleep(0)
    assert (stage.cancelled, stage.hedge.has_won) == ([loser], winner == "second")
    assert task.cancelling() == 0


async def test_of_two_answers_at_the_same_moment_one_counts() -> None:
    stage = Stage()
    task = await both_run(stage)
    stage.end("second", "2")
    stage.end("first", "1")
    assert await task in {"1", "2"}
    assert task.cancelling() == 0


@pytest.mark.parametrize(("failing", "answering"), [("first", "second"), ("second", "first")])
async def test_when_one_fails_the_other_is_waited_for(failing: str, answering: str) -> None:
    stage = Stage()
    task = await both_run(stage)
    stage.end(failing, failure(failing))
    await asyncio.sleep(0.01)
    assert not task.done()
    stage.end(answering, answering)
    assert (await task, stage.hedge.has_won) == (answering, answering == "second")


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
async def test_when_both_fail_the_error_of_the_last_is_told(order: tuple[str, str]) -> None:
    stage = Stage()
    task = await both_run(stage)
    for name in order:
        stage.end(name, failure(name))
        await asyncio.sleep(0.01)
    with pytest.raises(Retriable) as caught:
        await task
    assert (caught.value.source, stage.hedge.has_won) == (order[1], False)


async def nothing(_: Stage) -> None:
    """Both calls are under way."""


async def first_failed(stage: Stage) -> None:
    stage.end("first", failure("first"))
    await asyncio.sleep(0.01)


async def second_answered(stage: Stage) -> None:
    """In the same turn of the loop in which the caller leaves."""
    stage.end("second", "2")


@pytest.mark.parametrize("before", [nothing, first_failed, second_answered])
async def test_a_caller_who_leaves_ends_both(before: Callable[[Stage], Awaitable[None]]) -> None:
    stage = Stage()
    task = await both_run(stage)
    await before(stage)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert all(end.done() for end in stage.ends.values())


async def test_a_caller_who_leaves_in_the_moment_in_which_the_second_call_wins_has_left() -> None:
    stage = Stage()
    task = await both_run(stage)
    assert stage.hedge._second is not None
    stage.hedge._second.add_done_callback(lambda _: task.cancel())
    stage.end("second", "2")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.hedge.has_won


async def test_a_deadline_around_both_ends_both() -> None:
    stage = Stage()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await stage.hedge.run(stage.call("first"), SOON)
    await asyncio.sleep(0)
    assert sorted(stage.cancelled) == ["first", "second"]
