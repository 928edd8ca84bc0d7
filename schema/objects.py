"""How a type is declared: its fields are those of the Python class whose instances stand for it, and it needs a scope."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from hub.domain.principal import Scope

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@strawberry.interface(description="An object that can be asked for by its id.")
class Node:
    """Every business object."""

    id: strawberry.ID = strawberry.field(
        description="Opaque: it names the object in the whole hub, and says nothing else."
    )


def entity(row: type, scope: Scope, description: str, keys: tuple[str, ...] = ("id",)) -> Callable[[type[T]], type[T]]:
    """A Node whose instances are of the class `row`, and which other subgraphs can extend by each of its keys."""

    def declare(declared: type[T]) -> type[T]:
        _stand_for(declared, row)
        wrap = strawberry.federation.type(keys=list(keys), requires_scopes=[[scope.value]], description=description)
        return wrap(declared)

    return declare


def shape(row: type, scope: Scope, description: str) -> Callable[[type[T]], type[T]]:
    """A type without an id of its own, whose instances are of the class `row`."""

    def declare(declared: type[T]) -> type[T]:
        _stand_for(declared, row)
        return strawberry.federation.type(requires_scopes=[[scope.value]], description=description)(declared)

    return declare


def words(description: str, **of_values: str) -> Callable[[type[E]], type[E]]:
    """An enum with a description for each of its values."""

    def declare(declared: type[E]) -> type[E]:
        wrapped = strawberry.enum(declared, description=description)
        definition: StrawberryEnumDefinition = wrapped.__strawberry_definition__  # type: ignore[attr-defined]  # set by Strawberry
        for value in definition.values:
            value.description = of_values[value.name]
        return wrapped

    return declare


def row_of(declared: type) -> type | None:
    """The class whose instances stand for a type."""
    row: type | None = getattr(declared, "row_class", None)
    return row


def _stand_for(declared: Any, row: type) -> None:
    declared.row_class = row
    declared.is_type_of = staticmethod(lambda value, _info: isinstance(value, row))
