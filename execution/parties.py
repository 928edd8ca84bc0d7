"""Requests that run together: one walk through a plan for all who ask the same of other objects.

A level costs nearly the same for one object as for ten. So requests of one plan that arrive in the same turn of the event loop
become one run with a root for each, if nothing but the arguments of their root fields tells them apart (`Plan.may_join`) and
their callers may stand in for each other. Each has its own answer, with its own errors, and may go before it is there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from graphql.execution.values import VariableValues

from execution.fallback import CoreRequest
from execution.plan import Plan
from execution.response import Response

Fellow = tuple[CoreRequest, VariableValues]
Run = Callable[[Plan, Sequence[Fellow]], Awaitable[Sequence[Response]]]
_Key = tuple[Plan, int, int]


class Parties:
    """Gathers requests until the turn of the event loop is over."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._gathering: dict[_Key, _Party] = {}

    def join(self, plan: Plan, company: object, fellow: Fellow) -> Coroutine[Any, Any, Response]:
        """The answer to a request, which runs with others of the same plan, company and root object."""
        key = (plan, id(company), id(fellow[0].root))
        party = self._gathering.get(key)
        if party is None:
            party = self._gathering[key] = _Party(plan, company)
            asyncio.get_running_loop().call_soon(self._leave, key, party)
        answer = party.join(fellow)
        if len(party.fellows) == plan.most_together:
            self._leave(key, party)
        return answer

    def _leave(self, key: _Key, party: "_Party") -> None:
        if not party.has_left:
            del self._gathering[key]
            party.leave(self._run)


class _Party:
    """Requests that run together. `company` is kept so that no other object can have its id meanwhile."""

    __slots__ = ("_answers", "_company", "_plan", "_task", "_waiting", "fellows")

    def __init__(self, plan: Plan, company: object) -> None:
        self._plan = plan
        self._company = company
        self._answers: list[asyncio.Future[Response]] = []
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None
        self.fellows: list[Fellow] = []

    @property
    def has_left(self) -> bool:
        """Whether it runs: nobody can join any more."""
        return self._task is not None

    def join(self, fellow: Fellow) -> Coroutine[Any, Any, Response]:
        """The answer to one more."""
        self.fellows.append(fellow)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._waiting += 1
        return self._answered(answer)

    def leave(self, run: Run) -> None:
        """Begin to run."""
        self._task = asyncio.get_running_loop().create_task(self._go(run))

    async def _go(self, run: Run) -> None:
        try:
            for answer, response in zip(self._answers, await run(self._plan, self.fellows), strict=True):
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
