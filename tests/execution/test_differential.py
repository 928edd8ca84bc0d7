"""The executor beside graphql-core: the same data, errors and order for any operation.

Every example runs three times. graphql-core on the synchronous twin of the schema says what the answer
is, to the order of keys and of errors: it runs depth first then, and so do our errors come, whatever ran
at the same time. graphql-core on our own, asynchronous schema must give the same data; which of several
errors under one nulled place it reports, and in which order, depends there on the event loop, so errors
are compared as a sorted list of those that null their own place, and of the places that errors nulled.

500 examples by default; EXECUTION_EXAMPLES=20000 is the long run, with new examples each time, and
EXECUTION_SHRINK=1 makes a failing example small.
"""

import asyncio
import json
import os
from random import Random
from typing import Any

import pytest
from graphql import GraphQLSchema, execute, execute_sync, located_error, parse
from hypothesis import HealthCheck, Phase, find, given, settings

from execution import batching, complete, executor, run
from execution.batching import Keys
from execution.collect import Collector
from execution.complete import Completion, path_list
from execution.executor import Executor
from execution.leaves import NeedsCare
from execution.levels import Column, Level
from tests.execution.operations import Example, examples
from tests.execution.twins import build
from tests.execution.world import World

COUNT = int(os.environ.get("EXECUTION_EXAMPLES", "500"))
PLAN, SYNC = build("plan"), build("sync")
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
SETTINGS = settings(
    max_examples=COUNT,
    deadline=None,
    derandomize=COUNT <= 500,
    suppress_health_check=QUIET,
    database=None,
    phases=[Phase.generate, Phase.shrink] if os.environ.get("EXECUTION_SHRINK") else [Phase.generate],
)


def answer_of(result: Any) -> dict[str, Any]:
    """graphql-core's answer, as the client gets it."""
    errors = [error.formatted for error in result.errors or ()]
    return json.loads(json.dumps({"errors": errors, "data": result.data}))


def own(body: bytes) -> dict[str, Any]:
    answer = json.loads(body)
    return {"errors": answer.get("errors", []), "data": answer.get("data")}


def essence(answer: dict[str, Any]) -> list[str]:
    """What does not depend on the order in which asynchronous errors were found."""
    found = set()
    for error in answer["errors"]:
        value, path = answer["data"], error.get("path", [])
        for depth, key in enumerate(path):
            if value is None:
                found.add(f"nulled {path[:depth]}")
                break
            value = value[key]
        else:
            found.add(json.dumps(error, sort_keys=True))
    return sorted(found)


class Sides:
    """Both executors of one schema."""

    def __init__(self) -> None:
        self.executor = Executor(PLAN)

    def is_valid(self, example: Example) -> bool:
        return not self.executor.prepare(example.query).errors

    async def ours(self, example: Example) -> dict[str, Any]:
        response = await self.executor.execute(
            example.query, example.variables, example.name, World(example.seed, example.rate)
        )
        return own(response.body)

    async def core(self, example: Example, schema: GraphQLSchema) -> dict[str, Any]:
        world = World(example.seed, example.rate)
        document = parse(example.query)
        arguments: Any = (schema, document, None, world, example.variables, example.name)
        if schema is SYNC:
            return answer_of(execute_sync(*arguments))
        result: Any = execute(*arguments)
        return answer_of(await result if asyncio.iscoroutine(result) else result)


SIDES = Sides()


async def finish() -> None:
    """Wait for what graphql-core leaves running: type checks whose answer was not needed."""
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.gather(*left, return_exceptions=True)


async def compare_exactly(sides: Sides, example: Example) -> dict[str, Any]:
    """Our answer, which must be that of the synchronous twin."""
    assert sides.is_valid(example)
    ours = await sides.ours(example)
    assert await sides.ours(example) == ours  # with what is compiled for the second run
    exact = await sides.core(example, SYNC)
    assert json.dumps(ours["data"]) == json.dumps(exact["data"])
    assert ours["errors"] == exact["errors"]
    return ours


async def compare(sides: Sides, example: Example) -> None:
    ours = await compare_exactly(sides, example)
    concurrent = await sides.core(example, PLAN)
    await finish()
    assert json.dumps(ours["data"]) == json.dumps(concurrent["data"])
    assert essence(ours) == essence(concurrent)


# graphql-core cancels what an error made needless, and some of that has not been started.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@given(example=examples(SYNC))
@SETTINGS
def test_any_operation_is_answered_as_graphql_core_answers_it(example: Example) -> None:
    asyncio.run(compare(SIDES, example))


def test_the_careful_writer_alone_gives_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_level: Any) -> Any:
        raise NeedsCare

    for module in (executor, complete):
        monkeypatch.setattr(module, "rows", refuse)

    @given(example=examples(SYNC))
    @settings(SETTINGS, max_examples=min(COUNT, 150))
    def alone(example: Example) -> None:
        asyncio.run(compare_exactly(SIDES, example))

    alone()


def swallow(self: Completion, column: Column, layer: int, position: int, path: Any) -> Any:
    """Null propagation that stops one level too early."""
    try:
        return self._value(column, layer, position, path)
    except Exception as error:  # noqa: BLE001  # as the method that it stands for
        self._errors.append(located_error(error, column.step.nodes, path_list(path)))
        return None


def first_only(self: Collector, type_: Any, selection_sets: Any) -> Any:
    """Fields of one key that are not merged."""
    return {key: nodes[:1] for key, nodes in COLLECT(self, type_, selection_sets).items()}


def turned(raw: Any) -> Keys:
    """Values that go to the wrong parents."""
    keys = KEYS(raw)
    return Keys(keys.distinct[::-1], keys.index, keys.errors, keys.has_null)


def turned_round(self: Completion, level: Level, number: int) -> Any:
    data, errors = ROOT(self, level, number)
    return data, errors[::-1]


COLLECT, KEYS, ROOT = Collector.fields, batching.keys_of, Completion.root
SEEDED = {
    "nulls stop too early": (Completion, "_guarded", swallow),
    "nulls are not seen": (Column, "check_nulls", lambda _column, _flags: None),
    "fields are not merged": (Collector, "fields", first_only),
    "conditions are ignored": (Collector, "included", lambda _collector, _node: True),
    "values go to the wrong parents": (run, "keys_of", turned),
    "errors come in another order": (Completion, "root", turned_round),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fault", SEEDED)
def test_a_seeded_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, wrong = SEEDED[fault]
    monkeypatch.setattr(owner, name, wrong)

    def disagrees(example: Example) -> bool:
        try:
            asyncio.run(compare_exactly(Sides(), example))
        except Exception:  # noqa: BLE001  # whatever the fault leads to
            return True
        return False

    assert find(examples(SYNC), disagrees, settings=settings(SETTINGS, max_examples=500), random=Random(1))
