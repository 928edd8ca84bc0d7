"""The fast writer: columns to structs, bottom up, for levels in which nothing went wrong."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from execution.leaves import NeedsCare
from execution.levels import Column, Level
from execution.plan import Node
from execution.reading import fill
from execution.table import Table

Values = Sequence[Any]


def rows(level: Level) -> list[Struct]:
    """One struct per object of a level. Raises NeedsCare at the first null or error that is not allowed."""
    node, objects = level.node, level.objects
    if not node.steps:
        return [node.struct() for _ in objects]
    columns = level.columns
    cells = [written(columns[number]) for number in node.active] if node.active else []
    if type(objects) is Table:
        plain = _leaves(node, objects)
    else:
        done = node.writer(node, objects, cells)
        if done is not None:
            return done
        plain = None
    if plain is None:
        fill(level)
        plain = [written(columns[number]) for number in node.plain]
    structs = list(map(node.struct, *_in_order(node, plain, cells, len(objects))))
    if len(structs) != len(objects):  # nobody may ever get what belongs to the next one
        raise RuntimeError(f"{len(objects)} objects of {node.type.name} were written as {len(structs)}.")
    return structs


def _in_order(node: Node, plain: Sequence[Values], active: Sequence[Values], size: int) -> list[Values]:
    """A column per step, as the struct has them: those of the plain and of the active steps, and names of the type."""
    if len(plain) == len(node.steps):
        return list(plain)
    cells: list[Values] = [[node.type.name] * size] * len(node.steps)
    for number, column in zip(node.plain, plain, strict=True):
        cells[number] = column
    for number, column in zip(node.active, active, strict=True):
        cells[number] = column
    return cells


def _leaves(node: Node, table: Table) -> list[Values] | None:
    """The checked columns of the plain leaves of a table; None if an attribute cannot be read of all objects."""
    columns: list[Values] = []
    for number in node.plain:
        step = node.steps[number]
        try:
            values = table.column(step.attribute)
        except Exception:  # noqa: BLE001  # whose error it is, is found where columns are filled
            return None
        columns.append(step.leaf.column(values, nullable=step.nullable[0]) if step.leaf else values)
    return columns


def written(column: Column) -> Values:
    """What each parent gets for one step."""
    if not column.clean:
        raise NeedsCare
    step, innermost = column.step, column.layers[-1]
    if step.leaf is not None:
        values = step.leaf.column(innermost, nullable=step.nullable[-1])
    else:
        values = _structs(column)
        if len(values) != len(innermost):
            following = iter(values)
            values = [None if value is None else next(following) for value in innermost]
    for sizes in reversed(column.sizes):
        values = _fold(sizes, values)
    if column.index is None:
        return values
    return [None if number < 0 else values[number] for number in column.index]


def _structs(column: Column) -> Values:
    """A struct for each object in the innermost layer."""
    levels = column.levels
    if column.slots is None:
        return rows(levels[0]) if levels else []
    iterators = [iter(rows(level)) for level in levels]
    return [next(iterators[slot]) for slot in column.slots]


def _fold(sizes: Sequence[int], items: Values) -> Values:
    """The items of a layer back in lists of these sizes; null for a negative one."""
    if len(sizes) == 1:
        return [None if sizes[0] < 0 else items]
    folded: list[Any] = []
    start = 0
    for size in sizes:
        if size < 0:
            folded.append(None)
        else:
            folded.append(items[start : start + size])
            start += size
    return folded
