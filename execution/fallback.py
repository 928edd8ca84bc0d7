"""The other way: graphql-core runs what a plan does not cover, for a reason that is counted."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, located_error
from graphql.execution import Executor as CoreExecutor
from graphql.execution import create_source_event_stream, execute_root_selection_set, execute_subscription_event
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


class Together(list[Any]):
    """Events that a source gives at once: each is told for itself, and what belongs to them is found in one go."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A context for each event, or for all that come together, and the seconds in which they are to be told."""

    context_of: Callable[[], Any]
    seconds: float | None = None


class Ended(Exception):
    """A subscription that cannot start, or not go on; `errors` say why."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


async def events(request: CoreRequest, telling: Telling) -> AsyncGenerator[ExecutionResult]:
    """The events of a subscription; raises Ended when it cannot start, when its source fails, or when events take too long."""
    core, stream = await _source(request)
    try:
        while True:
            try:
                payload = await anext(stream)
            except StopAsyncIteration:
                return
            except Exception as error:
                raise Ended([_located(request, error)]) from error
            for result in await _told(request, core, payload, telling):
                yield written(result)
    finally:
        await stream.aclose()


async def _source(request: CoreRequest) -> tuple[CoreExecutor[Any], AsyncGenerator[Any]]:
    core = CoreExecutor.build(
        request.schema,
        _ast(request),
        request.root,
        request.context,
        dict(request.variables),
        request.operation.name,
    )
    if isinstance(core, list):
        raise Ended(core)
    stream: Any = create_source_event_stream(core)
    if is_awaitable(stream):
        stream = await stream
    if isinstance(stream, ExecutionResult):
        raise Ended(stream.errors or ())
    return core, stream


async def _told(
    request: CoreRequest, core: CoreExecutor[Any], payload: Any, telling: Telling
) -> Sequence[ExecutionResult]:
    context = telling.context_of()

    async def tell(event: Any) -> ExecutionResult:
        executor = core.build_per_event_executor(event)
        executor.context_value = context
        result: Any = execute_subscription_event(executor)
        told: ExecutionResult = await result if is_awaitable(result) else result
        return told

    try:
        async with asyncio.timeout(telling.seconds):
            return await asyncio.gather(*map(tell, payload if isinstance(payload, Together) else (payload,)))
    except TimeoutError as error:
        raise Ended([_located(request, error)]) from error


def _located(request: CoreRequest, error: Exception) -> GraphQLError:
    """At the field that the subscription is of."""
    return located_error(error, list(request.operation.node.selection_set.selections), None)


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
