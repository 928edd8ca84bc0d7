"""Root fields that read programmes, pools, coverage, verdicts, matches, runs and what came in."""

from typing import Annotated, Any

import strawberry

from hub.domain.errors import Invalid, NotFound
from hub.domain.opaque_id import Kind, number_of
from resolvers import districts, matches, programmes, registry, runs, verdicts
from resolvers.paging import FIRST
from schema.arguments import (
    Id,
    OfMatchStatus,
    OneProgrammeCode,
    ProgrammeCode,
    RegencyCode,
    RegionCode,
    asked,
)
from schema.connection import Connection
from schema.context import Info, RequestContext
from schema.fields import After, First, attributes_below
from schema.types.district import DistrictSystem, IngestBatch, Reject
from schema.types.match import Match
from schema.types.programme import Coverage, EntitlementPool, Programme
from schema.types.run import AllocationRun
from schema.types.verdict import Verdict


@strawberry.type
class WorkQueries:
    """Programmes, pools, coverage, verdicts, matches, runs, districts."""

    @asked(Programme | None, "A programme by its code.")
    async def programme(self, info: Info, code: OneProgrammeCode) -> Any:
        return await info.context.load(programmes.programmes_of, code)

    @asked(list[Programme], "All programmes [program bantuan].")
    async def programmes(self, info: Info) -> Any:
        return await programmes.list_programmes(info.context)

    @asked(Connection[EntitlementPool], "Pools of entitlements [kuota, buffer stok] that concern the caller's region.")
    async def pools(
        self,
        info: Info,
        programme_code: ProgrammeCode = None,
        region_code: Annotated[
            str | None, strawberry.argument(description="Only the pools of exactly this region.")
        ] = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        return await programmes.list_pools(info.context, programme_code, region_code, first, after)

    @asked(
        list[Coverage],
        "Need and supply [cakupan] of regions, counted when matching ran last. Regions without households have none.",
    )
    async def coverage(
        self,
        info: Info,
        region_code: Annotated[
            str | None, strawberry.argument(description="Of this region; or name regionCodes or parentCode.")
        ] = None,
        region_codes: Annotated[
            list[str] | None, strawberry.argument(description="Of these regions, at most 100.")
        ] = None,
        parent_code: Annotated[
            str | None, strawberry.argument(description="Of all regions right below this one.")
        ] = None,
        programme_code: ProgrammeCode = None,
    ) -> Any:
        if sum(given is not None for given in (region_code, region_codes, parent_code)) != 1:
            raise Invalid("name one of regionCode, regionCodes and parentCode", ("regionCode",))
        attributes = attributes_below(info, "Coverage", ())
        if parent_code is not None:
            return await programmes.list_coverage_of_children(
                info.context, parent_code, programme_code, attributes=attributes
            )
        codes = region_codes if region_codes is not None else [str(region_code)]
        return await programmes.list_coverage(info.context, codes, programme_code, attributes=attributes)

    @asked(Verdict, "What a programme's rule says of a household or person now, clause by clause.")
    async def verdict(
        self,
        info: Info,
        programme_code: OneProgrammeCode,
        household_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The household; or name personId.")
        ] = None,
        person_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The person; or name householdId.")
        ] = None,
    ) -> Any:
        unit = await _unit(info.context, household_id, person_id)
        return await verdicts.find_verdict(info.context, unit, programme_code)

    @asked(Match | None, "A match [pencocokan] by its id.")
    async def match(self, info: Info, object_id: Id) -> Any:
        return await info.context.load(matches.matches_by_id, number_of(Kind.MATCH, object_id))

    @asked(Connection[Match], "Matches in the order in which they were proposed. The region is a province or regency.")
    async def matches(
        self,
        info: Info,
        region_code: RegionCode = None,
        programme_code: ProgrammeCode = None,
        status: OfMatchStatus = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        word = None if status is None else status.value
        return await matches.list_matches(info.context, region_code, programme_code, word, (first, after))

    @asked(AllocationRun | None, "An allocation run by its id.")
    async def allocation_run(self, info: Info, object_id: Id) -> Any:
        return await info.context.load(runs.runs_of, number_of(Kind.ALLOCATION_RUN, object_id))

    @asked(Connection[AllocationRun], "Allocation runs, the newest first.")
    async def allocation_runs(
        self, info: Info, programme_code: ProgrammeCode = None, first: First = FIRST, after: After = None
    ) -> Any:
        return await runs.list_runs(info.context, programme_code, first, after)

    @asked(Connection[DistrictSystem], "District systems with how fresh their data is, in the order of their codes.")
    async def district_systems(self, info: Info, first: First = FIRST, after: After = None) -> Any:
        return await districts.list_districts(info.context, first, after)

    @asked(Connection[IngestBatch], "Batches of records that came in, the newest first.")
    async def ingest_batches(
        self, info: Info, regency_code: RegencyCode = None, first: First = FIRST, after: After = None
    ) -> Any:
        return await districts.list_batches(info.context, regency_code, first, after)

    @asked(Connection[Reject], "Records and values in quarantine [karantina].")
    async def rejects(
        self, info: Info, regency_code: RegencyCode = None, first: First = FIRST, after: After = None
    ) -> Any:
        return await districts.list_rejects(info.context, regency_code, first, after)


async def _unit(ctx: RequestContext, household_id: str | None, person_id: str | None) -> tuple[int, int | None]:
    if (household_id is None) == (person_id is None):
        raise Invalid("name either householdId or personId", ("householdId",))
    if household_id is not None:
        household = await ctx.load(registry.households_of, number_of(Kind.HOUSEHOLD, household_id))
        if household is None:
            raise NotFound(f"there is no household {household_id!r} that you may see")
        return (household.household_id, None)
    person = await ctx.load(registry.persons_of, number_of(Kind.PERSON, str(person_id)))
    if person is None:
        raise NotFound(f"there is no person {person_id!r} that you may see")
    return (person.household_id, person.person_id)
