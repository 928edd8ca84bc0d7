"""The other way: graphql-core runs what a plan does not cover, for a reason that is counted."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, subscribe
from graphql.execution import Executor as CoreExecutor
from graphql.execution import execute_root_selection_set
from graphql.pyutils import is_awaitable
from msgspec import Struct

from execution.document import Document
from execution.encode import writable
from execution.operation import Operation


class CoreRequest(Struct, frozen=True):
    """An operation with raw variables, as graphql-core takes it."""

    schema: GraphQLSchema
    document: Document
    operation: Operation
    variables: Mapping[str, Any]
    context: Any
    root: Any


async def execute(request: CoreRequest) -> ExecutionResult:
    """Run an operation in graphql-core. @defer and @stream are answered at once, as the draft allows."""
    core = CoreExecutor.build(
        request.schema,
        _ast(request),
        request.root,
        request.context,
        dict(request.variables),
        request.operation.name,
    )
    if isinstance(core, list):
        return ExecutionResult(None, core)
    result: Any = execute_root_selection_set(core)
    if is_awaitable(result):
        result = await result
    return written(result)


async def events(request: CoreRequest) -> AsyncIterator[ExecutionResult]:
    """The events of a subscription, or one result with the errors that kept it from starting."""
    stream: Any = subscribe(
        request.schema,
        _ast(request),
        request.root,
        request.context,
        dict(request.variables),
        request.operation.name,
    )
    if is_awaitable(stream):
        stream = await stream
    if isinstance(stream, ExecutionResult):
        yield stream
        return
    try:
        async for result in stream:
            yield written(result)
    finally:
        await stream.aclose()


def _ast(request: CoreRequest) -> Any:
    if request.document.ast is None:
        raise ValueError("A document that did not parse cannot run.")
    return request.document.ast


def written(result: ExecutionResult) -> ExecutionResult:
    """The result with its data in a form that JSON has; what has none fails the whole of it."""
    try:
        data: Any = None if result.data is None else writable(result.data)
        return ExecutionResult(data, result.errors)
    except TypeError as error:
        return ExecutionResult(None, [*(result.errors or ()), GraphQLError(str(error))])
