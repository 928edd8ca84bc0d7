"""Reads regions [wilayah]."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import by_key, grouped, read


class Region(msgspec.Struct, frozen=True, gc=False):
    """A region by its Kemendagri code."""

    code: str
    parent_code: str | None
    level: str
    kind: str
    name: str
    population: int | None
    area_km2: float | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.REGION, self.code)


@dataclass(frozen=True, slots=True)
class RegionFilter:
    """Which regions; None means any. `name` is the beginning of the name."""

    parent_code: str | None
    level: str | None
    name: str | None


async def find_regions(session: Session, codes: Sequence[str]) -> list[Region | None]:
    """The region of each code."""
    regions = read(Region, await session.fetch(query("region", "find_regions"), codes=list(codes)))
    return by_key(codes, ((region.code, region) for region in regions))


async def list_regions(session: Session, wanted: RegionFilter, *, after: str | None, first: int) -> list[Region]:
    """A page of regions in the order of their codes."""
    rows = await session.fetch(
        query("region", "list_regions"),
        parent_code=wanted.parent_code,
        level=wanted.level,
        name=wanted.name,
        after=after,
        first=first,
    )
    return read(Region, rows)


async def list_children(session: Session, codes: Sequence[str], *, after: str | None, first: int) -> list[list[Region]]:
    """For each region a page of the regions right below it."""
    rows = await session.fetch(query("region", "list_children"), codes=list(codes), after=after, first=first)
    return grouped(codes, ((row[0], Region(*row[1:])) for row in rows))
