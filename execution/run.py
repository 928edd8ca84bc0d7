"""Runs a plan breadth-first: every field once per level, over all objects of the level.

Most levels of most requests have a handful of objects, so what counts is how few calls one step takes. What need not be
waited for is done in one go; `Waiting` keeps what has to be waited for until then.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.execution.values import VariableValues

from execution import reading
from execution.batch import Batch, Call
from execution.batching import Keys, ask, keys_of, values_for
from execution.collect import merged
from execution.early import Early
from execution.facts import How
from execution.index import SchemaIndex
from execution.info import Request
from execution.kinds import AWAITABLE, CALLABLE, STREAM, is_awaitable, kinds
from execution.levels import EMPTY, Column, Level
from execution.plan import Node, Planner, Step, TooMuch
from execution.runtime_types import by_class, type_of
from execution.table import Grouped, Table
from execution.timing import Times
from execution.waiting import Waiting, settle


class Run:
    """One request on its way through a plan, or several that go together. Errors are values until the response is written.

    `everyone` has the variables of each: the objects at the root stand for the requests. `request` is the first one.
    """

    __slots__ = ("_early", "_everyone", "_index", "_levels", "_planner", "_request", "_times", "_waiting")

    def __init__(
        self,
        index: SchemaIndex,
        planner: Planner,
        request: Request,
        everyone: Sequence[VariableValues],
        times: Times | None = None,
    ) -> None:
        self._index = index
        self._planner = planner
        self._request = request
        self._everyone = everyone
        self._times = times
        self._early: Early | None = None
        self._levels: list[Level] = []
        self._waiting = Waiting()

    async def level(self, node: Node) -> Level:
        """Resolve everything below the root for one selection set."""
        level = Level(node, [self._request.root] * len(self._everyone), [EMPTY] * len(node.steps))
        try:
            self._start(level)
            await self._waiting.over()
        finally:
            if self._early is not None:
                self._early.stop()
        return level

    def release(self) -> None:
        """Let go of all levels."""
        for level in self._levels:
            level.release()
        self._levels.clear()

    def _start(self, level: Level) -> None:
        """Do what can be done at once."""
        self._levels.append(level)
        if self._times is not None:
            self._times.level_begins(level)
        node = level.node
        if not node.active:
            return
        for number in node.called:
            self._place(level, number, self._values(level, node.steps[number]))
        for number in node.lookups:
            self._look_up(level, number, node.steps[number])
        for numbers in node.batches:
            self._batches(level, numbers)

    def _place(self, level: Level, number: int, values: Sequence[Any], index: list[int] | None = None) -> Column:
        step = level.node.steps[number]
        column = level.columns[number] = Column(level, step, [values], index)
        if self._times is not None:
            self._times.column_is_there(column)
        if not step.is_plain:  # what is plain by declaration is checked when it is written
            self._advance(column)
        return column

    def _advance(self, column: Column) -> None:
        """Open the lists of a column, down to its items, and start the level that they make."""
        layers, step = column.layers, column.step
        while True:
            values = layers[-1]
            is_innermost = len(layers) > step.depth
            if is_innermost:
                if _are_of(step, values):
                    self._below(column, values)
                    return
            elif len(layers) == step.depth and (lists := _grouped(values)) is not None:
                column.descend_grouped(lists)
                self._enter(column, lists.table)
                return
            flags = kinds(values)
            if flags & AWAITABLE or (flags & STREAM and not is_innermost):
                self._wait_for(column, flags)
                return
            if is_innermost:
                break
            column.descend(flags)
        if step.leaf is None:
            self._enter(column, column.items(flags))

    def _wait_for(self, column: Column, flags: int) -> None:
        """Wait for the last layer of a column; what stands alone in it is waited for as it is."""
        values = column.layers[-1]
        if len(values) == 1 and not flags & STREAM:
            self._waiting.add(values[0], lambda result: self._settled(column, [result]))
        else:
            streams = len(column.layers) <= column.step.depth
            self._waiting.add(settle(values, streams=streams), partial(self._settled, column))

    def _settled(self, column: Column, values: Sequence[Any]) -> None:
        column.layers[-1] = values
        if self._times is not None:
            self._times.column_is_there(column)
        self._advance(column)

    # Objects: which type each has, and the level that they make.

    def _enter(self, column: Column, items: Sequence[Any]) -> None:
        if not items:
            return
        step = column.step
        if _are_of(step, items) or (step.child is not None and step.classes is None):
            self._below(column, items)
            return
        found = by_class(self._index, step, items)
        if found is not None:
            self._split(column, items, found)
            return
        infos = [self._request.info(step, path) for path in column.paths()]
        answers: list[Any] = []
        for item, owner in zip(items, column.owners(), strict=True):
            try:
                answers.append(type_of(step, item, infos[owner]))
            except Exception as error:  # noqa: BLE001  # the error of this object only
                answers.append(error)
        if any(map(is_awaitable, answers)):
            self._waiting.add(settle(answers, streams=False), partial(self._split, column, items))
        else:
            self._split(column, items, answers)

    def _below(self, column: Column, items: Sequence[Any]) -> None:
        """Start the one level that all items of a column make."""
        child = column.step.child
        if child is not None and items:
            level = Level(child, items, [EMPTY] * len(child.steps), column)
            column.levels.append(level)
            self._start(level)

    def _split(self, column: Column, items: Sequence[Any], answers: Sequence[Any]) -> None:
        """One level per type; `answers` are a type or an error per item, or the one type of all."""
        if len(answers) == 1 and isinstance(answers[0], GraphQLObjectType):
            parts: Mapping[GraphQLObjectType, Sequence[Any]] = {answers[0]: items}
        else:
            parts = _parts(column, items, answers)
        try:
            nodes = [self._planner.child(column.step, type_) for type_ in parts]
        except TooMuch:
            refusal = GraphQLError("The operation asks for too many fields.")
            self._split(column, items, [refusal] * len(items))
            return
        for number, (node, objects) in enumerate(zip(nodes, parts.values(), strict=True)):
            level = Level(node, objects, [EMPTY] * len(node.steps), column, number)
            column.levels.append(level)
            self._start(level)

    # Values of fields that are called.

    def _values(self, level: Level, step: Step) -> Sequence[Any]:
        """The values of a field that is no batch."""
        if step.how is How.ATTRIBUTE:
            return reading.read(step, level.objects)
        if step.call is not None:
            return self._calls(step.call, level, step)
        return self._resolved(level, step)

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
        if level.above is None:
            return reading.each(self._everyone, partial(self._call, call, step))
        return reading.each(level.objects, lambda _: self._call(call, step, self._request.variables))

    def _call(self, call: Call, step: Step, variables: VariableValues) -> Any:
        arguments = step.given(variables)
        if call.wants_selection:
            arguments = {**arguments, "fields": step.selection}
        return call.function(self._request.context, **arguments)

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
        try:
            return step.given(self._request.variables)
        except GraphQLError as error:
            return error

    # Batches.

    def _batches(self, level: Level, numbers: Sequence[int]) -> None:
        """The calls for one field of a level: one for all aliases whose arguments are equal."""
        steps = level.node.steps
        first = steps[numbers[0]]
        keys = self._keys(level, first)
        if first.arguments is None:
            self._begin(level, numbers, keys, {})
            return
        groups: list[tuple[dict[str, Any], list[int]]] = []
        for number in numbers:
            arguments = self._arguments(steps[number])
            if isinstance(arguments, Exception):
                self._place(level, number, [arguments] * len(level.objects))
                continue
            for known, group in groups:
                if known == arguments:
                    group.append(number)
                    break
            else:
                groups.append((arguments, [number]))
        for known, group in groups:
            self._begin(level, group, keys, known)

    def _keys(self, level: Level, step: Step) -> Keys:
        """The keys of a batch, found once for all batches of a level that go by the same attribute."""
        name = step.batch.key if step.batch else None
        if not isinstance(name, str):
            return keys_of(reading.read(step, level.objects))
        known = level.keys.get(name)
        if known is None:
            known = level.keys[name] = keys_of(reading.read(step, level.objects))
        return known

    def _look_up(self, level: Level, number: int, step: Step) -> None:
        """Find the objects that arguments name, and begin what goes by the same keys."""
        named = reading.each(self._everyone, partial(_key, step))
        keys = keys_of(named if level.above is None else named * len(level.objects))
        if step.early and keys.distinct:
            if self._early is None:
                self._early = Early(self._request.context, self._waiting)
            self._early.start(step, keys.distinct)
        self._begin(level, [number], keys, {})

    def _begin(self, level: Level, numbers: Sequence[int], keys: Keys, arguments: dict[str, Any]) -> None:
        """Call a batch function, or take what was begun early; what is there at once is placed at once."""
        steps = level.node.steps
        step = steps[numbers[0]]
        batch = step.batch
        if batch is None:
            return
        receive = partial(self._received, level, numbers, keys, batch)
        if self._early is not None and len(numbers) == 1 and self._early.take(step, keys.distinct, receive):
            return
        selection = None
        if batch.wants_selection:
            selection = merged([steps[number].selection for number in numbers])
        self._waiting.add(ask(batch, self._request.context, keys.distinct, arguments, selection), receive)

    def _received(self, level: Level, numbers: Sequence[int], keys: Keys, batch: Batch, result: Any) -> None:
        """Give the values to their parents; parents of one key share what stands below it if they may."""
        steps, index = level.node.steps, keys.index
        for number in numbers:
            step = steps[number]
            values = values_for(batch, keys, result)
            if index is None:
                self._place(level, number, values)
            elif not _is_shared(step):
                self._place(level, number, [None if place < 0 else values[place] for place in index])
            else:
                column = self._place(level, number, values, index)
                if keys.has_null and not step.nullable[0]:
                    column.clean = False


def _key(step: Step, variables: VariableValues) -> Any:
    """The key in the arguments of a lookup; raises the field's error."""
    return None if step.lookup is None else step.lookup.key(**step.given(variables))


_TABLES = {Table}


def _grouped(lists: Sequence[Any]) -> Grouped | None:
    """The lists if they lie in a table, or if they are tables."""
    if type(lists) is Grouped:
        return lists
    if set(map(type, lists)) != _TABLES:
        return None
    table = lists[0] if len(lists) == 1 else Table.joined(lists)
    return None if table is None else Grouped(table, [each.size for each in lists])


def _are_of(step: Step, items: Sequence[Any]) -> bool:
    """Whether the Python classes of the items say that they are of the one type that they may have."""
    classes = step.classes
    if not classes:
        return False
    return items.kind in classes if type(items) is Table else classes.issuperset(map(type, items))


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
