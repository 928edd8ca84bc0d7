"""Root fields of findings: read them, count them, decide on them."""

from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from resolvers import findings
from resolvers.findings import Wanted
from resolvers.paging import FIRST
from schema.arguments import Id, ProgrammeCode, RegionCode, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First
from schema.types.finding import Finding, FindingCount
from schema.types.finding_words import FindingKind, FindingStatus

_Kind = Annotated[FindingKind | None, strawberry.argument(description="Only findings of this kind.")]
_Status = Annotated[FindingStatus | None, strawberry.argument(description="Only findings of this status.")]


@strawberry.type
class FindingQueries:
    """Findings of unused entitlements."""

    @asked(Finding | None, "A finding by its id.")
    async def finding(self, info: Info, object_id: Id) -> Any:
        return await info.context.load(findings.findings_by_id, number_of(Kind.FINDING, object_id))

    @asked(
        Connection[Finding],
        "Entitlements that lie unused and changes that are coming, in the order in which they were found. The region is a "
        "province or regency.",
    )
    async def findings(  # noqa: PLR0913 -- these are the field's arguments
        self,
        info: Info,
        region_code: RegionCode = None,
        kind: _Kind = None,
        status: _Status = None,
        programme_code: ProgrammeCode = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = Wanted(
            region_code, None if kind is None else kind.value, None if status is None else status.value, programme_code
        )
        return await findings.list_findings(info.context, wanted, (first, after))

    @asked(
        list[FindingCount], "How many findings of each kind the regencies have. The region is a province or regency."
    )
    async def finding_counts(self, info: Info, region_code: RegionCode = None) -> Any:
        return await findings.count_findings(info.context, region_code)
