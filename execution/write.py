"""The fast writer: columns to structs, bottom up, for levels in which nothing went wrong."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from execution.leaves import NeedsCare
from execution.levels import Column, Level
from execution.plan import Node
from execution.reading import fill
from execution.table import Table


def rows(level: Level) -> list[Struct]:
    """One struct per object of a level. Raises NeedsCare at the first null or error that is not allowed."""
    node, objects = level.node, level.objects
    if not node.steps:
        return [node.struct() for _ in objects]
    columns = level.columns
    cells = [written(columns[number]) for number in node.active]
    if type(objects) is not Table:
        done = node.writer(node, objects, cells)
        if done is not None:
            return done
    structs = list(map(node.struct, *_cells(level, cells)))
    if len(structs) != len(objects):  # nobody may ever get what belongs to the next one
        raise RuntimeError(f"{len(objects)} objects of {node.type.name} were written as {len(structs)}.")
    return structs


def _cells(level: Level, active: Sequence[Sequence[Any]]) -> list[Iterable[Any]]:
    """A column per step, in the order of the struct; `active` are those of the active steps."""
    node, objects = level.node, level.objects
    cells: list[Iterable[Any]] = [[node.type.name] * len(objects)] * len(node.steps)
    plain = _leaves(node, objects) if type(objects) is Table else None
    if plain is None:
        fill(level)
        plain = [written(level.columns[number]) for number in node.plain]
    for number, column in zip(node.plain, plain, strict=True):
        cells[number] = column
    for number, column in zip(node.active, active, strict=True):
        cells[number] = column
    return cells


def _leaves(node: Node, table: Table) -> list[Sequence[Any]] | None:
    """The checked columns of the plain leaves of a table; None if an attribute cannot be read of all objects."""
    leaves = [node.steps[number] for number in node.plain]
    try:
        columns = [table.column(step.attribute) for step in leaves]
    except Exception:  # noqa: BLE001  # whose error it is, is found where columns are filled
        return None
    return [
        step.leaf.column(values, nullable=step.nullable[0])  # type: ignore[union-attr]  # plain, so a leaf
        for step, values in zip(leaves, columns, strict=True)
    ]


def written(column: Column) -> Sequence[Any]:
    """What each parent gets for one step."""
    if not column.clean:
        raise NeedsCare
    step, layers = column.step, column.layers
    leaf = step.leaf
    values = leaf.column(layers[-1], nullable=step.nullable[-1]) if leaf else _objects(column)
    for sizes in reversed(column.sizes):
        values = _fold(sizes, values)
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


def _fold(sizes: Sequence[int], items: Sequence[Any]) -> Sequence[Any]:
    """The items of a layer back in lists of these sizes; null for a negative one."""
    folded: list[Any] = []
    start = 0
    for size in sizes:
        if size < 0:
            folded.append(None)
        else:
            folded.append(items[start : start + size])
            start += size
    return folded
