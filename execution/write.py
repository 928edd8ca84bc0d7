"""The fast writer: columns to structs, bottom up, for levels in which nothing went wrong."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import Any

from msgspec import Struct

from execution.leaves import NeedsCare
from execution.levels import Column, Level
from execution.reading import fill


def rows(level: Level) -> list[Struct]:
    """One struct per object of a level. Raises NeedsCare at the first null or error that is not allowed."""
    node = level.node
    if not node.steps:
        return [node.struct() for _ in level.objects]
    plain = node.plain
    if plain is not None and len(plain.numbers) == len(node.steps):
        structs = plain.structs(level.objects)
        if structs is not None:
            return structs
    return list(map(node.struct, *_cells(level)))


def _cells(level: Level) -> list[Iterable[Any]]:
    """A column per step, in the order of the struct."""
    node = level.node
    cells: list[Iterable[Any]] = [()] * len(node.steps)
    numbers: Iterable[int] = node.active
    if node.plain is not None:
        columns = node.plain.columns(level.objects)
        if columns is None:
            fill(level)
            numbers = chain(node.plain.numbers, node.active)
        else:
            for number, column in zip(node.plain.numbers, columns, strict=True):
                cells[number] = column
    for number in numbers:
        cells[number] = written(level.columns[number])
    for number in node.typenames:
        cells[number] = repeat(node.type.name, len(level.objects))
    return cells


def written(column: Column) -> Sequence[Any]:
    """What each parent gets for one step."""
    if not column.clean:
        raise NeedsCare
    step, layers = column.step, column.layers
    leaf = step.leaf
    values = leaf.column(layers[-1], nullable=step.nullable[-1]) if leaf else _objects(column)
    if values is layers[-1] and column.intact:
        values = layers[0]  # nothing was converted: the lists are as they came
    else:
        for layer in reversed(layers[:-1]):
            values = _fold(layer, values)
    if column.index is None:
        return values
    return [None if number < 0 else values[number] for number in column.index]


def _objects(column: Column) -> Sequence[Any]:
    """A struct, or null, for each value of the innermost layer."""
    values = column.layers[-1]
    done = [rows(level) for level in column.levels]
    if column.slots is None:
        items = done[0] if done else []
    else:
        iterators = [iter(structs) for structs in done]
        items = [next(iterators[slot]) for slot in column.slots]
    if len(items) == len(values):
        return items
    following = iter(items)
    return [None if value is None else next(following) for value in values]


def _fold(layer: Sequence[Any], items: Sequence[Any]) -> Sequence[Any]:
    """The items of a layer back in their lists."""
    following: Iterator[Any] = iter(items)
    return [None if value is None else list(islice(following, len(value))) for value in layer]
