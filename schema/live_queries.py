"""Root fields that answer from what the hub holds or, with `live: true`, from the districts as they are now."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder
from hub.domain.errors import Invalid
from hub.domain.opaque_id import Kind, number_of
from hub.store.registry import VerdictFilter
from resolvers import case_lists, household_lists, village_lists
from resolvers.case_lists import CaseFileList
from resolvers.household_lists import HouseholdList
from resolvers.paging import FIRST
from resolvers.village_lists import VillageList
from schema.arguments import OfVerdict, ProgrammeCode, RegionCode, asked, unless_live
from schema.context import Info
from schema.fields import After, First, attributes_below
from schema.types.case_file import CaseFile, VillageService
from schema.types.completeness import CaseFileCount, LiveConnection
from schema.types.registry import Household
from schema.types.village_profile import PovertySeries, VillageProfile
from schema.types.work_words import CaseCategory, CaseStatus

Live = Annotated[
    bool,
    strawberry.argument(
        description="Ask the districts now. What the hub holds stands in for one that does not answer: `completeness` says so."
    ),
]
MinimumCoverage = Annotated[
    float | None,
    strawberry.argument(
        description="With `live: true`: the error COVERAGE_TOO_LOW when a smaller share of the districts answers, 0 to 1."
    ),
]
Ids = Annotated[
    list[strawberry.ID] | None, strawberry.argument(description="Only these, at most 100; then name nothing else.")
]


def _narrowing(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="Which case files. What is left out or null does not narrow.")
class CaseFileFilter:
    """Which case files."""

    statuses: list[CaseStatus] | None = _narrowing("Of one of these statuses.")
    categories: list[CaseCategory] | None = _narrowing("Of one of these categories.")
    received_from: datetime | None = _narrowing("Received at this moment or later.")
    received_before: datetime | None = _narrowing("Received before this moment: older than that.")
    number: str | None = _narrowing(
        "With exactly this number [nomor laporan]; name regionCode as well where it is known."
    )
    text: str | None = _narrowing("With this text in the number or the summary, capital or small letters alike.")

    def criteria(self) -> CaseFileCriteria:
        """As the lists take it."""
        return CaseFileCriteria(
            statuses=_words(self.statuses),
            categories=_words(self.categories),
            received_from=self.received_from,
            received_before=self.received_before,
            number=self.number,
            text=self.text,
        )


Filter = Annotated[CaseFileFilter | None, strawberry.argument(description="Which of them; left out: all.")]
Ordered = Annotated[CaseFileOrder, strawberry.argument(description="In which order.")]


@strawberry.type
class LiveQueries:
    """Case files, households, and what villages give and report."""

    @asked(LiveConnection[CaseFile], "Case files [laporan] in the order in which they came in.", unless_live)
    async def case_files(  # noqa: PLR0913 -- each is a word that callers use
        self,
        info: Info,
        region_code: RegionCode = None,
        filter: Filter = None,  # noqa: A002 -- the callers' word
        order: Ordered = CaseFileOrder.OLDEST_FIRST,
        live: Live = False,
        minimum_coverage: MinimumCoverage = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = CaseFileList(region_code, _criteria(filter), order, live, minimum_coverage)
        return await case_lists.list_case_files(info.context, wanted, first, after)

    @asked(CaseFileCount, "How many case files there are.")
    async def case_file_count(
        self,
        info: Info,
        region_code: RegionCode = None,
        filter: Filter = None,  # noqa: A002 -- the callers' word
        live: Live = False,
        minimum_coverage: MinimumCoverage = None,
    ) -> Any:
        wanted = CaseFileList(region_code, _criteria(filter), is_live=live, minimum_coverage=minimum_coverage)
        return await case_lists.count_case_files(info.context, wanted)

    @asked(
        LiveConnection[Household],
        "Households in the order of their villages. Live, they are those that the hub knows, each as its district has it now.",
        unless_live,
    )
    async def households(  # noqa: PLR0913 -- each is a word that callers use
        self,
        info: Info,
        region_code: RegionCode = None,
        programme_code: ProgrammeCode = None,
        verdict: OfVerdict = None,
        ids: Ids = None,
        live: Live = False,
        minimum_coverage: MinimumCoverage = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        judged = _verdict_filter(programme_code, None if verdict is None else verdict.value)
        numbers = None if ids is None else tuple(number_of(Kind.HOUSEHOLD, each) for each in ids)
        asked_for = attributes_below(info, "Household", ("nodes",), ("edges", "node"))
        wanted = HouseholdList(region_code, judged, numbers, live, minimum_coverage, asked_for)
        return await household_lists.list_households(info.context, wanted, first, after)

    @asked(
        LiveConnection[VillageService],
        "Services of villages [layanan desa] in the order of their regions, then of their systems' own ids.",
    )
    async def village_services(
        self,
        info: Info,
        region_code: RegionCode = None,
        live: Live = False,
        minimum_coverage: MinimumCoverage = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = VillageList(region_code, live, minimum_coverage)
        return await village_lists.list_village_services(info.context, wanted, first, after)

    @asked(
        LiveConnection[VillageProfile],
        "What villages report of themselves [profil desa], in the order of their codes.",
    )
    async def village_profiles(
        self,
        info: Info,
        region_code: RegionCode = None,
        live: Live = False,
        minimum_coverage: MinimumCoverage = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = VillageList(region_code, live, minimum_coverage)
        return await village_lists.list_village_profiles(info.context, wanted, first, after)

    @asked(
        LiveConnection[PovertySeries],
        "Poverty figures in the order of their regions, one series for each origin and method.",
    )
    async def poverty_series(
        self,
        info: Info,
        region_code: RegionCode = None,
        live: Live = False,
        minimum_coverage: MinimumCoverage = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = VillageList(region_code, live, minimum_coverage)
        return await village_lists.list_poverty_series(info.context, wanted, first, after)


def _criteria(given: CaseFileFilter | None) -> CaseFileCriteria:
    return CaseFileCriteria() if given is None else given.criteria()


def _words(given: list[Any] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(sorted({word.value for word in given}))


def _verdict_filter(programme_code: str | None, status: str | None) -> VerdictFilter | None:
    if programme_code is None and status is None:
        return None
    if programme_code is None or status is None:
        raise Invalid("name programmeCode and verdict together, or neither", ("verdict",))
    return VerdictFilter(programme_code, status)
