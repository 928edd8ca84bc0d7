"""The executor beside graphql-core: the same data, errors and order for any operation.

Every example runs three times. graphql-core on the synchronous twin of the schema says what the answer
is, to the order of keys and of errors: it runs depth first then, and so do our errors come, whatever ran
at the same time. graphql-core on our own, asynchronous schema must give the same data; which of several
errors under one nulled place it reports, and in which order, depends there on the event loop, so errors
are compared as a sorted list of those that null their own place, and of the places that errors nulled.
"""

import asyncio
import json
import os
from typing import Any

import pytest
from graphql import GraphQLSchema, execute, execute_sync, parse, validate
from hypothesis import HealthCheck, Phase, given, settings

from execution.executor import Executor
from tests.execution.operations import Example, examples
from tests.execution.world import World, build

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


async def finish() -> None:
    """Wait for what graphql-core leaves running: type checks whose answer was not needed."""
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.gather(*left, return_exceptions=True)


async def compare(sides: Sides, example: Example) -> None:
    assert validate(SYNC, parse(example.query)) == []
    ours = await sides.ours(example)
    assert await sides.ours(example) == ours  # with what is compiled for the second run
    exact = await sides.core(example, SYNC)
    assert json.dumps(ours["data"]) == json.dumps(exact["data"])
    assert ours["errors"] == exact["errors"]
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
    asyncio.run(compare(Sides(), example))
