"""What a plan does not cover goes to graphql-core by rule; guards, masks and batches are there on both ways."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from graphql import (
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    GraphQLStreamDirective,
    execute,
    parse,
    specified_directives,
)
from graphql.type.directives import GraphQLDisableErrorPropagationDirective

from execution.batch import Batch
from execution.collect import Selection
from execution.document import Document
from execution.executor import Executor
from execution.fallback import Telling, Together
from execution.loader import bind, selection_of
from execution.operation import Operation, Reason
from execution.response import Way
from tests.execution.small import make

SDL = """
type Query { rows: [Row!] must: Row! broken: Int }
type Row { id: Int code: String twice(by: Int = 2): Int must: Int! }
type Mutation { change: Int }
type Subscription { ticks(to: Int!): Int row: Row }
"""
ROWS = [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}, {"id": 1, "code": None}]


class Calls:
    """One batch function and how often it was called."""

    def __init__(self) -> None:
        self.keys: list[list[Any]] = []
        self.contexts: list[Any] = []

    async def twice(self, context: Any, keys: Sequence[Any], by: int) -> list[int]:
        self.keys.append(list(keys))
        self.contexts.append(context)
        return [key * by for key in keys]


async def ticks(_source: Any, _info: Any, to: int) -> AsyncIterator[dict[str, int]]:
    for number in range(to):
        yield {"ticks": number}


def schema_of(calls: Calls | None = None) -> GraphQLSchema:
    batch = Batch((calls or Calls()).twice, lambda row: row["id"])
    schema = make(SDL, {"Row.twice": batch})
    types: Any = schema.type_map
    types["Subscription"].fields["ticks"].subscribe = ticks
    return GraphQLSchema(
        **{
            **schema.to_kwargs(),
            "directives": (
                *specified_directives,
                GraphQLDeferDirective,
                GraphQLStreamDirective,
                GraphQLDisableErrorPropagationDirective,
            ),
        }
    )


@pytest.mark.parametrize(
    ("query", "reason", "data"),
    [
        (
            "{ __schema { queryType { name } } rows { id } }",
            Reason.INTROSPECTION,
            {"__schema": {"queryType": {"name": "Query"}}},
        ),
        ('{ __type(name: "Row") { name } }', Reason.INTROSPECTION, {"__type": {"name": "Row"}}),
        (
            '{ ...F } fragment F on Query { __type(name: "Row") { name } }',
            Reason.INTROSPECTION,
            {"__type": {"name": "Row"}},
        ),
        ("{ rows { id ... @defer { code } } }", Reason.INCREMENTAL, {}),
        ("{ rows @stream(initialCount: 1) { id } }", Reason.INCREMENTAL, {}),
        (
            "query @experimental_disableErrorPropagation { must { must } }",
            Reason.ERROR_PROPAGATION,
            {"must": {"must": None}},
        ),
    ],
)
async def test_the_rule_is_named_counted_and_answers(query: str, reason: Reason, data: dict[str, Any]) -> None:
    executor = Executor(schema_of())
    response = await executor.execute(query, root={"rows": ROWS, "must": {"id": 1}})
    assert (response.way, response.reason, response.executed) == (Way.GRAPHQL_CORE, reason, True)
    assert executor.counters.graphql_core == {reason: 1}
    assert executor.counters.planned == 0
    answer = json.loads(response.body)["data"]
    assert data.items() <= answer.items()
    if "rows" in answer:
        assert [row["id"] for row in answer["rows"]] == [1, 2, 1]


async def test_an_operation_whose_root_type_is_missing_is_left_to_graphql_core() -> None:
    schema = make("type Query { a: Int }")
    executor = Executor(schema, rules=[])
    response = await executor.execute("mutation { a }")
    assert response.reason is Reason.NO_ROOT_TYPE
    assert response.body == (
        b'{"errors":[{"message":"Schema is not configured to execute mutation operation.",'
        b'"locations":[{"line":1,"column":1}]}],"data":null}'
    )


WAYS = {"plan": "{ rows { id twice } }", "graphql-core": "{ rows { id twice } __schema { queryType { name } } }"}


@pytest.mark.parametrize("way", WAYS)
async def test_a_batch_is_called_once_per_level_on_both_ways(way: str) -> None:
    calls, context = Calls(), object()
    response = await Executor(schema_of(calls)).execute(WAYS[way], root={"rows": ROWS}, context=context)
    assert json.loads(response.body)["data"]["rows"] == [
        {"id": 1, "twice": 2},
        {"id": 2, "twice": 4},
        {"id": 1, "twice": 2},
    ]
    assert calls.keys == [[1, 2]]
    assert calls.contexts == [context]


async def test_requests_share_a_call_of_the_loader_only_if_they_share_their_context() -> None:
    calls = Calls()
    executor = Executor(schema_of(calls))
    await asyncio.gather(
        *(executor.execute(WAYS["graphql-core"], root={"rows": ROWS}, context=context) for context in ("x", "y", "x"))
    )
    assert sorted(calls.contexts) == ["x", "y"]


async def test_the_loader_keeps_arguments_apart() -> None:
    calls = Calls()
    query = "{ rows { a: twice b: twice(by: 3) c: twice(by: 2) } __typename __schema { queryType { name } } }"
    response = await Executor(schema_of(calls)).execute(query, root={"rows": ROWS[:1]})
    assert json.loads(response.body)["data"]["rows"] == [{"a": 2, "b": 3, "c": 2}]
    assert len(calls.keys) == 2


async def test_a_bound_schema_runs_in_graphql_core_without_the_executor() -> None:
    schema = make(SDL, {"Row.twice": Batch(Calls().twice, lambda row: row["id"]), "Row.code": "code"})
    bind(schema)
    bind(schema)
    result: Any = execute(schema, parse("{ rows { twice } }"), {"rows": ROWS})
    assert (await result).data == {"rows": [{"twice": 2}, {"twice": 4}, {"twice": 2}]}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_guards_see_every_request_before_anything_runs(way: str, asynchronous: bool) -> None:
    calls, seen = Calls(), []

    def refuse(document: Document, operation: Operation, variables: Mapping[str, Any], context: Any) -> None:
        seen.append((document.text, operation.type.value, dict(variables), context))
        raise GraphQLError("not you", extensions={"code": "FORBIDDEN"})

    async def refuse_later(*arguments: Any) -> None:
        refuse(*arguments)

    executor = Executor(schema_of(calls), guards=[refuse_later if asynchronous else refuse])
    query = f"query ($n: Int = 4) {WAYS[way].replace('twice', 'twice(by: $n)')}"
    response = await executor.execute(query, context="me", root={"rows": ROWS})
    assert seen == [(query, "query", {"n": 4}, "me")]
    assert (response.executed, response.way, calls.keys) == (False, Way.NONE, [])
    assert response.body == b'{"errors":[{"message":"not you","extensions":{"code":"FORBIDDEN"}}]}'


async def test_a_guard_that_lets_through_changes_nothing() -> None:
    seen = []
    executor = Executor(schema_of(), guards=[lambda *_: seen.append(1), lambda *_: seen.append(2)])
    assert (await executor.execute(WAYS["plan"], root={"rows": []})).body == b'{"data":{"rows":[]}}'
    assert seen == [1, 2]


async def test_another_exception_of_a_guard_is_the_callers() -> None:
    def broken(*_: Any) -> None:
        raise LookupError("bug")

    with pytest.raises(LookupError, match="bug"):
        await Executor(schema_of(), guards=[broken]).execute(WAYS["plan"])


@pytest.mark.parametrize(
    "query", ["{ broken }", "{ broken __schema { queryType { name } } }", "{ broken", "{ missing }"]
)
async def test_every_error_goes_through_the_mask(query: str) -> None:
    executor = Executor(schema_of(), format_error=lambda _error: {"message": "masked", "extensions": {"code": "BUG"}})
    response = await executor.execute(query, root={"broken": ValueError("secret")})
    answer = json.loads(response.body)
    assert answer["errors"] == [{"message": "masked", "extensions": {"code": "BUG"}}]
    assert response.errors[0].message != "masked"


async def test_a_subscription_is_run_by_graphql_core_event_by_event() -> None:
    executor = Executor(schema_of())
    bodies = [
        response.body async for response in executor.subscribe("subscription ($to: Int!) { ticks(to: $to) }", {"to": 3})
    ]
    assert bodies == [b'{"data":{"ticks":0}}', b'{"data":{"ticks":1}}', b'{"data":{"ticks":2}}']
    assert executor.counters.graphql_core == {Reason.SUBSCRIPTION: 1}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ broken }", "Expected subscription operation."),
        ("subscription { missing }", "Cannot query field 'missing' on type 'Subscription'."),
        ("subscription { row { id } }", "Subscription field must return AsyncIterable. Received: None."),
    ],
)
async def test_a_subscription_that_cannot_start_is_one_response(query: str, message: str) -> None:
    responses = [response async for response in Executor(schema_of()).subscribe(query)]
    assert [[error.message for error in response.errors] for response in responses] == [[message]]


def _following(source: Any, calls: Calls | None = None) -> Executor:
    schema = schema_of(calls)
    types: Any = schema.type_map
    types["Subscription"].fields["row"].subscribe = source
    return Executor(schema)


async def test_events_that_come_together_are_told_one_by_one_in_a_context_of_their_own() -> None:
    async def source(_source: Any, info: Any) -> AsyncIterator[Any]:
        assert info.context == "of the source"
        yield Together({"row": row} for row in ROWS)
        yield {"row": ROWS[1]}

    contexts = iter(["first", "second"])
    calls = Calls()
    executor = _following(source, calls)
    responses = executor.subscribe(
        "subscription { row { code twice } }", context="of the source", telling=Telling(lambda: next(contexts))
    )
    bodies = [response.body async for response in responses]
    assert bodies == [
        b'{"data":{"row":{"code":"a","twice":2}}}',
        b'{"data":{"row":{"code":"b","twice":4}}}',
        b'{"data":{"row":{"code":null,"twice":2}}}',
        b'{"data":{"row":{"code":"b","twice":4}}}',
    ]
    assert list(dict.fromkeys(calls.contexts)) == ["first", "second"]


async def test_a_source_that_fails_ends_with_a_response_that_says_so() -> None:
    async def source(_source: Any, _info: Any) -> AsyncIterator[Any]:
        yield {"row": ROWS[0]}
        raise ValueError("the source is dry")

    responses = [response async for response in _following(source).subscribe("subscription { row { id } }")]
    assert [response.executed for response in responses] == [True, False]
    assert [error.message for error in responses[1].errors] == ["the source is dry"]


async def test_events_that_take_too_long_end_the_subscription_and_its_source() -> None:
    closed: list[bool] = []

    async def source(_source: Any, _info: Any) -> AsyncIterator[Any]:
        try:
            yield {"row": asyncio.sleep(60)}
        finally:
            closed.append(True)

    telling = Telling(lambda: None, 0.01)
    responses = [r async for r in _following(source).subscribe("subscription { row { id } }", telling=telling)]
    (last,) = responses
    assert not last.executed
    assert isinstance(last.errors[0].original_error, TimeoutError)
    assert closed == [True]


async def test_a_resolver_can_ask_what_is_selected_below_it() -> None:
    seen: list[Selection] = []
    schema = make(SDL)
    index = bind(schema)
    types: Any = schema.type_map
    types["Query"].fields["rows"].resolve = lambda _source, info: seen.append(selection_of(info, index))
    query = "query ($no: Boolean!) { rows { x: id code @include(if: $no) } }"
    await Executor(schema).execute(query, {"no": False})
    assert seen[0].names == {"id"}
