"""Root fields that read rule sets, what they would change, and what evaluating anew changed."""

from typing import Annotated, Any

import strawberry

from hub.domain.rule_sets import RuleStatus
from resolvers import evaluation, rule_sets, simulation
from resolvers.paging import FIRST
from schema.arguments import OneProgrammeCode, ProgrammeCode, RegionCode, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First
from schema.types.rule_set import Evaluation, RuleImpact, RuleSet, VerdictChange


@strawberry.type
class RuleQueries:
    """Rule sets, simulations, evaluations."""

    @asked(RuleSet | None, "A version of a programme's rule.")
    async def rule_set(
        self,
        info: Info,
        programme_code: OneProgrammeCode,
        version: Annotated[int, strawberry.argument(description="Number of the version.")],
    ) -> Any:
        return await rule_sets.find_rule_set(info.context, programme_code, version)

    @asked(Connection[RuleSet], "Versions of rules: by programme, the newest first.")
    async def rule_sets(
        self,
        info: Info,
        programme_code: ProgrammeCode = None,
        status: Annotated[RuleStatus | None, strawberry.argument(description="Only those of this status.")] = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        word = None if status is None else status.value
        return await rule_sets.list_rule_sets(info.context, programme_code, word, first, after)

    @asked(RuleImpact, "What a version would change in a region, by its newest finished simulation.")
    async def rule_impact(
        self,
        info: Info,
        programme_code: OneProgrammeCode,
        version: Annotated[
            int | None, strawberry.argument(description="Number of the version; left out: the newest simulated one.")
        ] = None,
        region_code: Annotated[
            str | None, strawberry.argument(description="A province or regency; left out: the nation.")
        ] = None,
    ) -> Any:
        return await simulation.find_impact(info.context, programme_code, version, region_code)

    @asked(Connection[Evaluation], "Evaluations of all units, the newest first.")
    async def evaluations(self, info: Info, first: First = FIRST, after: After = None) -> Any:
        return await evaluation.list_evaluations(info.context, first, after)

    @asked(Connection[VerdictChange], "What an evaluation changed, by programme and regency.")
    async def verdict_changes(
        self,
        info: Info,
        evaluation_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The evaluation; left out: the newest.")
        ] = None,
        programme_code: ProgrammeCode = None,
        region_code: RegionCode = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        return await evaluation.list_changes(info.context, evaluation_id, programme_code, region_code, (first, after))
