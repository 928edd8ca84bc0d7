"""Runs operations: parse, measure, validate (all kept with the document), check scopes, execute, write."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

import msgspec
from graphql import (
    GraphQLError,
    GraphQLSchema,
    parse,
    recommended_rules,
    specified_rules,
    validate,
)

from execution.cache import BoundedCache
from execution.document import Document
from execution.executor import Counters, Executor
from execution.fallback import Telling
from execution.response import Response
from hub.domain.errors import CallerError, Forbidden, HubError, Invalid
from hub.domain.principal import Scope
from schema.context import RequestContext
from schema.errors import error_of, formatted, root_of
from schema.ftv1 import Trace
from schema.guard import Guard, Limits, Measure, require_scopes

TOKENS_MAX = 5_000
_VALIDATION_ERRORS = 20
_DOCUMENTS = 1_000
_CHARACTERS = 4_000_000
_NOT_SAFE = "a mutation, and a query that takes an identity number, is not for a URL: send it with POST"
_NOT_HERE = "a subscription is told over a WebSocket: connect to /graphql with the subprotocol graphql-transport-ws"
_RULES = tuple(dict.fromkeys((*specified_rules, *recommended_rules)))


class Operation(msgspec.Struct, frozen=True):
    """What a caller wants run. `is_safe`: it came in a URL, so it may only read, and hold no identity number."""

    query: str
    variables: Mapping[str, Any]
    name: str | None = None
    is_safe: bool = False


class Outcome(Enum):
    """What became of an operation; if it did not run, there is no data entry in its answer."""

    EXECUTED = "executed"
    UNFIT = "unfit"
    FORBIDDEN = "forbidden"
    NOT_SAFE = "not safe"  # not for a URL


class Answer(msgspec.Struct, frozen=True):
    """The response in bytes."""

    body: bytes
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document with what can be said of it once: its errors, or its measures by operation."""

    document: Document | None
    measures: Mapping[str | None, Measure]
    errors: tuple[GraphQLError, ...]


class Engine:
    """Runs operations on one schema; every way in passes the same guard."""

    def __init__(self, schema: GraphQLSchema, limits: Limits | None = None) -> None:
        self._schema = schema
        self._guard = Guard(schema, limits)
        # validated here, after the guard has measured the document: validation may cost more than running
        self._executor = Executor(schema, rules=(), format_error=_formatted, caller_of=attrgetter("principal"))
        self._documents: BoundedCache[str, _Prepared] = BoundedCache(_DOCUMENTS, _CHARACTERS)

    @property
    def counters(self) -> Counters:
        """How many operations went which way since the start."""
        return self._executor.counters

    def begin(
        self, operation: Operation, context: RequestContext, *, wants_trace: bool = False
    ) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer to one operation, at once if nothing has to be waited for.

        Errors are in it, and for a router that wants it a trace.
        """
        trace = None
        if wants_trace and Scope.FEDERATION_READ in context.principal.scopes:
            trace = Trace(context.clock)
        admitted = self._admit(operation, context)
        if isinstance(admitted, Answer):
            return admitted
        document, measure = admitted
        if measure.is_subscription:
            return _refused([error_of(Invalid(_NOT_HERE))])
        response = self._executor.begin(document, operation.variables, operation.name, context, watch=trace)
        return _answer(response) if isinstance(response, Response) else _answered(response)

    async def stream(
        self, operation: Operation, context_of: Callable[[], RequestContext], seconds: float
    ) -> AsyncGenerator[Answer]:
        """The answers to any operation: that of a query or mutation, or one for each event of a subscription.

        One whose outcome is not EXECUTED is the last. Each has `seconds`, and what comes together a context of its own:
        rights are those of the moment at which an event is told. Raises TimeoutError for a query that takes too long.
        """
        context = context_of()
        admitted = self._admit(operation, context)
        if isinstance(admitted, Answer):
            yield admitted
        elif not admitted[1].is_subscription:
            answer = self.begin(operation, context)
            if not isinstance(answer, Answer):
                async with asyncio.timeout(seconds):
                    answer = await answer
            yield answer
        else:
            responses = self._executor.subscribe(
                operation.query, operation.variables, operation.name, context, telling=Telling(context_of, seconds)
            )
            async with aclosing(responses):
                async for response in responses:
                    yield _answer(response)

    def _admit(self, operation: Operation, context: RequestContext) -> tuple[Document, Measure] | Answer:
        """The document, and what the operation adds up to, or why it is refused: every way in passes here."""
        prepared = self._prepare(operation.query)
        if prepared.document is None:
            return _refused(prepared.errors)
        try:
            measure = _measure(prepared, operation.name)
            if operation.is_safe and not measure.is_safe:
                return _refused([error_of(Invalid(_NOT_SAFE))], Outcome.NOT_SAFE)
            require_scopes(measure, context.principal)
            if measure.has_entities:
                self._guard.require_affordable(measure, operation.variables)
        except Forbidden as error:
            return _refused([error_of(error)], Outcome.FORBIDDEN)
        except CallerError as error:
            return _refused([error_of(error)])
        return prepared.document, measure

    def _prepare(self, query: str) -> _Prepared:
        prepared = self._documents.get(query)
        if prepared is None:
            prepared = self._read(query)
            self._documents.put(query, prepared, len(query) + 1)
        return prepared

    def _read(self, query: str) -> _Prepared:
        try:
            document = parse(query, max_lexical_tokens=TOKENS_MAX)
            measures = self._guard.measure(document)
            errors = validate(self._schema, document, _RULES, max_errors=_VALIDATION_ERRORS)
        except GraphQLError as error:
            return _unfit([error], "GRAPHQL_PARSE_FAILED")
        except CallerError as error:
            return _Prepared(None, {}, (error_of(error),))
        except RecursionError:
            return _Prepared(None, {}, (error_of(Invalid("the query is nested too deeply: ask for less at a time")),))
        if errors:
            return _unfit(errors, "GRAPHQL_VALIDATION_FAILED")
        return _Prepared(self._executor.prepare(query), measures, ())


def _answer(response: Response) -> Answer:
    return Answer(response.body, Outcome.EXECUTED if response.executed else Outcome.UNFIT)


async def _answered(response: Awaitable[Response]) -> Answer:
    return _answer(await response)


def _measure(prepared: _Prepared, name: str | None) -> Measure:
    measures = prepared.measures
    if name is None and len(measures) == 1:
        return next(iter(measures.values()))
    if name is None or name not in measures:
        known = ", ".join(sorted(str(known) for known in measures))
        raise Invalid(f"operationName {name!r} is not in the document: its operations are {known}")
    return measures[name]


def _formatted(error: GraphQLError) -> Mapping[str, Any]:
    """As all errors; what has no place in the data failed before anything ran: an unfit variable or operation name."""
    if error.path is None and not isinstance(root_of(error), HubError):
        return {**error.formatted, "extensions": {"code": "BAD_USER_INPUT"}}
    return formatted(error)


def _refused(errors: Any, outcome: Outcome = Outcome.UNFIT) -> Answer:
    return Answer(msgspec.json.encode({"errors": [formatted(error) for error in errors]}), outcome)


def _unfit(errors: list[GraphQLError], code: str) -> _Prepared:
    for error in errors:
        error.extensions = {"code": code}
        error.__context__ = None
        error.__traceback__ = None
    return _Prepared(None, {}, tuple(errors))
