"""Runs a plan breadth-first: every field once per level, over all objects of the level."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from typing import Any

from graphql import GraphQLError, GraphQLObjectType

from execution import reading
from execution.batch import Call
from execution.batching import Keys, ask, keys_of, values_for
from execution.collect import merged
from execution.early import Early
from execution.facts import How
from execution.index import SchemaIndex
from execution.info import Request
from execution.joint import Joint
from execution.kinds import AWAITABLE, CALLABLE, STREAM, is_awaitable, kinds
from execution.levels import Column, Level
from execution.plan import Node, Planner, Step, TooMuch
from execution.runtime_types import by_class, type_of
from execution.table import Grouped, Table
from execution.timing import Times
from execution.waiting import Pending, outcome, settle, together

_Asked = tuple[Joint[Any], Callable[[Any], Pending | None]]
"""A joint, and who goes on with what its answer comes to, or with its error."""


class Run:
    """One request on its way through a plan. Errors are values until the response is written."""

    def __init__(self, index: SchemaIndex, planner: Planner, request: Request, times: Times | None = None) -> None:
        self._index = index
        self._planner = planner
        self._request = request
        self._times = times
        self._early = Early(request.context)
        self._wave: list[_Asked] = []

    async def level(self, node: Node) -> Level:
        """Resolve everything below the root for one selection set."""
        level = Level(node, [self._request.root])
        try:
            await self._wait_for(self._start(level))
        finally:
            self._early.stop()
        return level

    async def _wait_for(self, pending: Pending) -> None:
        """Run everything that is to be waited for, and ask what has gathered meanwhile: one question per source."""
        if self._wave:
            wave, self._wave = self._wave, []
            sources = dict.fromkeys(asked[0].source for asked in wave)
            pending += [self._ask([asked for asked in wave if asked[0].source is source]) for source in sources]
        await together(pending)

    def _join(self, joint: Joint[Any], receive: Callable[[Any], Pending | None]) -> None:
        self._wave.append((joint, receive))

    async def _ask(self, wave: "list[_Asked]") -> None:
        """Ask one source, and go on with what each answer comes to, or with its error."""
        answers = await outcome(wave[0][0].source.answer([joint.question for joint, _ in wave]))
        if isinstance(answers, Exception):
            answers = [answers] * len(wave)
        pending: Pending = []
        for (joint, receive), answer in zip(wave, answers, strict=True):
            try:
                result = joint.finish(answer)
            except Exception as error:  # noqa: BLE001  # as of any awaitable: the field's error
                result = error
            pending += receive(result) or ()
        await self._wait_for(pending)

    def _start(self, level: Level) -> Pending:
        """Do what can be done at once; what has to be waited for is returned."""
        if self._times is not None:
            self._times.level_begins(level)
        pending: Pending = []
        node = level.node
        for number in node.called:
            step = node.steps[number]
            if step.how is How.ATTRIBUTE:
                values: Sequence[Any] = reading.read(step, level.objects)
            elif step.call is not None:
                values = self._calls(step.call, level, step)
            else:
                values = self._resolved(level, step)
            pending += self._place(level, number, values)
        for numbers in node.batches:
            pending += self._batches(level, numbers)
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
            values = column.layers[-1]
            lists = _grouped(values)
            if lists is not None and len(column.layers) == column.step.depth:
                column.descend_grouped(lists)
                return self._enter(column, lists.table)
            flags = kinds(values)
            if flags & AWAITABLE or (flags & STREAM and not column.innermost):
                return self._wait(column)
            if column.innermost:
                break
            column.descend(flags)
        if column.step.leaf is not None:
            return []
        return self._enter(column, column.items(flags))

    def _wait(self, column: Column) -> Pending:
        """Wait for the last layer of a column; a joint that stands alone in it is asked with others."""
        values = column.layers[-1]
        if len(values) > 1 or type(values[0]) is not Joint:
            return [self._settle(column)]
        self._join(values[0], lambda result: self._settled(column, [result]))
        return []

    async def _settle(self, column: Column) -> None:
        settled = await settle(column.layers[-1], streams=not column.innermost)
        await self._wait_for(self._settled(column, settled))

    def _settled(self, column: Column, values: Sequence[Any]) -> Pending:
        column.layers[-1] = values
        if self._times is not None:
            self._times.column_is_there(column)
        return self._advance(column)

    # Objects: which type each has, and the level that they make.

    def _enter(self, column: Column, items: Sequence[Any]) -> Pending:
        if not items:
            return []
        step = column.step
        if step.child is not None and _are_of(step.classes, items):
            level = Level(step.child, items, column)
            column.levels.append(level)
            return self._start(level)
        found = by_class(self._index, step, items)
        if found is not None:
            return self._split(column, items, found)
        infos = [self._request.info(step, path) for path in column.paths()]
        answers: list[Any] = []
        for item, owner in zip(items, column.owners(), strict=True):
            try:
                answers.append(type_of(step, item, infos[owner]))
            except Exception as error:  # noqa: BLE001  # the error of this object only
                answers.append(error)
        if any(map(is_awaitable, answers)):
            return [self._split_later(column, items, answers)]
        return self._split(column, items, answers)

    async def _split_later(self, column: Column, items: Sequence[Any], answers: Sequence[Any]) -> None:
        await self._wait_for(self._split(column, items, await settle(answers, streams=False)))

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
            level = Level(node, objects, column, number)
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
            self._early.start(call.ahead, step, arguments, self._join)
        if call.wants_selection:
            arguments = {**arguments, "fields": step.selection}
        context = self._request.context
        return reading.each(level.objects, lambda _: call.function(context, **arguments))

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

    def _batches(self, level: Level, numbers: Sequence[int]) -> Pending:
        """The calls for one field of a level: one for all aliases whose arguments are equal."""
        steps = level.node.steps
        keys = keys_of(reading.read(steps[numbers[0]], level.objects))
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
        for known, group in groups:
            pending += self._begin(level, group, keys, known)
        return pending

    def _begin(self, level: Level, numbers: list[int], keys: Keys, arguments: dict[str, Any]) -> Pending:
        """Call a batch function, or take what was begun early; what is there at once is placed at once."""
        steps = [level.node.steps[number] for number in numbers]
        batch = steps[0].batch
        if batch is None:
            return []
        result: Any = self._early.take(steps[0], keys.distinct) if len(steps) == 1 else None
        if result is None:
            selection = merged([step.selection for step in steps]) if batch.wants_selection else None
            result = ask(batch, self._request.context, keys.distinct, arguments, selection)
        elif result.done() and not result.cancelled():
            result = result.exception() or result.result()

        def receive(result: Any) -> Pending:
            values = values_for(batch, keys, result)
            return [waiting for number in numbers for waiting in self._answered(level, number, values, keys)]

        if type(result) is Joint:
            self._join(result, receive)
            return []
        return [self._later(result, receive)] if is_awaitable(result) else receive(result)

    async def _later(self, result: Awaitable[Any], receive: Callable[[Any], Pending]) -> None:
        await self._wait_for(receive(await outcome(result)))

    def _answered(self, level: Level, number: int, values: Sequence[Any], keys: Keys) -> Pending:
        """Give the values to their parents; parents of one key share what stands below it if they may."""
        step, index = level.node.steps[number], keys.index
        if index is not None and not _is_shared(step):
            values = [None if place < 0 else values[place] for place in index]
            index = None
        pending = self._place(level, number, values, index)
        if index is not None and keys.has_null and not step.nullable[0]:
            level.columns[number].clean = False
        return pending


def _grouped(lists: Sequence[Any]) -> Grouped | None:
    """The lists if they lie in a table, or if there is one and it is a table."""
    if type(lists) is Grouped:
        return lists
    return Grouped(lists[0], [len(lists[0])]) if len(lists) == 1 and type(lists[0]) is Table else None


def _are_of(classes: Set[type] | None, items: Sequence[Any]) -> bool:
    """Whether the Python classes of the items say that they are of the one type that they may have."""
    if classes is None:
        return True
    if type(items) is Table:
        return items.kind in classes
    return classes >= set(map(type, items))


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
