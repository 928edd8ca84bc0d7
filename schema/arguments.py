"""Arguments that several fields take, with their descriptions."""

from collections.abc import Callable
from typing import Annotated, Any

import strawberry

from hub.domain.matches import MatchStatus
from hub.matching.judgement import VerdictStatus

Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="Its `id`.")]
RegionCode = Annotated[
    str | None,
    strawberry.argument(
        description="Kemendagri code of a region: only what lies in it. Left out: wherever the caller may look."
    ),
]
RegencyCode = Annotated[
    str | None, strawberry.argument(description="Code of a district: only what it sent. Left out: all that is visible.")
]
ProgrammeCode = Annotated[str | None, strawberry.argument(description="Only this programme.")]
OneProgrammeCode = Annotated[str, strawberry.argument(description="Code of the programme.")]
OfMatchStatus = Annotated[MatchStatus | None, strawberry.argument(description="Only matches of this status.")]
OfVerdict = Annotated[
    VerdictStatus | None,
    strawberry.argument(
        description="Only households of which a unit has this recorded verdict for `programmeCode`; name both or none."
    ),
]


JOINS = "joins"
"""Metadata of a root field: which of its requests may run together."""


def asked(graphql_type: Any, description: str, joins: Callable[..., bool] | None = None) -> Any:
    """A root field of this type; `joins` is that of `execution.batch.Call`."""
    return strawberry.field(graphql_type=graphql_type, description=description, metadata={JOINS: joins})


def unless_live(*, live: bool = False, **_: object) -> bool:
    """For lists: what districts are asked for may take long, and nobody else should wait for it."""
    return not live
