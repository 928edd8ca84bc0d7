"""Runs a plan breadth-first: every field once per level, over all objects of the level."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import is_awaitable

from execution import reading
from execution.batch import Call
from execution.batching import Keys, keys_of, values_of
from execution.collect import merged
from execution.early import Early
from execution.facts import How
from execution.index import SchemaIndex
from execution.info import Request
from execution.kinds import AWAITABLE, CALLABLE, STREAM, kinds
from execution.levels import Column, Level, Origin
from execution.plan import Node, Planner, Step, TooMuch
from execution.runtime_types import ask, by_class
from execution.timing import Times
from execution.waiting import Pending, settle, together


class Run:
    """One request on its way through a plan. Errors are values until the response is written."""

    def __init__(self, index: SchemaIndex, planner: Planner, request: Request, times: Times | None = None) -> None:
        self._index = index
        self._planner = planner
        self._request = request
        self._times = times
        self._early = Early(request.context)

    async def level(self, node: Node) -> Level:
        """Resolve everything below the root for one selection set."""
        level = Level(node, [self._request.root])
        try:
            await together(self._start(level))
        finally:
            self._early.stop()
        return level

    def _start(self, level: Level) -> Pending:
        """Do what can be done at once; what has to be waited for is returned."""
        pending: Pending = []
        node = level.node
        if self._times is not None:
            self._times.level_begins(level)
        reads = reading.attributes(node.read, level.objects)
        for number in node.active:
            step = node.steps[number]
            if step.how is How.ATTRIBUTE:
                pending += self._place(level, number, reads[step.attribute])
            elif step.how is How.DEFAULT or step.how is How.RESOLVER:
                pending += self._place(level, number, self._resolved(level, step))
            elif step.call is not None:
                pending += self._place(level, number, self._calls(step.call, level, step))
        for numbers in node.batches:
            pending += self._batches(level, numbers, reads)
        return pending

    def _place(self, level: Level, number: int, values: Sequence[Any], index: list[int] | None = None) -> Pending:
        step = level.node.steps[number]
        column = level.columns[number] = Column(level, step, values, index)
        if self._times is not None:
            self._times.column_is_there(column)
        if step.how is How.ATTRIBUTE and step.leaf is not None and step.depth == 0:
            return []  # plain by declaration, and checked when it is written
        return self._advance(column)

    def _advance(self, column: Column) -> Pending:
        """Open the lists of a column, down to its items, and start the level that they make."""
        while True:
            flags = kinds(column.layers[-1])
            if flags & AWAITABLE or (flags & STREAM and not column.innermost):
                return [self._settle(column)]
            if column.innermost:
                break
            column.descend(flags)
        if column.step.leaf is not None:
            return []
        return self._enter(column, column.items(flags))

    async def _settle(self, column: Column) -> None:
        column.layers[-1] = await settle(column.layers[-1], streams=not column.innermost)
        if self._times is not None:
            self._times.column_is_there(column)
        await together(self._advance(column))

    # Objects: which type each has, and the level that they make.

    def _enter(self, column: Column, items: Sequence[Any]) -> Pending:
        if not items:
            return []
        found = by_class(self._index, column.step, items)
        if found is not None:
            return self._split(column, items, found)
        infos = [self._request.info(column.step, path) for path in column.paths()]
        answers: list[Any] = []
        for item, owner in zip(items, column.owners(), strict=True):
            try:
                answers.append(ask(column.step, item, infos[owner]))
            except Exception as error:  # noqa: BLE001  # the error of this object only
                answers.append(error)
        if any(map(is_awaitable, answers)):
            return [self._split_later(column, items, answers)]
        return self._split(column, items, answers)

    async def _split_later(self, column: Column, items: Sequence[Any], answers: Sequence[Any]) -> None:
        await together(self._split(column, items, await settle(answers, streams=False)))

    def _split(self, column: Column, items: Sequence[Any], answers: Sequence[Any]) -> Pending:
        """One level per type; `answers` are a type or an error per item, or the one type of all."""
        if len(answers) == 1 and isinstance(answers[0], GraphQLObjectType):
            parts: Mapping[GraphQLObjectType, Sequence[Any]] = {answers[0]: items}
        else:
            parts = _parts(column, items, answers)
        try:
            nodes = [self._planner.child(column.step, type_) for type_ in parts]
        except TooMuch:
            refusal = GraphQLError("The operation asks for too many fields.")
            return self._split(column, items, [refusal] * len(items))
        pending: Pending = []
        for number, (node, objects) in enumerate(zip(nodes, parts.values(), strict=True)):
            level = Level(node, objects, Origin(column, number))
            column.levels.append(level)
            pending += self._start(level)
        return pending

    # Values of fields that are called.

    def _resolved(self, level: Level, step: Step) -> Sequence[Any]:
        """The values of a field with a resolver of its own, or with the default one."""
        arguments = self._arguments(step)
        if isinstance(arguments, Exception):
            return [arguments] * len(level.objects)
        if step.how is How.RESOLVER:
            resolve: Any = step.definition.resolve
            return self._called(level, step, [resolve] * len(level.objects), arguments)
        values = reading.defaults(level.objects, step.attribute)
        if kinds(values) & CALLABLE:
            return self._called(level, step, values, arguments)
        return values

    def _calls(self, call: Call, level: Level, step: Step) -> Sequence[Any]:
        """The values of a field that needs no more than the context and its arguments."""
        arguments = self._arguments(step)
        if isinstance(arguments, Exception):
            return [arguments] * len(level.objects)
        if call.ahead is not None:
            self._early.start(call.ahead, step, arguments)
        return reading.each(level.objects, lambda _: call.function(self._request.context, **arguments))

    def _called(self, level: Level, step: Step, functions: Sequence[Any], arguments: dict[str, Any]) -> list[Any]:
        """Call each object's function; the default resolver calls what it found, without the source."""
        values: list[Any] = []
        paths = level.field_paths(step)
        for source, path, function in zip(level.objects, paths, functions, strict=True):
            try:
                if step.how is How.RESOLVER:
                    value = function(source, self._request.info(step, path), **arguments)
                elif callable(function):
                    value = function(self._request.info(step, path), **arguments)
                else:
                    value = function
            except Exception as error:  # noqa: BLE001  # the error of this object only
                value = error
            values.append(value)
        return values

    def _arguments(self, step: Step) -> dict[str, Any] | Exception:
        if step.arguments is None:
            return {}
        try:
            return step.arguments(self._request.variables)
        except GraphQLError as error:
            return error

    # Batches.

    def _batches(self, level: Level, numbers: Sequence[int], reads: dict[str, Sequence[Any]]) -> Pending:
        """The calls for one field of a level: one for all aliases whose arguments are equal."""
        steps = level.node.steps
        batch = steps[numbers[0]].batch
        if batch is None:
            return []
        key = batch.key
        raw = reads[key] if isinstance(key, str) else reading.each(level.objects, key)
        keys = keys_of(raw)
        pending: Pending = []
        groups: list[tuple[dict[str, Any], list[int]]] = []
        for number in numbers:
            arguments = self._arguments(steps[number])
            if isinstance(arguments, Exception):
                pending += self._place(level, number, [arguments] * len(level.objects))
                continue
            for known, group in groups:
                if known == arguments:
                    group.append(number)
                    break
            else:
                groups.append((arguments, [number]))
        return pending + [self._ask(level, group, keys, known) for known, group in groups]

    async def _ask(self, level: Level, numbers: Sequence[int], keys: Keys, arguments: dict[str, Any]) -> None:
        steps = [level.node.steps[number] for number in numbers]
        batch = steps[0].batch
        if batch is None:
            return
        early = self._early.take(steps[0], keys.distinct) if len(steps) == 1 else None
        if early is not None:
            values = await early
        else:
            selection = merged([step.selection for step in steps]) if batch.wants_selection else None
            values = await values_of(batch, self._request.context, keys.distinct, arguments, selection)
        values += keys.errors
        pending: Pending = []
        for number in numbers:
            pending += self._answered(level, number, values, keys)
        await together(pending)

    def _answered(self, level: Level, number: int, values: list[Any], keys: Keys) -> Pending:
        """Give the values to their parents; parents of one key share what stands below it if they may."""
        step, index = level.node.steps[number], keys.index
        if index is not None and not _is_shared(step):
            values = [None if place < 0 else values[place] for place in index]
            index = None
        pending = self._place(level, number, values, index)
        if index is not None and keys.has_null and not step.nullable[0]:
            level.columns[number].clean = False
        return pending


def _parts(column: Column, items: Sequence[Any], answers: Sequence[Any]) -> dict[GraphQLObjectType, list[Any]]:
    """The items by type, in the order in which the types appear; errors go to the column."""
    parts: dict[GraphQLObjectType, list[Any]] = {}
    numbers: dict[GraphQLObjectType, int] = {}
    slots: list[int] = []
    for item, (value, answer) in enumerate(zip(items, answers, strict=True)):
        if isinstance(answer, Exception):
            column.failures[item] = answer
            column.clean = False
            slots.append(-1)
            continue
        slots.append(numbers.setdefault(answer, len(numbers)))
        parts.setdefault(answer, []).append(value)
    column.slots = slots
    return parts


def _is_shared(step: Step) -> bool:
    """Whether the objects below a batched field may be run once for all parents that have the same key."""
    if step.leaf is not None:
        return True
    child = step.children.get(step.type.name)
    return child is not None and not child.resolves
