"""Arguments that several fields take, with their descriptions."""

from typing import Annotated, Any

import strawberry

from execution.batch import Ahead
from hub.domain.matches import MatchStatus
from hub.matching.judgement import VerdictStatus

AHEAD = "ahead"
"""Metadata of a root field: its `Ahead`."""

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


def asked(graphql_type: Any, description: str, ahead: Ahead | None = None) -> Any:
    """A root field of this type; `ahead` tells the key of its object before the object is read."""
    metadata = {} if ahead is None else {AHEAD: ahead}
    return strawberry.field(graphql_type=graphql_type, description=description, metadata=metadata)
