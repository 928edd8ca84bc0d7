"""Values that are read without a resolver: plain attributes, and graphql-core's default resolver."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from execution.kinds import MAPPING, kinds
from execution.levels import EMPTY, Column, Level
from execution.plan import Step
from execution.table import Table

Values = Sequence[Any]


def read(step: Step, objects: Sequence[Any]) -> Values:
    """What a step goes by, of every object; or the exception that reading it raised."""
    function: Any = step.read
    try:
        name = step.attribute if step.batch is None else step.batch.key
        return (
            objects.column(name) if type(objects) is Table and isinstance(name, str) else list(map(function, objects))
        )
    except Exception:  # noqa: BLE001  # it is that object's error
        return each(objects, function)


def fill(level: Level) -> None:
    """Read the plain leaves of a level into columns, which are then checked one by one."""
    plain, steps, columns = level.node.plain, level.node.steps, level.columns
    if plain and columns[plain[0]] is EMPTY:
        for number in plain:
            columns[number] = Column(level, steps[number], [read(steps[number], level.objects)])


def defaults(objects: Sequence[Any], name: str) -> list[Any]:
    """What the default resolver finds: the key of a mapping, or the attribute, or null."""
    if not kinds(objects) & MAPPING:
        try:
            return [getattr(value, name, None) for value in objects]
        except Exception:  # noqa: BLE001, S110  # as above: then one by one
            pass

    def read(value: Any) -> Any:
        return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)

    return each(objects, read)


def each(objects: Sequence[Any], function: Callable[[Any], Any]) -> list[Any]:
    """`function` of each object, or the exception that it raised."""
    values = []
    for value in objects:
        try:
            values.append(function(value))
        except Exception as error:  # noqa: BLE001  # the error of this object only
            values.append(error)
    return values
