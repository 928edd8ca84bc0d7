"""The scalars of schema/district.graphql under Strawberry, and what its resolvers are given."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.schema.config import StrawberryConfig

from simulators.district import DistrictSystem

Info = strawberry.Info[DistrictSystem, None]
Revision = NewType("Revision", int)
Rupiah = NewType("Rupiah", int)


def _write_moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_moment(text: str) -> datetime:
    """A moment as the contract writes it, exact to the microsecond; ValueError when it is none or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone: write it as 2026-07-01T08:00:00Z")
    return moment


CONFIG = StrawberryConfig(
    scalar_map={
        Revision: strawberry.scalar(name="Revision", serialize=int, parse_value=int),
        Rupiah: strawberry.scalar(name="Rupiah", serialize=int, parse_value=int),
        datetime: strawberry.scalar(name="DateTime", serialize=_write_moment, parse_value=read_moment),
    }
)
