"""Scalars that GraphQL does not have."""

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Long = NewType("Long", int)
_LARGEST = 2**63


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST <= value < _LARGEST:
        raise ValueError(f"{value!r} is not a whole number of 64 bits")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of 64 bits, such as an amount in rupiah or a revision.",
        serialize=_whole,
        parse_value=_whole,
    )
}
