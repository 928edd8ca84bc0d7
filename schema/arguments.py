"""Arguments that several fields take, with their descriptions."""

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


def asked(graphql_type: Any, description: str) -> Any:
    """A root field of this type."""
    return strawberry.field(graphql_type=graphql_type, description=description)
