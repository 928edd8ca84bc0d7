"""Root fields that read policies, work lists by urgency, and how promises are kept."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from hub.domain.clocks import ClockKind
from resolvers import case_statistics, clocks, sla_policies
from resolvers.case_statistics import StatisticsAsked
from resolvers.clocks import AtRiskList
from resolvers.paging import FIRST
from schema.arguments import RegionCode, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First
from schema.types.case_file import CaseFile
from schema.types.clock import CaseStatistics, SlaPolicy
from schema.types.clock_words import StatisticsGrouping


@strawberry.type
class ClockQueries:
    """Policies, urgent case files, statistics."""

    @asked(
        Connection[SlaPolicy],
        "Policies [standar pelayanan]: the nation's, then those of the regencies that the caller sees; the newest of each first.",
    )
    async def sla_policies(self, info: Info, first: First = FIRST, after: After = None) -> Any:
        return await sla_policies.list_policies(info.context, first, after)

    @asked(Connection[CaseFile], "Case files whose running clock is AT_RISK or BREACHED, the most urgent first.")
    async def case_files_at_risk(
        self,
        info: Info,
        kind: Annotated[ClockKind, strawberry.argument(description="By which clock.")],
        region_code: RegionCode = None,
        agency_code: Annotated[
            str | None,
            strawberry.argument(description="Only what this agency works on, such as 35.10/DINAS_SOSIAL."),
        ] = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = AtRiskList(kind.value, region_code, agency_code)
        return await clocks.list_at_risk(info.context, wanted, first, after)

    @asked(
        list[CaseStatistics],
        "How promises were kept to those whose case files were received in a period, counted now; at most 600 rows.",
    )
    async def case_statistics(
        self,
        info: Info,
        group_by: Annotated[StatisticsGrouping, strawberry.argument(description="What a row is.")],
        received_from: Annotated[datetime, strawberry.argument(description="Start of the period.")],
        received_before: Annotated[
            datetime,
            strawberry.argument(description="End of the period, which does not belong to it; at most 366 days."),
        ],
        region_code: RegionCode = None,
    ) -> Any:
        wanted = StatisticsAsked(group_by.value, region_code, received_from, received_before)
        return await case_statistics.count_case_files_by(info.context, wanted)
