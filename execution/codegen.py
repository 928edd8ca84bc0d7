"""Generated Python: one function per selection set that reads, checks and builds all objects of a level.

For each object it reads the plain leaves, tests whether they are what graphql-core would write as they are (strings,
booleans, words of an enum, integers of 32 bits, finite floats, days, nulls where they are allowed), and makes the struct that is
written, without a step of the executor for any of them. At the first value that fails its test it gives up, and the columns are
read and checked one by one.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from execution.facts import How

if TYPE_CHECKING:
    from execution.plan import Node, Step

Write = Callable[..., list[Struct] | None]
PATIENCE = 8
"""After so many levels in a row that could not be written, it is not tried again."""


class Writer:
    """Writes the levels of a selection set.

    The first level is left to the columns, since most operations that are new are seen once and compiling costs more than
    a level saves; the second one compiles.
    """

    __slots__ = ("_levels", "_misses", "_write")

    def __init__(self) -> None:
        self._levels = 0
        self._misses = 0
        self._write: Write | None = None

    def __call__(self, node: "Node", objects: Sequence[Any], cells: Sequence[Sequence[Any]]) -> list[Struct] | None:
        """The objects as structs, with what the other steps give each of them; None if a value needs a closer look."""
        if self._misses >= PATIENCE:
            return None
        if self._write is None:
            self._levels += 1
            if self._levels == 1:
                return None
            self._write = _compiled(node)
        try:
            done = self._write(objects, *cells)
        except Exception:  # noqa: BLE001  # an attribute may raise anything: its error is found later
            done = None
        self._misses = 0 if done is not None else self._misses + 1
        return done


def source_of(node: "Node") -> str:
    """The text of the generated function; `struct`, `date` and the words of enums are its globals."""
    given = [f"c{number}" for number in node.active]
    each = [f"v{number}" for number in node.active]
    loop = (
        f"for o, {', '.join(each)} in zip(objects, {', '.join(given)}, strict=True):" if each else "for o in objects:"
    )
    lines = [f"def write({', '.join(['objects', *given])}):", "    rows = []", f"    {loop}"]
    for number in node.plain:
        step = node.steps[number]
        lines += [
            f"        v{number} = o.{step.attribute}",
            f"        if not ({_test(step, number)}):",
            "            return None",
        ]
    values = [repr(node.type.name) if step.how is How.TYPENAME else f"v{n}" for n, step in enumerate(node.steps)]
    return "\n".join([*lines, f"        rows.append(struct({', '.join(values)}))", "    return rows", ""])


def _test(step: "Step", number: int) -> str:
    if step.leaf is None or step.leaf.test is None:
        raise ValueError(f"{step.parent}.{step.name} is not plain.")
    test = step.leaf.test.format(value=f"v{number}", words=f"words{number}")
    return f"v{number} is None or {test}" if step.nullable[0] else test


def _compiled(node: "Node") -> Write:
    namespace: dict[str, Any] = {"struct": node.struct, "date": date}
    for number in node.plain:
        leaf = node.steps[number].leaf
        namespace[f"words{number}"] = leaf.words if leaf else None
    # Only identifiers that `batch.check` let through are in the source: nothing of a request is.
    exec(compile(source_of(node), f"<plan {node.type.name}>", "exec"), namespace)  # noqa: S102  # see above
    write: Write = namespace["write"]
    return write
