"""Which operation runs, and what is refused before any does."""

from itertools import pairwise

import pytest

from execution.executor import Executor, Limits
from execution.operation import Reason
from execution.response import Way
from tests.execution.small import both, make

SCHEMA = make("type Query { a: Int b: Int inner: Query } type Mutation { a: Int }")
SEVERAL = "query One { a } query Two { b } mutation Three { a }"


@pytest.mark.parametrize(("name", "data"), [("One", {"a": 1}), ("Two", {"b": 2}), ("Three", {"a": 1})])
async def test_the_named_operation_runs(name: str, data: object) -> None:
    assert await both(SCHEMA, SEVERAL, operation_name=name, root={"a": 1, "b": 2}) == {"data": data}


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        (SEVERAL, None, "Must provide operation name if query contains multiple operations."),
        (SEVERAL, "Four", "Unknown operation named 'Four'."),
        (SEVERAL, "", "Unknown operation named ''."),
        ("{ a }", "Four", "Unknown operation named 'Four'."),
        ("{", None, "Syntax Error: Expected Name, found <EOF>."),
        ("", None, "Syntax Error: Unexpected <EOF>."),
        ("{ c }", None, "Cannot query field 'c' on type 'Query'. Did you mean 'a' or 'b'?"),
        ("subscription { a }", None, "The subscription operation is not supported by the schema."),
    ],
)
async def test_what_cannot_run_is_refused_without_data(query: str, name: str | None, message: str) -> None:
    executor = Executor(SCHEMA)
    for _ in range(2):  # the second time from the cache
        response = await executor.execute(query, operation_name=name)
        assert [error.message for error in response.errors] == [message]
        assert (response.executed, response.way, b'"data"' in response.body) == (False, Way.NONE, False)


async def test_a_document_of_fragments_only_has_nothing_to_run() -> None:
    executor = Executor(SCHEMA, rules=[])
    response = await executor.execute("fragment F on Query { a }")
    assert response.errors[0].message == "Must provide an operation."


async def test_a_document_of_too_many_tokens_is_refused() -> None:
    executor = Executor(SCHEMA, limits=Limits(tokens=10))
    response = await executor.execute("{ a a a a a a a a a a }")
    assert "Document contains more than 10 tokens" in response.errors[0].message


@pytest.mark.parametrize(
    ("limits", "query", "reason"),
    [
        (Limits(fields_per_plan=3), "{ a b inner { a } }", Reason.TOO_LARGE),
        (Limits(depth=2), "{ inner { inner { a } } }", Reason.TOO_DEEP),
    ],
)
async def test_an_operation_that_expands_too_far_goes_to_graphql_core(
    limits: Limits, query: str, reason: Reason
) -> None:
    executor = Executor(SCHEMA, limits=limits)
    root = {"a": 1, "b": 2, "inner": {"a": 3, "inner": {"a": 4}}}
    response = await executor.execute(query, root=root)
    assert (response.way, response.reason, response.errors) == (Way.GRAPHQL_CORE, reason, ())
    assert executor.counters.graphql_core == {reason: 1}


async def test_fragments_that_multiply_do_not_make_a_plan_explode() -> None:
    names = [f"F{number}" for number in range(20)]
    fragments = [
        f"fragment {name} on Query {{ x: inner {{ ...{below} }} y: inner {{ ...{below} }} }}"
        for name, below in pairwise(names)
    ]
    query = "\n".join(["{ ...F0 }", *fragments, "fragment F19 on Query { a }"])
    response = await Executor(SCHEMA).execute(query, root={"inner": None})
    assert response.reason is Reason.TOO_LARGE
    assert response.body == b'{"data":{"x":null,"y":null}}'


async def test_the_response_tells_what_ran() -> None:
    response = await Executor(SCHEMA).execute("mutation Change { a }", root={"a": 1})
    assert response.operation_name == "Change"
    assert response.operation_type is not None
    assert response.operation_type.value == "mutation"
    assert (response.executed, response.had_errors, response.way) == (True, False, Way.PLAN)
