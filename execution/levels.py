"""What a request holds while it runs: levels of objects, and one column of values per field of a level."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, TypeVar

from graphql.pyutils import Path
from msgspec import Struct

from execution.kinds import ERROR, LIST, NULL, UNDEFINED, is_null, kinds, listed
from execution.plan import Node, Step
from execution.table import Grouped

SeedT = TypeVar("SeedT")


class Level(Struct, eq=False):
    """The objects of one selection set, over all their parents, and a column for each of its steps.

    They came from the column `above` (None at the root), and are the one of its levels that has this `number`.
    """

    node: Node
    objects: Sequence[Any]
    columns: "list[Column]"
    above: "Column | None" = None
    number: int = 0
    keys: dict[str, Any] = {}
    """Of batches, by the attribute that they go by (`batching.Keys`)."""
    _paths: list[Path | None] | None = None

    def release(self) -> None:
        """Undo its ties with columns, once all is written: else only the garbage collector frees them."""
        self.columns.clear()
        self.above = None

    def paths(self) -> list[Path | None]:
        """Where each object stands in the response; computed only for resolvers that are called per object."""
        if self._paths is None:
            if self.above is None:
                self._paths = [None] * len(self.objects)
            else:
                self._paths = list(self.above.item_paths(self.number))
        return self._paths

    def field_paths(self, step: Step) -> list[Path]:
        """The path of a field of every object."""
        return [Path(path, step.key, step.parent.name) for path in self.paths()]


class Column(Struct, eq=False):
    """The values of one step. `layers[0]` has a value per parent, or per distinct key where `index` says
    which value a parent has (-1: null); `layers[k + 1]` has the items of all lists in `layers[k]`, and
    `sizes[k]` how many each gave (-1: no list). Lists are the author's and may change while others are waited
    for: they are read once, and their length is never asked again.

    In the innermost layer every position is null, an error, or an item: for objects, item i belongs to
    `levels[slots[i]]` (all to `levels[0]` without slots) unless `failures` has its error. `clean` says
    that no null or error was seen where the type allows none.
    """

    level: Level
    step: Step
    layers: list[Sequence[Any]]
    index: list[int] | None = None
    clean: bool = True
    levels: list[Level] = []
    sizes: list[list[int]] = []
    slots: list[int] | None = None
    failures: dict[int, Exception] = {}

    @property
    def innermost(self) -> bool:
        """Whether all lists have been opened."""
        return len(self.layers) > self.step.depth

    def check_nulls(self, flags: int) -> None:
        """A null where the type allows none, or an error, makes the column unfit for the fast writer."""
        if flags & (ERROR | UNDEFINED) or (flags & NULL and not self.step.nullable[len(self.layers) - 1]):
            self.clean = False

    def descend(self, flags: int) -> None:
        """Open the lists of the last layer."""
        values = self.layers[-1]
        if flags & ~(LIST | NULL):
            values = self.layers[-1] = [listed(value) for value in values]
            flags = kinds(values)
        self.check_nulls(flags)
        if flags == LIST:
            self.sizes.append(list(map(len, values)))
            self.layers.append(list(chain.from_iterable(values)))
        else:
            self.sizes.append([len(value) if _is_list(value) else -1 for value in values])
            self.layers.append(list(chain.from_iterable(filter(_is_list, values))))

    def descend_grouped(self, lists: Grouped) -> None:
        """Open lists that are known to be lists of objects."""
        self.sizes.append(lists.sizes)
        self.layers.append(lists.table)

    def items(self, flags: int) -> Sequence[Any]:
        """The innermost values that are neither null nor an error."""
        self.check_nulls(flags)
        values = self.layers[-1]
        if flags & (NULL | UNDEFINED | ERROR):
            return [value for value in values if is_item(value)]
        return values

    def starts(self) -> list[list[int]]:
        """For each layer but the last: where in the next layer the items of each value begin."""
        return [[0, *accumulate(max(0, size) for size in sizes)] for sizes in self.sizes]

    def spread(self, seeds: Sequence[SeedT], step: Callable[[SeedT, int], SeedT]) -> Iterator[SeedT]:
        """One seed per value of the first layer -> one per item of the innermost layer."""
        current = seeds
        for sizes in self.sizes:
            current = [step(seed, number) for seed, size in zip(current, sizes, strict=True) for number in range(size)]
        for seed, value in zip(current, self.layers[-1], strict=True):
            if is_item(value):
                yield seed

    def first_parents(self) -> list[int]:
        """For each value of the first layer the first parent that has it."""
        if self.index is None:
            return list(range(len(self.layers[0])))
        first: dict[int, int] = {}
        for parent, number in enumerate(self.index):
            first.setdefault(number, parent)
        return [first[number] for number in range(len(self.layers[0]))]

    def paths(self) -> list[Path]:
        """The path of the field at each value of the first layer."""
        above = self.level.field_paths(self.step)
        return [above[parent] for parent in self.first_parents()]

    def item_paths(self, number: int) -> Iterator[Path]:
        """The path of every item that belongs to `levels[number]`."""
        for item, path in enumerate(self.spread(self.paths(), Path.add_key)):
            if item not in self.failures and (self.slots is None or self.slots[item] == number):
                yield path

    def owners(self) -> list[int]:
        """For each item the value of the first layer that it came from."""
        return list(self.spread(range(len(self.layers[0])), _keep))


EMPTY: Any = None
"""Stands in a level until the step has its column."""


def is_item(value: Any) -> bool:
    """Whether a value of the innermost layer is to be completed."""
    return not is_null(value) and not isinstance(value, Exception)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _keep(seed: int, _: int) -> int:
    return seed
