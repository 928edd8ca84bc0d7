"""Connections: pages of unbounded lists."""

from typing import Generic, TypeVar

import strawberry

from schema.fields import plain

T = TypeVar("T")


@strawberry.federation.type(description="Where a page lies in its list.", shareable=True)
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = plain("Whether more follows: ask again with `after` set to `endCursor`.")
    has_previous_page: bool = plain("Whether something comes before this page.")
    start_cursor: str | None = plain("Cursor of the first object; null on an empty page.")
    end_cursor: str | None = plain("Cursor of the last object; null on an empty page.")


@strawberry.type(description="An object of a list with its cursor.")
class Edge(Generic[T]):
    """An object of a list with its cursor."""

    cursor: str = plain("Continues after this object. It belongs to this query and its filters alone.")
    node: T = plain("The object.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = plain("The objects with their cursors.")
    nodes: list[T] = plain("The objects.")
    page_info: PageInfo = plain("Where the page lies in the list.")
