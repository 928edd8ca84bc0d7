"""The districts as one logical subgraph: who there is, and the way to ask them. One for a process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hub.domain.errors import Fatal
from hub.federation.directory import NO_DISTRICTS, Directory, Shard
from hub.federation.gather import Gather
from hub.federation.questions import Question

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Federation:
    """`directory` gives the newest snapshot: a request takes it once, and works with it to its end."""

    directory: Callable[[], Directory]
    gather: Gather


class _NoWay:
    """The transport of a hub without districts."""

    async def ask(self, shard: Shard, question: Question[A], deadline_at: float) -> A:  # noqa: ARG002 -- the Protocol's words
        raise Fatal(shard.regency_code, f"District {shard.regency_code} cannot be reached from here", reason="NO_WAY")


def no_federation() -> Federation:
    """That of a hub in which no district takes part."""
    return Federation(lambda: NO_DISTRICTS, Gather(_NoWay()))
