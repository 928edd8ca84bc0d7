"""What villages and regencies report of themselves. Nothing of it is about a person."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain import village_profiles as records
from hub.domain.principal import Scope
from hub.store import village_profiles as rows
from resolvers.regions import regions_of
from resolvers.village_profiles import budget_lines_of
from schema.connection import Connection
from schema.fields import batched, paged, plain
from schema.objects import shape, words
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.types.region import Region, SourceStamp

_Region = Annotated["Region", strawberry.lazy("schema.types.region")]
_SourceStamp = Annotated["SourceStamp", strawberry.lazy("schema.types.region")]


@words(
    "The seven criteria of a Smart Kampung.",
    PUBLIC_SERVICE="Public service [pelayanan publik].",
    ECONOMY="Strengthening of the local economy [pemberdayaan ekonomi].",
    HEALTH="Health service [pelayanan kesehatan].",
    EDUCATION_AND_CULTURE="Education, arts and culture [pengembangan pendidikan dan seni budaya].",
    HUMAN_RESOURCES="Skills of people [peningkatan kapasitas SDM].",
    POVERTY_REDUCTION="Joined work against poverty [integrasi pengentasan kemiskinan].",
    LEGAL_LITERACY="Knowledge of the law [melek informasi hukum].",
)
class SmartKampungCriterion(StrEnum):
    """A criterion of a Smart Kampung."""

    PUBLIC_SERVICE = "PUBLIC_SERVICE"
    ECONOMY = "ECONOMY"
    HEALTH = "HEALTH"
    EDUCATION_AND_CULTURE = "EDUCATION_AND_CULTURE"
    HUMAN_RESOURCES = "HUMAN_RESOURCES"
    POVERTY_REDUCTION = "POVERTY_REDUCTION"
    LEGAL_LITERACY = "LEGAL_LITERACY"


@words(
    "Where poverty figures come from. Figures of different origins are never put together.",
    BPS_SUSENAS="The statistics office, by its household survey [Susenas].",
    DTSEN="The national social and economic register.",
    DISTRICT_COUNT="The district's own count.",
)
class PovertyOrigin(StrEnum):
    """Where poverty figures come from."""

    BPS_SUSENAS = "BPS_SUSENAS"
    DTSEN = "DTSEN"
    DISTRICT_COUNT = "DISTRICT_COUNT"


@shape(rows.Criterion, Scope.REGION_READ, "A criterion of a Smart Kampung, and whether a village meets it.")
class SmartKampung:
    """A criterion of a Smart Kampung."""

    criterion: SmartKampungCriterion = plain("The criterion.")
    is_met: bool | None = plain("Whether the village meets it; null: not known.")


@shape(rows.BudgetRow, Scope.REGION_READ, "What a village planned, got and spent for something [e-village budgeting].")
class VillageBudgetLine:
    """A budget line of a village."""

    year: int = plain("The year.")
    activity: str = plain("What for [kegiatan].")
    planned: Long | None = plain("Rupiah planned [anggaran]; null: not known.")
    released: Long | None = plain("Rupiah released [pencairan].")
    spent: Long | None = plain("Rupiah spent [realisasi].")


@shape(rows.VillageProfile, Scope.REGION_READ, "A village as its district knows it [profil desa].")
class VillageProfile:
    """A village as its district knows it."""

    region: _Region | None = batched(regions_of, key="region_code", description="The village.")
    has_doctor: bool | None = plain("Whether a doctor works there; null: not known.")
    has_wifi: bool | None = plain("Whether it has public wifi.")
    bandwidth_mbps: float | None = plain("Bandwidth of its line, in megabits a second.")
    criteria: list[SmartKampung] = plain("The seven criteria of a Smart Kampung.")
    budget_lines: Connection[VillageBudgetLine] = paged(
        budget_lines_of, key="region_code", description="Its budget lines, the newest year first."
    )
    source_stamp: _SourceStamp = plain("Where this comes from.")


@shape(records.PovertyPoint, Scope.REGION_READ, "The poverty figure of one year.")
class PovertyPoint:
    """The poverty figure of one year."""

    year: int = plain("The year.")
    persons: Long | None = plain("Poor persons; null: not known.")
    percent: float | None = plain("Their share of the population in percent; null: not known.")


@shape(rows.PovertySeries, Scope.REGION_READ, "Poverty figures over the years, of one origin by one method.")
class PovertySeries:
    """Poverty figures of one origin by one method."""

    region: _Region | None = batched(regions_of, key="region_code", description="Of which region.")
    origin: PovertyOrigin = plain("Where the figures come from.")
    method: str = plain("How they were found, in the words of who found them.")
    points: list[PovertyPoint] = plain("The figures by year, the oldest first.")
    source_stamp: _SourceStamp = plain("Where this comes from.")
