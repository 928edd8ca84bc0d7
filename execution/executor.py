"""The executor: a query text in, the bytes of a response out."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationType, assert_valid_schema
from graphql.execution.values import VariableValues

from execution import fallback
from execution.cache import BoundedCache
from execution.collect import Collector
from execution.complete import Completion
from execution.document import Document, Documents, Rules
from execution.fallback import CoreRequest
from execution.info import Request
from execution.leaves import NeedsCare
from execution.levels import Level
from execution.loader import bind
from execution.operation import Operation, Reason
from execution.plan import Plan, Planner, TooMuch
from execution.response import FormatError, Response, Way, body_of, formatted, refusal
from execution.run import Run
from execution.shared_runs import Asked, SharedRuns
from execution.timing import Watch
from execution.write import rows

Guard = Callable[[Document, Operation, Mapping[str, Any], Any], Awaitable[None] | None]
"""Called with (document, operation, coerced variables, context) before anything runs, on both ways.

A GraphQLError that it raises refuses the request; any other exception goes to the caller of the executor.
"""


CallerOf = Callable[[Any], object]
"""Tells of a context who calls: requests of the same object may run on each other's context."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the executor keeps, and what it takes on.

    A kept document costs about 170 bytes a character and a plan 1.5 kB a field: 100 MB at most by default.
    """

    documents: int = 1_000
    document_characters: int = 300_000
    plans: int = 1_000
    plan_fields: int = 30_000
    fields_per_plan: int = 10_000
    depth: int = 60
    tokens: int | None = 20_000
    coercion_errors: int = 50


@dataclass(slots=True)
class Counters:
    """What happened since the start: `together` counts requests that ran with others, `graphql_core` counts by reason."""

    planned: int = 0
    together: int = 0
    built: int = 0
    careful: int = 0
    graphql_core: Counter[Reason] = field(default_factory=Counter)


_PlanKey = tuple[Operation, tuple[bool, ...]]
"""An operation and the outcomes of its @skip and @include variables: all of a request that a plan knows."""


class _Refused(Exception):
    """The request does not get as far as running."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = tuple(errors)


class Executor:
    """Runs the operations of one schema. Safe to share between requests of one event loop."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        limits: Limits | None = None,
        rules: Rules | None = None,
        guards: Sequence[Guard] = (),
        format_error: FormatError = formatted,
        caller_of: CallerOf | None = None,
    ) -> None:
        assert_valid_schema(schema)
        self.schema = schema
        self.counters = Counters()
        self._limits = limits = limits or Limits()
        self._index = bind(schema)
        self._guards = tuple(guards)
        self._format = format_error
        self._caller_of = caller_of
        documents: BoundedCache[str, Document] = BoundedCache(limits.documents, limits.document_characters)
        self._document_cache = documents
        self._documents = Documents(schema, documents, rules, limits.tokens)
        self._plans: BoundedCache[_PlanKey, Plan | Reason] = BoundedCache(limits.plans, limits.plan_fields)
        self._shared = SharedRuns(self._run_together)

    @property
    def kept(self) -> tuple[int, int]:
        """How many documents and plans are held."""
        return len(self._document_cache), len(self._plans)

    def prepare(self, query: str) -> Document:
        """The parsed and validated document, from the cache if it was seen; its errors are in it."""
        return self._documents.prepare(query)

    def plan(self, operation: Operation, variables: VariableValues) -> Plan | Reason:
        """The plan of an operation, or the reason why graphql-core runs it. Holds none of the values."""
        if operation.reason is not None:
            return operation.reason
        outcomes = [variables.coerced.get(name) for name in operation.conditions]
        if None in outcomes:
            return Reason.NULL_CONDITION
        key = (operation, tuple(map(bool, outcomes)))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._build(operation, key[1])
            self._plans.put(key, plan, plan.size if isinstance(plan, Plan) else 1)
        return plan

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        root: Any = None,
        watch: Watch | None = None,
    ) -> Response:
        """Run one operation and write its response.

        Errors of the request and of its fields are in the response. Cancelling the call cancels the
        batches and resolvers that run for it. `watch` is told of an operation that runs.
        """
        response = self.begin(self.prepare(query), variables, operation_name, context, root, watch)
        return response if isinstance(response, Response) else await response

    def begin(
        self,
        document: Document,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        root: Any = None,
        watch: Watch | None = None,
    ) -> Response | Coroutine[Any, Any, Response]:
        """As `execute`, of a prepared document; what needs no waiting, such as a refusal, is there at once."""
        try:
            operation, values = self._asked(document, variables, operation_name)
        except _Refused as refused:
            return self._refused(refused.errors)
        request = CoreRequest(self.schema, document, operation, variables or {}, context, root)
        return self._guarded(request, values, watch) if self._guards else self._begin(request, values, watch)

    async def _guarded(self, request: CoreRequest, values: VariableValues, watch: Watch | None) -> Response:
        try:
            await self._admit(request.document, request.operation, values, request.context)
        except _Refused as refused:
            return self._refused(refused.errors)
        response = self._begin(request, values, watch)
        return response if isinstance(response, Response) else await response

    def _begin(
        self, request: CoreRequest, values: VariableValues, watch: Watch | None
    ) -> Response | Coroutine[Any, Any, Response]:
        operation = request.operation
        plan = self.plan(operation, values)
        if not isinstance(plan, Plan):
            self.counters.graphql_core[plan] += 1
            return self._fall_back(request, plan, watch)
        self.counters.planned += 1
        if plan.body is not None and watch is None:
            return Response(plan.body, (), True, Way.PLAN, None, operation.type, operation.name)
        if self._caller_of is not None and watch is None and plan.may_join(values):
            return self._shared.join(plan, self._caller_of(request.context), (request, values))
        return self._run(plan, request, values, watch)

    async def _fall_back(self, request: CoreRequest, reason: Reason, watch: Watch | None) -> Response:
        result = await fallback.execute(request)
        return self._response(request.operation, result.data, result.errors or (), reason, watch)

    async def subscribe(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        root: Any = None,
        telling: fallback.Telling | None = None,
    ) -> AsyncGenerator[Response]:
        """The events of a subscription, run by graphql-core.

        A response that is not `executed` is the last one, and says why it cannot start or not go on. `context` is for the
        source of events, and for each of them unless `telling` has others.
        """
        document = self.prepare(query)
        try:
            operation, values = self._asked(document, variables, operation_name)
            await self._admit(document, operation, values, context)
        except _Refused as refused:
            yield self._refused(refused.errors)
            return
        if operation.type is not OperationType.SUBSCRIPTION:
            yield self._refused([GraphQLError("Expected subscription operation.")])
            return
        self.counters.graphql_core[Reason.SUBSCRIPTION] += 1
        request = CoreRequest(self.schema, document, operation, variables or {}, context, root)
        try:
            async with aclosing(fallback.events(request, telling or fallback.Telling(lambda: context))) as results:
                async for result in results:
                    yield self._response(operation, result.data, result.errors or (), Reason.SUBSCRIPTION)
        except fallback.Ended as ended:
            yield self._refused(ended.errors)

    def _asked(
        self, document: Document, variables: Mapping[str, Any] | None, operation_name: str | None
    ) -> tuple[Operation, VariableValues]:
        """The operation of a document with coerced variables."""
        if document.errors:
            raise _Refused(document.errors)
        try:
            operation = document.operation(operation_name)
        except GraphQLError as error:
            raise _Refused([error]) from error
        values = operation.signature.coerce(variables or {}, self._limits.coercion_errors)
        if isinstance(values, list):
            raise _Refused(values)
        return operation, values

    async def _admit(self, document: Document, operation: Operation, values: VariableValues, context: Any) -> None:
        """Ask every guard."""
        try:
            for guard in self._guards:
                verdict = guard(document, operation, values.coerced, context)
                if verdict is not None:
                    await verdict
        except GraphQLError as error:
            raise _Refused([error]) from error

    def _build(self, operation: Operation, outcomes: tuple[bool, ...]) -> Plan | Reason:
        collector = Collector(
            self._index,
            operation.fragments,
            dict(zip(operation.conditions, outcomes, strict=True)),
        )
        limits = self._limits
        self.counters.built += 1
        try:
            planner = Planner(self._index, collector, limits.fields_per_plan, limits.depth)
            return planner.plan(operation)
        except TooMuch as too_much:
            return too_much.reason

    async def _run(self, plan: Plan, request: CoreRequest, values: VariableValues, watch: Watch | None) -> Response:
        run = Run(
            self._index, plan.planner, self._asking(request, values), [values], None if watch is None else watch.times
        )
        if plan.serial:
            data, errors = await self._in_turn(plan, run, watch)
        else:
            ((data, errors),) = self._completed(run, await run.level(plan.nodes[0]), watch)
        return self._response(request.operation, data, errors, None, watch)

    async def _run_together(self, plan: Plan, asked: Sequence[Asked]) -> list[Response]:
        """One run for several requests; the first one's context serves all."""
        if len(asked) > 1:
            self.counters.together += len(asked)
        run = Run(self._index, plan.planner, self._asking(*asked[0]), [values for _, values in asked])
        completed = self._completed(run, await run.level(plan.nodes[0]), None)
        return [self._response(plan.operation, data, errors, None) for data, errors in completed]

    def _asking(self, request: CoreRequest, values: VariableValues) -> Request:
        operation = request.operation
        return Request(self.schema, operation.node, operation.fragments, values, request.context, request.root)

    async def _in_turn(self, plan: Plan, run: Run, watch: Watch | None) -> tuple[Any, Sequence[GraphQLError]]:
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for node in plan.nodes:
            ((part, found),) = self._completed(run, await run.level(node), watch)
            errors += found
            if part is None:
                return None, errors
            key = node.steps[0].key
            data[key] = part[key] if isinstance(part, dict) else part.c0
        return data, errors

    def _completed(self, run: Run, level: Level, watch: Watch | None) -> Sequence[tuple[Any, Sequence[GraphQLError]]]:
        """Data and errors for each request of a run."""
        try:
            return [(data, ()) for data in rows(level)]
        except NeedsCare:
            self.counters.careful += 1
            completion = Completion()
            return [completion.root(level, number) for number in range(len(level.objects))]
        finally:
            if watch is None:  # who watches reads the levels when all is done
                run.release()

    def _refused(self, errors: Sequence[GraphQLError]) -> Response:
        return Response(refusal([self._format(error) for error in errors]), tuple(errors))

    def _response(
        self,
        operation: Operation,
        data: Any,
        errors: Sequence[GraphQLError],
        reason: Reason | None,
        watch: Watch | None = None,
    ) -> Response:
        shown: Sequence[Mapping[str, Any]] = [self._format(error) for error in errors] if errors else ()
        return Response(
            body_of(data, shown, None if watch is None else watch.extensions(shown)),
            tuple(errors),
            executed=True,
            way=Way.PLAN if reason is None else Way.GRAPHQL_CORE,
            reason=reason,
            operation_type=operation.type,
            operation_name=operation.name,
        )
