"""Generated Python: one function per selection set that reads all plain attributes of a level."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from execution.table import Table

Column = Sequence[Any]
Read = Callable[[Sequence[Any]], Sequence[Column]]


class Reader:
    """Reads `attributes` of many objects: one column per attribute, in their order.

    The first level is read without generated code, since most operations that are new are seen once and
    compiling costs more than a level saves; the second one compiles.
    """

    __slots__ = ("_calls", "_read", "attributes", "name")

    def __init__(self, name: str, attributes: Sequence[str]) -> None:
        self.name = name
        self.attributes = tuple(attributes)
        self._calls = 0
        self._read: Read | None = None

    def __call__(self, objects: Sequence[Any]) -> Sequence[Column]:
        """The columns. Raises whatever an attribute raises: then the caller reads one by one."""
        if type(objects) is Table:
            return [objects.column(attribute) for attribute in self.attributes]
        if self._read is None:
            self._calls += 1
            if self._calls == 1:
                return [list(map(attrgetter(attribute), objects)) for attribute in self.attributes]
            self._read = _compiled(self.name, self.source)
        return self._read(objects)

    @property
    def source(self) -> str:
        """The text of the generated function."""
        row = ", ".join(f"o.{attribute}" for attribute in self.attributes)
        return f"def {self.name}(objects):\n    return list(zip(*[({row},) for o in objects]))\n"


def _compiled(name: str, source: str) -> Read:
    namespace: dict[str, Any] = {}
    # Only identifiers that `batch.check` let through are in the source: nothing of a request is.
    exec(compile(source, f"<plan {name}>", "exec"), namespace)  # noqa: S102  # see above
    read: Read = namespace[name]
    return read
