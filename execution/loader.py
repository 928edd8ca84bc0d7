"""Batched fields on graphql-core's way: resolvers that gather the keys of one turn of the event loop."""

import asyncio
from collections.abc import Hashable, Mapping
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from execution.batch import Batch, Call, Lookup, attribute_of, batch_of, call_of, check, lookup_of
from execution.batching import keys_of, values_of
from execution.collect import Collector, Selection, merged
from execution.index import SchemaIndex


def bind(schema: GraphQLSchema) -> SchemaIndex:
    """Give every batched, called, looked-up or attribute field the resolver with which graphql-core runs it.

    So a schema says only what a field is, and both ways know how to run it. Raises ValueError for an
    extension that cannot be followed. Binding twice is harmless.
    """
    check(schema)
    index = SchemaIndex(schema)
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType):
            continue
        for field in type_.fields.values():
            batch, call, attribute = batch_of(field), call_of(field), attribute_of(field)
            lookup = lookup_of(field)
            if batch is not None:
                field.resolve = _Loader(index, batch)
            elif lookup is not None:
                field.resolve = _Lookup(index, lookup)
            elif call is not None:
                field.resolve = _Call(index, call)
            elif attribute is not None and field.resolve is None:
                field.resolve = _Attribute(attribute)
    return index


def selection_of(info: GraphQLResolveInfo[Any], index: SchemaIndex) -> Selection:
    """What the operation asks for below the field that `info` is of: for resolvers that are not batched."""
    outcome = {name: bool(value) for name, value in info.variable_values.coerced.items()}
    return Selection(Collector(index, info.fragments, outcome), info.field_nodes)


class _Attribute:
    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, source: Any, _: GraphQLResolveInfo[Any]) -> Any:
        return getattr(source, self._name)


class _Call:
    __slots__ = ("_call", "_index")

    def __init__(self, index: SchemaIndex, call: Call) -> None:
        self._index = index
        self._call = call

    def __call__(self, _: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if self._call.wants_selection:
            arguments["fields"] = selection_of(info, self._index)
        return self._call.function(info.context, **arguments)


class _Gathered:
    """The keys of one turn for one context and one set of arguments, and the parents that wait."""

    __slots__ = ("arguments", "context", "selections", "waiting")

    def __init__(self, context: Any, arguments: Mapping[str, Any]) -> None:
        self.context = context
        self.arguments = dict(arguments)
        self.waiting: list[tuple[Hashable, asyncio.Future[Any]]] = []
        self.selections: list[Selection] = []


class _Loader:
    """The resolver of one batched field.

    Nothing is kept between turns, so nothing of a request outlives it; requests share a call only if
    they share their context object.
    """

    def __init__(self, index: SchemaIndex, batch: Batch) -> None:
        self._index = index
        self._batch = batch
        self._gathered: dict[tuple[int, int], list[_Gathered]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        key = self._batch.key
        return self.load(getattr(source, key) if isinstance(key, str) else key(source), info, arguments)

    def load(self, key: Hashable, info: GraphQLResolveInfo[Any], arguments: Mapping[str, Any]) -> Any:
        """The value of a key, found with those of all keys of this turn."""
        if key is None:
            return None
        hash(key)  # an unhashable key is this parent's error, not that of all who wait
        gathered = self._gather(info.context, arguments)
        if self._batch.wants_selection:
            gathered.selections.append(selection_of(info, self._index))
        future = asyncio.get_running_loop().create_future()
        gathered.waiting.append((key, future))
        return future

    def _gather(self, context: Any, arguments: Mapping[str, Any]) -> _Gathered:
        loop = asyncio.get_running_loop()
        place = (id(loop), id(context))
        groups = self._gathered.get(place)
        if groups is None:
            groups = self._gathered[place] = []
            loop.call_soon(self._send, loop, place)
        for gathered in groups:
            if gathered.arguments == arguments:
                return gathered
        groups.append(_Gathered(context, arguments))
        return groups[-1]

    def _send(self, loop: asyncio.AbstractEventLoop, place: tuple[int, int]) -> None:
        for gathered in self._gathered.pop(place):
            task = loop.create_task(self._answer(gathered))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            for _, future in gathered.waiting:
                future.add_done_callback(_Abandon(task, gathered))

    async def _answer(self, gathered: _Gathered) -> None:
        try:
            keys = keys_of([key for key, _ in gathered.waiting])
            selection = merged(gathered.selections) if gathered.selections else None
            values = await values_of(self._batch, gathered.context, keys, gathered.arguments, selection)
            for parent, (_, future) in enumerate(gathered.waiting):
                if not future.done():
                    future.set_result(values[parent if keys.index is None else keys.index[parent]])
        finally:
            for _, future in gathered.waiting:
                future.cancel()  # of those that are left if the call was cancelled


class _Lookup:
    """The resolver of a field whose arguments name its object."""

    def __init__(self, index: SchemaIndex, lookup: Lookup) -> None:
        self._key = lookup.key
        self._loader = _Loader(index, lookup.batch)

    def __call__(self, _: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return self._loader.load(self._key(**arguments), info, {})


class _Abandon:
    """Cancels a call when nobody waits for it any more: a cancelled request cancels its queries."""

    __slots__ = ("_gathered", "_task")

    def __init__(self, task: asyncio.Task[None], gathered: _Gathered) -> None:
        self._task = task
        self._gathered = gathered

    def __call__(self, _: asyncio.Future[Any]) -> None:
        if all(future.cancelled() for _, future in self._gathered.waiting):
            self._task.cancel()
