"""Requests that run together: one walk through a plan for all who ask the same of other objects.

A level costs nearly the same for one object as for ten. So requests of one plan and one caller that arrive in the same turn of
the event loop become one run with a root for each, if nothing but the arguments of their root fields tells them apart
(`Plan.may_join`). Each has its own answer, with its own errors, and may go before it is there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from graphql.execution.values import VariableValues

from execution.fallback import CoreRequest
from execution.plan import Plan
from execution.response import Response

Asked = tuple[CoreRequest, VariableValues]
"""A request, and its coerced variables."""

RunTogether = Callable[[Plan, Sequence[Asked]], Awaitable[Sequence[Response]]]
_Key = tuple[Plan, int, int]


class SharedRuns:
    """Gathers requests until the turn of the event loop is over."""

    def __init__(self, run: RunTogether) -> None:
        self._run = run
        self._gathering: dict[_Key, _SharedRun] = {}

    def join(self, plan: Plan, caller: object, asked: Asked) -> Coroutine[Any, Any, Response]:
        """The answer to a request, which runs with others of the same plan, caller and root object."""
        key = (plan, id(caller), id(asked[0].root))
        shared = self._gathering.get(key)
        if shared is None:
            shared = self._gathering[key] = _SharedRun(plan, caller)
            asyncio.get_running_loop().call_soon(self._begin, key, shared)
        answer = shared.join(asked)
        if len(shared.asked) == plan.most_together:
            self._begin(key, shared)
        return answer

    def _begin(self, key: _Key, shared: "_SharedRun") -> None:
        if self._gathering.get(key) is shared:
            del self._gathering[key]
            shared.begin(self._run)


class _SharedRun:
    """Requests that run together. `caller` is kept so that no other object can have its id meanwhile."""

    __slots__ = ("_answers", "_caller", "_plan", "_task", "_waiting", "asked")

    def __init__(self, plan: Plan, caller: object) -> None:
        self._plan = plan
        self._caller = caller
        self._answers: list[asyncio.Future[Response]] = []
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None
        self.asked: list[Asked] = []

    def join(self, asked: Asked) -> Coroutine[Any, Any, Response]:
        """The answer to one more."""
        self.asked.append(asked)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._waiting += 1
        return self._answered(answer)

    def begin(self, run: RunTogether) -> None:
        """Run for those who still wait, if anybody does."""
        if self._waiting:
            self._task = asyncio.get_running_loop().create_task(self._go(run))

    async def _go(self, run: RunTogether) -> None:
        try:
            for answer, response in zip(self._answers, await run(self._plan, self.asked), strict=True):
                if not answer.done():
                    answer.set_result(response)
        except Exception as error:  # noqa: BLE001  # whoever waits is told
            for answer in self._answers:
                if not answer.done():
                    answer.set_exception(error)
        finally:
            for answer in self._answers:
                answer.cancel()  # those that are left if the run was cancelled

    async def _answered(self, answer: asyncio.Future[Response]) -> Response:
        """One's own answer; when nobody waits any more, the run is cancelled, and its queries with it."""
        try:
            return await answer
        except asyncio.CancelledError:
            self._waiting -= 1
            if not self._waiting and self._task is not None:
                self._task.cancel()
            raise
