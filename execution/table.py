"""Objects that are held as columns: what a source gives in columns is written from them, without an object per row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise, repeat
from operator import attrgetter
from typing import Any, final

from msgspec import Struct

Column = Sequence[Any]
Derive = Callable[["Table"], Column]


@final
class Table(Sequence[Any]):
    """`size` objects of the class `kind`, made only when somebody wants one.

    `columns` has the values of its fields; a field that is not there is None. `derived` says how to compute an attribute
    that is no field for all objects at once; any other is asked of the objects.
    """

    __slots__ = ("_objects", "columns", "derived", "kind", "size")

    def __init__(
        self, kind: type[Struct], size: int, columns: Mapping[str, Column], derived: Mapping[str, Derive]
    ) -> None:
        self.kind = kind
        self.size = size
        self.columns = columns
        self.derived = derived
        self._objects: list[Any] | None = None

    @staticmethod
    def joined(tables: "Sequence[Table]") -> "Table | None":
        """The objects of several tables of a kind, one after the other; None if they have not the same columns."""
        first = tables[0]
        names = first.columns.keys()
        if any(each.kind is not first.kind or each.columns.keys() != names for each in tables):
            return None
        columns = {name: list(chain.from_iterable([each.columns[name] for each in tables])) for name in names}
        return Table(first.kind, sum(each.size for each in tables), columns, first.derived)

    def column(self, attribute: str) -> Column:
        """The values of an attribute. Raises whatever an object raises."""
        values = self.columns.get(attribute)
        if values is not None:
            return values
        derive = self.derived.get(attribute)
        return list(map(attrgetter(attribute), self.objects)) if derive is None else derive(self)

    @property
    def objects(self) -> list[Any]:
        """The objects."""
        if self._objects is None:
            columns = [self.columns.get(name, repeat(None, self.size)) for name in self.kind.__struct_fields__]
            self._objects = list(map(self.kind, *columns))
        return self._objects

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, slice):
            return self.objects[place]
        columns = {name: values[place] for name, values in self.columns.items()}
        return Table(self.kind, len(range(self.size)[place]), columns, self.derived)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.objects)


@final
class Grouped(Sequence[Sequence[Any]]):
    """Lists of objects that lie one after the other in a table, so many in each."""

    __slots__ = ("_starts", "sizes", "table")

    def __init__(self, table: Table, sizes: list[int]) -> None:
        self.table = table
        self.sizes = sizes
        self._starts: list[int] | None = None

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, place: Any) -> Any:
        if self._starts is None:
            self._starts = [0, *accumulate(self.sizes)]
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        end = self._starts[place + 1 if place >= 0 else place]
        return self.table.objects[end - self.sizes[place] : end]

    def __iter__(self) -> Iterator[list[Any]]:
        for start, end in pairwise((0, *accumulate(self.sizes))):
            yield self.table.objects[start:end]
